//! Which pictures are meant: those of a folder, of a glob, or of a list.

mod labels;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use walkdir::{DirEntry, WalkDir};

use crate::{Error, Result};

pub use labels::{Labels, labels_from_csv, labels_from_parents};

/// Names that end so are taken for pictures in a folder, in upper and lower case.
const EXTENSIONS: [&str; 16] = [
    "bmp", "gif", "jfif", "jpe", "jpeg", "jpg", "pam", "pbm", "pgm", "png", "pnm", "ppm", "qoi",
    "tif", "tiff", "webp",
];

/// One picture of a [`Collection`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item {
    /// What it is called: its path below the folder that was given, or as the list has it.
    pub name: PathBuf,
    /// Where it is opened.
    pub path: PathBuf,
}

/// The pictures that were found.
#[derive(Debug, Default)]
pub struct Collection {
    /// Of a folder or a glob in the order of their names, of a list in its order.
    pub items: Vec<Item>,
    /// Files that were passed over, as their names end like those of no picture.
    pub n_skipped: usize,
    /// Folders and links that could not be followed, and why.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Folders of results that were left out.
    pub results: Vec<PathBuf>,
}

/// Which of the pictures are taken.
#[derive(Debug, Default)]
pub struct Options {
    /// Globs of names that are left out; a folder that matches is left out with all in it. `*`
    /// stops at `/`, `**` does not.
    pub exclude: Vec<String>,
    /// Takes the first so many in order, at least 1; all by default.
    pub limit: Option<usize>,
    /// Leaves out the folders, below that which is given, that hold all files of these names: results of an
    /// earlier run, with pictures of their own. None by default; a glob or a list takes what it names.
    pub results: &'static [&'static str],
}

impl Collection {
    /// The pictures in a folder and all folders in it. Links are followed, but not in a circle;
    /// names that begin with a dot are passed over.
    ///
    /// # Errors
    /// When `folder` cannot be listed, a glob of `options` is not one, its `limit` is 0, or there is
    /// no picture.
    pub fn from_folder(folder: &Path, options: &Options) -> Result<Self> {
        Self::walk(folder, None, options)
    }

    /// The pictures of a folder, a glob, or a file that lists them; those of a list lie beside it.
    ///
    /// # Errors
    /// As [`from_folder`](Self::from_folder), [`from_glob`](Self::from_glob) and
    /// [`from_list`](Self::from_list); also when the list cannot be opened.
    pub fn from_path(path: &Path, options: &Options) -> Result<Self> {
        if path.is_dir() {
            return Self::from_folder(path, options);
        }
        if let Some((folder, glob)) = split_glob(path) {
            return Self::from_glob(&folder, &glob, options);
        }
        let list = File::open(path).map_err(|e| Error::io("read", path, e))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::from_list(BufReader::new(list), path, folder, options)
    }

    /// The pictures below `folder` whose names match `glob`, however they end.
    ///
    /// # Errors
    /// As [`from_folder`](Self::from_folder).
    pub fn from_glob(folder: &Path, glob: &str, options: &Options) -> Result<Self> {
        Self::walk(folder, Some(&glob_set("glob", [glob])?), options)
    }

    /// The pictures of a list, one a line; relative ones lie below `folder`. Empty lines are
    /// passed over, and every name is taken, however it ends. Messages call the list `name`.
    ///
    /// # Errors
    /// When the list cannot be read or has no picture, a glob of `options` is not one, or its `limit`
    /// is 0.
    pub fn from_list(
        list: impl BufRead,
        name: &Path,
        folder: &Path,
        options: &Options,
    ) -> Result<Self> {
        let exclude = glob_set("exclude", options.exclude.iter().map(String::as_str))?;
        let mut found = Self::default();
        for (i, line) in list.split(b'\n').enumerate() {
            let line = line.map_err(|cause| Error::io("read", name, cause))?;
            let line = line.strip_suffix(b"\r").unwrap_or(&line);
            // Windows begins its texts with a byte order mark.
            let line = line
                .strip_prefix(b"\xEF\xBB\xBF")
                .filter(|_| i == 0)
                .unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            let item = path_of(line, name)?;
            if !item.ancestors().any(|part| exclude.is_match(part)) {
                let path = folder.join(&item);
                found.items.push(Item { name: item, path });
            }
        }
        found.finish(name, options)
    }

    fn walk(folder: &Path, wanted: Option<&GlobSet>, options: &Options) -> Result<Self> {
        std::fs::read_dir(folder).map_err(|cause| Error::io("list", folder, cause))?;
        let exclude = glob_set("exclude", options.exclude.iter().map(String::as_str))?;
        let below = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_path_buf();
        let holds_results = |folder: &Path| {
            let mut names = options.results.iter();
            !options.results.is_empty() && names.all(|name| folder.join(name).is_file())
        };
        let mut results = Vec::new();
        let taken = |entry: &DirEntry| {
            if entry.depth() == 0 {
                return true;
            }
            if is_hidden(entry.file_name()) || exclude.is_match(below(entry.path())) {
                return false;
            }
            // A glob may ask for them.
            let is_left_out =
                wanted.is_none() && entry.file_type().is_dir() && holds_results(entry.path());
            if is_left_out {
                results.push(entry.path().to_path_buf());
            }
            !is_left_out
        };
        let mut found = Self::default();
        let walk = WalkDir::new(folder).follow_links(true).into_iter();
        for entry in walk.filter_entry(taken) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(cause) => {
                    let path = cause.path().unwrap_or(folder).to_path_buf();
                    found.unreadable.push((path, cause.to_string()));
                    continue;
                }
            };
            if !entry.file_type().is_file() {
                continue;
            }
            let name = below(entry.path());
            match wanted {
                Some(wanted) if !wanted.is_match(&name) => {}
                None if !looks_like_picture(&name) => found.n_skipped += 1,
                _ => found.items.push(Item {
                    name,
                    path: entry.into_path(),
                }),
            }
        }
        results.sort();
        found.results = results;
        found.items.sort();
        found.unreadable.sort();
        found.finish(folder, options)
    }

    fn finish(mut self, source: &Path, options: &Options) -> Result<Self> {
        if options.limit == Some(0) {
            return Err(Error::parameter("limit", "be at least 1", 0));
        }
        if self.items.is_empty() {
            return Err(Error::no_picture(
                source,
                self.n_skipped,
                self.results.len(),
            ));
        }
        self.items.truncate(options.limit.unwrap_or(usize::MAX));
        Ok(self)
    }
}

fn glob_set<'a>(parameter: &str, globs: impl IntoIterator<Item = &'a str>) -> Result<GlobSet> {
    let parse = |glob: &str| -> std::result::Result<Glob, globset::Error> {
        GlobBuilder::new(glob).literal_separator(true).build()
    };
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let rule = |cause: &globset::Error| format!("be a glob ({})", cause.kind());
        set.add(parse(glob).map_err(|cause| Error::parameter(parameter, rule(&cause), glob))?);
    }
    set.build()
        .map_err(|cause| Error::parameter(parameter, "be globs of moderate size", cause))
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn looks_like_picture(name: &Path) -> bool {
    let extension = name.extension().and_then(OsStr::to_str);
    extension.is_some_and(|have| EXTENSIONS.iter().any(|one| one.eq_ignore_ascii_case(have)))
}

#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "elsewhere paths are text, which a line may not be"
)]
fn path_of(line: &[u8], _list: &Path) -> Result<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    Ok(OsStr::from_bytes(line).into())
}

#[cfg(not(unix))]
fn path_of(line: &[u8], list: &Path) -> Result<PathBuf> {
    let text = std::str::from_utf8(line).map_err(|cause| Error::damaged(list, cause))?;
    Ok(text.into())
}

/// The folder that a glob begins with, and the rest of it; none where there is such a file, or no
/// character of a glob.
pub fn split_glob(path: &Path) -> Option<(PathBuf, String)> {
    if path.exists() {
        return None;
    }
    let text = path.to_str()?;
    let first = text.find(['*', '?', '[', '{'])?;
    let split = text[..first].rfind('/').map_or(0, |slash| slash + 1);
    let (folder, glob) = text.split_at(split);
    let folder = if folder.is_empty() { "." } else { folder };
    Some((folder.into(), glob.to_owned()))
}

#[cfg(test)]
mod tests;
