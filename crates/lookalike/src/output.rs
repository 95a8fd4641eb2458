//! Output files and folders that appear whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

use crate::{Error, ErrorKind, Result};

/// Hidden, and easy to tell whose it is where a power cut left it behind.
const STAGING_PREFIX: &str = ".lookalike-";

/// A folder of results in the making.
///
/// Files are written to a hidden folder beside the target and get their place in
/// [`finish`](Self::finish). Dropped before that, nothing is left behind.
#[derive(Debug)]
pub struct OutputFolder {
    target: PathBuf,
    overwrite: bool,
    staging: TempDir,
    files: Vec<PathBuf>,
    /// Files that are not to be replaced.
    spared: Vec<PathBuf>,
    // Goes after what is in them.
    _parents: Parents,
}

/// Folders that were made for something to be put in. Dropped, they go where nothing was.
#[derive(Debug)]
struct Parents(Vec<PathBuf>);

impl Parents {
    /// Makes `folder` and those above it that are missing.
    fn create(folder: &Path) -> Result<Self> {
        let missing = folder.ancestors().take_while(|f| !f.exists());
        let parents = Self(missing.map(Path::to_owned).collect());
        fs::create_dir_all(folder).map_err(|e| Error::io("create the folder", folder, e))?;
        Ok(parents)
    }
}

impl Drop for Parents {
    fn drop(&mut self) {
        for folder in &self.0 {
            // A folder with something in it cannot be removed, and is to stay.
            let _ = fs::remove_dir(folder);
        }
    }
}

impl OutputFolder {
    /// Prepares to write the folder `target`; its parent folders are made where they are missing.
    ///
    /// With `overwrite`, files of an existing folder that have the names of new ones will be
    /// replaced; others stay.
    ///
    /// # Errors
    /// When `target` exists and `overwrite` is not set, is not a folder, or cannot be written.
    pub fn create(target: &Path, overwrite: bool) -> Result<Self> {
        match fs::metadata(target) {
            Ok(found) if !found.is_dir() => {
                let message = format!(
                    "output must be a folder, but {} is a file: choose another with -o",
                    target.display()
                );
                return Err(Error::new(ErrorKind::OutputExists, message));
            }
            Ok(_) if !overwrite => return Err(Self::exists(target)),
            _ => {}
        }
        let (parent, parents) = make_parent(target)?;
        let staging = tempfile::Builder::new()
            .prefix(STAGING_PREFIX)
            .tempdir_in(parent)
            .map_err(|e| Error::io("write to the folder", parent, e))?;
        let folder = Self {
            target: target.to_owned(),
            overwrite,
            staging,
            files: Vec::new(),
            spared: Vec::new(),
            _parents: parents,
        };
        // A folder in the temporary one, which nobody else may read: this one gets the usual rights.
        let whole = folder.whole();
        fs::create_dir(&whole).map_err(|e| Error::io("create the folder", &whole, e))?;
        Ok(folder)
    }

    /// Refuses from now on to write a file that would replace one of the `inputs`; `name`, which is to be
    /// written, at once.
    ///
    /// # Errors
    /// When the file `name` of the folder is one of them.
    pub fn spare<'a>(
        &mut self,
        inputs: impl IntoIterator<Item = &'a PathBuf>,
        name: impl AsRef<Path>,
    ) -> Result<()> {
        let inputs = inputs
            .into_iter()
            .filter_map(|input| input.canonicalize().ok());
        self.spared.extend(inputs);
        self.check_spared(name.as_ref())
    }

    fn check_spared(&self, name: &Path) -> Result<()> {
        match self.target.join(name).canonicalize() {
            Ok(target) if self.spared.contains(&target) => {
                let message = format!(
                    "output must not replace an input, but {} is one: choose another folder with -o",
                    target.display()
                );
                Err(Error::new(ErrorKind::OutputExists, message))
            }
            _ => Ok(()),
        }
    }

    /// Writes one file, named relative to the folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, name: impl AsRef<Path>, contents: &[u8]) -> Result<()> {
        let path = self.path(&name)?;
        fs::write(&path, contents).map_err(|e| Error::io("write", &self.target.join(&name), e))
    }

    /// Where to write a file that grows piece by piece, named relative to the folder.
    ///
    /// # Errors
    /// When its own folder cannot be made, or it would replace a file that is to be [spared](Self::spare).
    pub fn path(&mut self, name: impl AsRef<Path>) -> Result<PathBuf> {
        self.check_spared(name.as_ref())?;
        let path = self.whole().join(&name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|e| Error::io("create the folder", parent, e))?;
        }
        self.files.push(name.as_ref().to_owned());
        Ok(path)
    }

    /// A folder on the same disk for scratch files, which goes with this.
    pub fn scratch(&self) -> &Path {
        self.staging.path()
    }

    /// Puts all files in their place; their paths, in the order in which they were written.
    ///
    /// # Errors
    /// When one cannot be put there; without leave to overwrite, also when somebody else has put one of
    /// that name there in the meantime.
    pub fn finish(self) -> Result<Vec<PathBuf>> {
        let whole = self.whole();
        if self.target.exists() {
            let exists = |name: &PathBuf| self.target.join(name).exists();
            if !self.overwrite && self.files.iter().any(exists) {
                return Err(Self::exists(&self.target));
            }
            for name in &self.files {
                let target = self.target.join(name);
                if let Some(parent) = target.parent() {
                    fs::create_dir_all(parent)
                        .map_err(|e| Error::io("create the folder", parent, e))?;
                }
                fs::rename(whole.join(name), &target)
                    .map_err(|e| Error::io("write", &target, e))?;
            }
        } else {
            fs::rename(&whole, &self.target)
                .map_err(|e| Error::io("create the folder", &self.target, e))?;
        }
        Ok(self
            .files
            .iter()
            .map(|name| self.target.join(name))
            .collect())
    }

    fn exists(target: &Path) -> Error {
        let message = format!(
            "output must not exist yet, but the folder {} does: choose another with -o, or replace its \
             files with --overwrite",
            target.display()
        );
        Error::new(ErrorKind::OutputExists, message)
    }

    fn whole(&self) -> PathBuf {
        self.staging.path().join("whole")
    }
}

/// A file of results in the making.
///
/// It is written to a hidden file beside the target and gets its place in
/// [`finish`](Self::finish). Dropped before that, nothing is left behind.
#[derive(Debug)]
pub struct OutputFile {
    target: PathBuf,
    staging: NamedTempFile,
    overwrite: bool,
    // Goes after what is in them.
    _parents: Parents,
}

impl OutputFile {
    /// Prepares to write the file `target`; its parent folders are made where they are missing.
    ///
    /// # Errors
    /// When `target` exists and `overwrite` is not set, is a folder, or cannot be written.
    pub fn create(target: &Path, overwrite: bool) -> Result<Self> {
        match fs::metadata(target) {
            Ok(found) if found.is_dir() => {
                let message = format!(
                    "output must be a file, but {} is a folder: choose another with -o",
                    target.display()
                );
                return Err(Error::new(ErrorKind::OutputExists, message));
            }
            Ok(_) if !overwrite => return Err(Self::exists(target)),
            _ => {}
        }
        let (parent, parents) = make_parent(target)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(STAGING_PREFIX);
        // The usual rights, less what the user's mask takes away.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let staging = builder
            .tempfile_in(parent)
            .map_err(|e| Error::io("write to the folder", parent, e))?;
        Ok(Self {
            target: target.to_owned(),
            staging,
            overwrite,
            _parents: parents,
        })
    }

    /// Writes the next part of the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, contents: &[u8]) -> Result<()> {
        let file = self.staging.as_file_mut();
        file.write_all(contents)
            .map_err(|e| Error::io("write", &self.target, e))
    }

    /// Where to write a file that grows piece by piece.
    pub fn writer(&mut self) -> &mut File {
        self.staging.as_file_mut()
    }

    /// Puts the file in its place, which is returned.
    ///
    /// # Errors
    /// When it cannot be put there; without leave to overwrite, also when somebody else has put a
    /// file there in the meantime.
    pub fn finish(self) -> Result<PathBuf> {
        let placed = if self.overwrite {
            self.staging.persist(&self.target)
        } else {
            self.staging.persist_noclobber(&self.target)
        };
        match placed {
            Ok(_) => Ok(self.target),
            Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(Self::exists(&self.target))
            }
            Err(e) => Err(Error::io("write", &self.target, e.error)),
        }
    }

    fn exists(target: &Path) -> Error {
        let message = format!(
            "output must not exist yet, but the file {} does: choose another with -o, or replace it \
             with --overwrite",
            target.display()
        );
        Error::new(ErrorKind::OutputExists, message)
    }
}

/// The folder that `target` is to be in, made where it is missing.
fn make_parent(target: &Path) -> Result<(&Path, Parents)> {
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    Ok((parent, Parents::create(parent)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_appears_whole() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("a/b");
        let mut folder = OutputFolder::create(&target, false).unwrap();
        folder.write("x.txt", b"1").unwrap();
        folder.write("figures/y.txt", b"2").unwrap();
        assert!(!target.exists());
        let files = folder.finish().unwrap();
        assert_eq!(files, [target.join("x.txt"), target.join("figures/y.txt")]);
        assert_eq!(fs::read(target.join("figures/y.txt")).unwrap(), b"2");
        assert_eq!(entries(&parent.path().join("a")), ["b"]);
    }

    #[test]
    fn a_dropped_folder_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let mut folder = OutputFolder::create(&parent.path().join("out"), false).unwrap();
        folder.write("x.txt", b"1").unwrap();
        drop(folder);
        assert!(entries(parent.path()).is_empty());
        let deep = parent.path().join("a/b/out");
        drop(OutputFolder::create(&deep, false).unwrap());
        assert!(entries(parent.path()).is_empty());
    }

    #[test]
    fn an_existing_folder_is_refused_or_only_its_namesakes_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("out");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("x.txt"), b"old").unwrap();
        fs::write(target.join("mine.txt"), b"mine").unwrap();
        let error = OutputFolder::create(&target, false).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::OutputExists);
        assert!(error.to_string().contains("--overwrite"), "{error}");
        let mut folder = OutputFolder::create(&target, true).unwrap();
        folder.write("x.txt", b"new").unwrap();
        folder.finish().unwrap();
        assert_eq!(fs::read(target.join("x.txt")).unwrap(), b"new");
        assert_eq!(fs::read(target.join("mine.txt")).unwrap(), b"mine");
        assert_eq!(entries(parent.path()), ["out"]);
    }

    #[test]
    fn a_folder_that_somebody_else_fills_meanwhile_is_left_as_it_is() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("out");
        let mut folder = OutputFolder::create(&target, false).unwrap();
        folder.write("x.txt", b"ours").unwrap();
        fs::create_dir(&target).unwrap();
        fs::write(target.join("x.txt"), b"theirs").unwrap();
        assert_eq!(
            folder.finish().unwrap_err().kind(),
            &ErrorKind::OutputExists
        );
        assert_eq!(fs::read(target.join("x.txt")).unwrap(), b"theirs");
    }

    #[test]
    fn an_input_is_not_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let input = parent.path().join("scene.tif");
        fs::write(&input, b"scene").unwrap();
        let mut folder = OutputFolder::create(&parent.path().join("."), true).unwrap();
        folder.spare([&input], "other.tif").unwrap();
        let late = folder.write("scene.tif", b"classes").unwrap_err();
        let early = folder.spare([&input], "scene.tif").unwrap_err();
        for error in [early, late] {
            assert!(error.to_string().contains("scene.tif is one"), "{error}");
        }
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_never_touched() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("out");
        fs::write(&target, b"mine").unwrap();
        for overwrite in [false, true] {
            let error = OutputFolder::create(&target, overwrite).unwrap_err();
            assert!(error.to_string().contains("is a file"), "{error}");
        }
        assert_eq!(fs::read(&target).unwrap(), b"mine");
    }

    #[test]
    fn a_parent_that_cannot_be_written_is_named() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join("file"), b"").unwrap();
        let error = OutputFolder::create(&parent.path().join("file/out"), false).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Io);
        assert!(error.to_string().contains("file"), "{error}");
    }

    #[test]
    fn a_file_appears_whole_and_a_dropped_one_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("a/x.txt");
        let mut file = OutputFile::create(&target, false).unwrap();
        file.write(b"1").unwrap();
        file.write(b"2").unwrap();
        assert!(!target.exists());
        assert_eq!(file.finish().unwrap(), target);
        assert_eq!(fs::read(&target).unwrap(), b"12");
        let mut file = OutputFile::create(&target.with_file_name("y.txt"), false).unwrap();
        file.write(b"1").unwrap();
        drop(file);
        assert_eq!(entries(&parent.path().join("a")), ["x.txt"]);
    }

    #[test]
    fn an_existing_file_is_refused_or_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("x.txt");
        let early = OutputFile::create(&target, false).unwrap();
        fs::write(&target, b"old").unwrap();
        for error in [
            OutputFile::create(&target, false).unwrap_err(),
            // Who came first may have been overtaken since.
            early.finish().unwrap_err(),
        ] {
            assert_eq!(error.kind(), &ErrorKind::OutputExists);
            assert!(error.to_string().contains("--overwrite"), "{error}");
        }
        assert_eq!(fs::read(&target).unwrap(), b"old");
        let mut file = OutputFile::create(&target, true).unwrap();
        file.write(b"new").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(entries(parent.path()), ["x.txt"]);
        let error = OutputFile::create(parent.path(), true).unwrap_err();
        assert!(error.to_string().contains("is a folder"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn files_have_the_rights_of_any_other() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let (ours, other) = (parent.path().join("ours"), parent.path().join("other"));
        OutputFile::create(&ours, false).unwrap().finish().unwrap();
        fs::write(&other, b"").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&other));
    }
}
