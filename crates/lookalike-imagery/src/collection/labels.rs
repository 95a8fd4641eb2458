//! What is known of pictures beforehand.

use std::collections::BTreeMap;
use std::path::Path;

use super::Item;

/// The class that each picture is known to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// The classes, in order.
    pub names: Vec<String>,
    /// Of each picture the index of its class in `names`, where it is known.
    pub of_item: Vec<Option<usize>>,
}

/// Takes the folder that a picture lies in for its class; a picture in no folder has none. What is
/// not UTF-8 in the name of a folder is replaced.
pub fn labels_from_parents(items: &[Item]) -> Labels {
    let of = |item: &Item| {
        let folder = item.name.parent().and_then(Path::file_name)?;
        Some(folder.to_string_lossy().into_owned())
    };
    let classes: Vec<Option<String>> = items.iter().map(of).collect();
    let mut index: BTreeMap<&str, usize> = classes
        .iter()
        .flatten()
        .map(|name| (name.as_str(), 0))
        .collect();
    index.values_mut().enumerate().for_each(|(i, at)| *at = i);
    Labels {
        names: index.keys().map(ToString::to_string).collect(),
        of_item: classes
            .iter()
            .map(|name| Some(index[name.as_deref()?]))
            .collect(),
    }
}
