//! Pictures copied or linked into a folder a cluster; never moved, never deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use lookalike_imagery::collection::Item;
use serde::Serialize;

use crate::evaluation::NOISE;
use crate::output::OutputFolder;
use crate::{Error, Result};

/// How a picture gets into the folder of its cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SortBy {
    /// As a copy.
    #[default]
    Copy,
    /// As a hard link: a second name of the same file, on the same disk.
    Hardlink,
    /// As a symbolic link to its absolute path.
    Symlink,
}

/// Where each picture goes, relative to the folder, in the order of `items`.
///
/// Pictures keep their names. Where two of one cluster have the same, both get the folders that they
/// lie in before it: `a/1.png` becomes `cluster-03/a__1.png`.
pub fn sorted_paths(items: &[Item], labels: &[i32]) -> Vec<PathBuf> {
    let folders = labels.iter().map(|&label| folder(label));
    let short = |item: &Item| item.name.file_name().unwrap_or_default().to_owned();
    let mut uses: BTreeMap<(PathBuf, OsString), usize> = BTreeMap::new();
    for (item, folder) in items.iter().zip(folders.clone()) {
        *uses.entry((folder, short(item))).or_default() += 1;
    }
    let mut taken = BTreeSet::new();
    let mut paths = Vec::with_capacity(items.len());
    for (item, folder) in items.iter().zip(folders) {
        let name = short(item);
        let path = if uses[&(folder.clone(), name.clone())] == 1 {
            folder.join(name)
        } else {
            folder.join(long_name(&item.name))
        };
        // A list may name one file twice, or a name may hold what stands for a folder.
        let mut free = path.clone();
        let mut count = 1;
        while !taken.insert(free.clone()) {
            count += 1;
            free = numbered(&path, count);
        }
        paths.push(free);
    }
    paths
}

/// Puts the pictures into `folder`, which appears whole or not at all.
///
/// # Errors
/// When a picture cannot be copied or linked.
pub fn sort_into(
    folder: &mut OutputFolder,
    items: &[Item],
    labels: &[i32],
    by: SortBy,
) -> Result<()> {
    for (item, path) in items.iter().zip(sorted_paths(items, labels)) {
        let to = folder.path(&path)?;
        let failed = |e| Error::io("sort", &item.path, e);
        match by {
            SortBy::Copy => fs::copy(&item.path, &to).map(|_| ()).map_err(failed)?,
            SortBy::Hardlink => fs::hard_link(&item.path, &to).map_err(failed)?,
            SortBy::Symlink => symlink(&item.path, &to).map_err(failed)?,
        }
    }
    Ok(())
}

fn folder(label: i32) -> PathBuf {
    if label == NOISE {
        "noise".into()
    } else {
        format!("cluster-{label:02}").into()
    }
}

fn long_name(name: &Path) -> OsString {
    let mut long = OsString::new();
    for part in name.components() {
        if let std::path::Component::Normal(part) = part {
            if !long.is_empty() {
                long.push("__");
            }
            long.push(part);
        }
    }
    long
}

fn numbered(path: &Path, count: usize) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("__{count}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(unix)]
fn symlink(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(std::path::absolute(from)?, to)
}

#[cfg(windows)]
fn symlink(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_file(std::path::absolute(from)?, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(folder: &Path, names: &[&str]) -> Vec<Item> {
        let item = |name: &&str| Item {
            name: name.into(),
            path: folder.join(name),
        };
        names.iter().map(item).collect()
    }

    #[test]
    fn names_are_kept_and_never_collide() {
        let items = items(
            Path::new(""),
            &[
                "a/1.png", "b/1.png", "b/2.png", "c/1.png", "b/2.png", "/x/2.png",
            ],
        );
        let paths = sorted_paths(&items, &[0, 0, 0, 1, -1, -1]);
        let expected = [
            "cluster-00/a__1.png",
            "cluster-00/b__1.png",
            "cluster-00/2.png",
            "cluster-01/1.png",
            "noise/b__2.png",
            "noise/x__2.png",
        ];
        assert_eq!(paths, expected.map(PathBuf::from));
        let twice = self::items(Path::new(""), &["a/1.png", "a/1.png"]);
        let expected = ["cluster-00/a__1.png", "cluster-00/a__1__2.png"];
        assert_eq!(sorted_paths(&twice, &[0, 0]), expected.map(PathBuf::from));
    }

    #[test]
    fn pictures_are_copied_or_linked_and_stay() {
        let from = tempfile::tempdir().unwrap();
        fs::write(from.path().join("1.png"), "one").unwrap();
        let items = items(from.path(), &["1.png"]);
        for by in [SortBy::Copy, SortBy::Hardlink, SortBy::Symlink] {
            let to = from.path().join(format!("{by:?}"));
            let mut folder = OutputFolder::create(&to, false).unwrap();
            sort_into(&mut folder, &items, &[3], by).unwrap();
            folder.finish().unwrap();
            assert_eq!(fs::read(to.join("cluster-03/1.png")).unwrap(), b"one");
        }
        assert_eq!(fs::read(from.path().join("1.png")).unwrap(), b"one");
        let gone = self::items(from.path(), &["2.png"]);
        let mut folder = OutputFolder::create(&from.path().join("x"), false).unwrap();
        let error = sort_into(&mut folder, &gone, &[0], SortBy::Copy).unwrap_err();
        assert!(error.to_string().contains("2.png"), "{error}");
    }
}
