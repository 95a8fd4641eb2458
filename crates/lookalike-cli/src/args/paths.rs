//! Paths in the record of a run: as text, whatever they are made of.

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

pub(super) fn one<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&path.display())
}

#[expect(clippy::ref_option, reason = "serde gives what a field is")]
pub(super) fn maybe<S: Serializer>(path: &Option<PathBuf>, to: S) -> Result<S::Ok, S::Error> {
    path.as_ref()
        .map(|path| path.display().to_string())
        .serialize(to)
}

pub(super) fn all<S: Serializer>(paths: &[PathBuf], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(paths.iter().map(|path| path.display().to_string()))
}
