//! One file a verb.

use std::path::{Path, PathBuf};

pub(crate) mod assign;
pub(crate) mod cluster;
pub(crate) mod demo;
pub(crate) mod embed;
pub(crate) mod evaluate;
mod features;
mod input;
pub(crate) mod quantize;
pub(crate) mod reduce;
pub(crate) mod segment;

/// A path with something added to its name.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    name.into()
}
