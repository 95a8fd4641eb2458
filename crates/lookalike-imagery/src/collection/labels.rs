//! What is known of pictures beforehand.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;

use super::Item;
use crate::table::{Sheet, line_of};
use crate::{Error, Result};

/// Columns that are taken for names and for labels where none is given, in upper and lower case.
const NAME_COLUMNS: [&str; 6] = ["path", "file", "filename", "file_name", "name", "image"];
const LABEL_COLUMNS: [&str; 4] = ["label", "class", "category", "target"];

/// The class that each picture is known to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// The classes, in order.
    pub names: Vec<String>,
    /// Of each picture the index of its class in `names`, where it is known.
    pub of_item: Vec<Option<usize>>,
    /// Names that have a label in a file, but are those of no picture.
    pub unmatched: Vec<String>,
}

/// Takes the folder that a picture lies in for its class; a picture in no folder has none. What is
/// not UTF-8 in the name of a folder is replaced.
pub fn labels_from_parents(items: &[Item]) -> Labels {
    let of = |item: &Item| {
        let folder = item.name.parent().and_then(Path::file_name)?;
        Some(folder.to_string_lossy().into_owned())
    };
    let classes: Vec<Option<String>> = items.iter().map(of).collect();
    Labels::of(&classes)
}

/// Reads the classes from a CSV file of names and labels.
///
/// A name is that of an item, or its last part where only one item ends so. An empty label is none. The
/// columns are those given, else those usually called so (`path`, `file`, `filename`, `name`, `image`;
/// `label`, `class`, `category`, `target`); a file of two columns without such a header has none: the
/// first column holds the names.
///
/// # Errors
/// When the file cannot be read, it is not clear which columns are meant, or one is missing; when a
/// picture has two different labels, of which the message names the lines; when no picture has one.
pub fn labels_from_csv(
    path: &Path,
    name_column: Option<&str>,
    label_column: Option<&str>,
    items: &[Item],
) -> Result<Labels> {
    let file = File::open(path).map_err(|cause| Error::io("read", path, cause))?;
    let mut sheet = Sheet::new(file, path);
    let first = sheet
        .next()?
        .ok_or_else(|| Error::damaged(path, "it has no line"))?;
    let header: Vec<&str> = first.iter().collect();
    let columns = Columns::find(&header, name_column, label_column, path)?;
    let index = Index::new(items);
    let mut found: Vec<Option<(String, u64)>> = vec![None; items.len()];
    let mut unmatched = Vec::new();
    let mut row = if columns.has_header {
        sheet.next()?
    } else {
        Some(first.clone())
    };
    while let Some(record) = row {
        let name = record.get(columns.name).unwrap_or_default();
        let label = record.get(columns.label).unwrap_or_default();
        let line = line_of(&record);
        let matching = index.find(name);
        if matching.is_empty() {
            unmatched.push(name.to_owned());
        }
        for &item in matching.iter().filter(|_| !label.is_empty()) {
            let (known, known_line) = found[item].get_or_insert_with(|| (label.to_owned(), line));
            if known != label {
                let why = format!(
                    "a picture must have one label, {name:?} has {known:?} in line {known_line} and {label:?} in line {line}"
                );
                return Err(Error::damaged(path, why));
            }
        }
        row = sheet.next()?;
    }
    if found.iter().all(Option::is_none) {
        let example = unmatched.first().map_or("nothing", String::as_str);
        let why = format!(
            "it must have the label of at least one picture, the first name in it is {example:?}"
        );
        return Err(Error::damaged(path, why));
    }
    let classes: Vec<Option<String>> = found
        .into_iter()
        .map(|label| label.map(|(label, _)| label))
        .collect();
    Ok(Labels::new(&classes, unmatched))
}

impl Labels {
    /// Of classes that are known, one an item.
    pub fn of(classes: &[Option<String>]) -> Self {
        Self::new(classes, Vec::new())
    }

    fn new(classes: &[Option<String>], unmatched: Vec<String>) -> Self {
        let mut index: BTreeMap<&str, usize> = classes
            .iter()
            .flatten()
            .map(|name| (name.as_str(), 0))
            .collect();
        index.values_mut().enumerate().for_each(|(i, at)| *at = i);
        Self {
            names: index.keys().map(ToString::to_string).collect(),
            of_item: classes
                .iter()
                .map(|name| Some(index[name.as_deref()?]))
                .collect(),
            unmatched,
        }
    }
}

/// Which columns hold what.
struct Columns {
    has_header: bool,
    name: usize,
    label: usize,
}

impl Columns {
    fn find(first: &[&str], name: Option<&str>, label: Option<&str>, path: &Path) -> Result<Self> {
        let given = |option: &str, title: &str| {
            let at = first.iter().position(|&have| have == title);
            at.ok_or_else(|| {
                let rule = format!("be a column of {} ({})", path.display(), first.join(", "));
                Error::parameter(option, rule, title)
            })
        };
        let usual = |titles: &[&str]| {
            let is_title = |title: &&str| {
                first
                    .iter()
                    .position(|have| have.eq_ignore_ascii_case(title))
            };
            titles.iter().find_map(is_title)
        };
        let name = name.map(|title| given("name_column", title)).transpose()?;
        let label = label
            .map(|title| given("label_column", title))
            .transpose()?;
        let name = name.or_else(|| usual(&NAME_COLUMNS).filter(|&at| Some(at) != label));
        let label = label.or_else(|| usual(&LABEL_COLUMNS).filter(|&at| Some(at) != name));
        let (has_header, name, label) = match (name, label, first.len()) {
            (Some(name), Some(label), _) => (true, name, label),
            (Some(name), None, 2) => (true, name, 1 - name),
            (None, Some(label), 2) => (true, 1 - label, label),
            (None, None, 2) => (false, 0, 1),
            (Some(_), None, _) => return Err(unclear("label_column", first, path)),
            (None, _, _) => return Err(unclear("name_column", first, path)),
        };
        Ok(Self {
            has_header,
            name,
            label,
        })
    }
}

fn unclear(option: &str, first: &[&str], path: &Path) -> Error {
    let rule = format!(
        "name one of the columns of {} ({})",
        path.display(),
        first.join(", ")
    );
    Error::parameter(option, rule, "none")
}

/// The items by their names.
struct Index<'a> {
    by_name: HashMap<&'a Path, Vec<usize>>,
    by_last_part: HashMap<&'a OsStr, Vec<usize>>,
}

impl<'a> Index<'a> {
    fn new(items: &'a [Item]) -> Self {
        let mut by_name: HashMap<&Path, Vec<usize>> = HashMap::new();
        let mut by_last_part: HashMap<&OsStr, Vec<usize>> = HashMap::new();
        for (i, item) in items.iter().enumerate() {
            by_name.entry(&item.name).or_default().push(i);
            if let Some(part) = item.name.file_name() {
                by_last_part.entry(part).or_default().push(i);
            }
        }
        Self {
            by_name,
            by_last_part,
        }
    }

    /// The items that a name means: several only if a list has one twice.
    fn find(&self, name: &str) -> &[usize] {
        if let Some(items) = self.by_name.get(Path::new(name)) {
            return items;
        }
        let only = self
            .by_last_part
            .get(OsStr::new(name))
            .filter(|items| items.len() == 1);
        only.map_or(&[], Vec::as_slice)
    }
}
