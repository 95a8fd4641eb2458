//! NumPy's format of several arrays: a zip file of `.npy` files.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::npy::{self, Header};
use super::{VectorOptions, Vectors};
use crate::{Error, Result};

/// Arrays that are taken for the vectors where none is named, in this order.
const USUAL_ARRAYS: [&str; 4] = ["x", "X", "data", "embeddings"];
const USUAL_NAMES: [&str; 2] = ["names", "paths"];
const USUAL_LABELS: [&str; 1] = ["labels"];

/// A deflated byte can stand for no more.
const MAX_RATIO: u64 = 1032;

struct Archive<'a, R> {
    zip: ZipArchive<R>,
    len: u64,
    path: &'a Path,
    /// The names of the arrays, and which member each is.
    arrays: Vec<(String, usize)>,
}

pub(super) fn read(
    file: impl Read + Seek,
    path: &Path,
    options: &VectorOptions,
) -> Result<Vectors> {
    let mut archive = Archive::open(file, path)?;
    let chosen = match &options.array {
        Some(array) => archive.named("array", array)?,
        None => archive.vectors()?,
    };
    let array = archive.arrays[chosen].0.clone();
    let mut rows = None;
    archive.with(chosen, |member, header, len| {
        rows = Some(npy::read_rows(member, header, len, path)?);
        finish(member, path)
    })?;
    // `with` has called it.
    let rows = rows.ok_or_else(|| Error::damaged(path, "it has no vectors"))?;
    let n_rows = rows.nrows();
    let names = archive.texts(
        "id_column",
        options.id_column.as_deref(),
        &USUAL_NAMES,
        n_rows,
    )?;
    let beside = array
        .strip_prefix(['x', 'X'])
        .map(|rest| format!("y{rest}"));
    let usual: Vec<&str> = beside
        .iter()
        .map(String::as_str)
        .chain(USUAL_LABELS)
        .collect();
    let labels = archive.texts(
        "label_column",
        options.label_column.as_deref(),
        &usual,
        n_rows,
    )?;
    Ok(Vectors {
        rows,
        names,
        labels: labels.map(|labels| labels.into_iter().map(Some).collect()),
    })
}

impl<'a, R: Read + Seek> Archive<'a, R> {
    fn open(mut file: R, path: &'a Path) -> Result<Self> {
        let len = file
            .seek(SeekFrom::End(0))
            .map_err(|cause| Error::io("read", path, cause))?;
        let zip = ZipArchive::new(file).map_err(|cause| zip_error(path, cause))?;
        let mut arrays = Vec::new();
        for index in 0..zip.len() {
            let name = zip.name_for_index(index).transpose();
            let name = name.map_err(|cause| zip_error(path, cause))?;
            if let Some(array) = name.as_deref().and_then(|name| name.strip_suffix(".npy")) {
                arrays.push((array.to_owned(), index));
            }
        }
        Ok(Self {
            zip,
            len,
            path,
            arrays,
        })
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.arrays.iter().position(|(array, _)| array == name)
    }

    fn named(&self, option: &str, name: &str) -> Result<usize> {
        self.find(name.strip_suffix(".npy").unwrap_or(name))
            .ok_or_else(|| {
                let rule = format!(
                    "be one of the arrays of {} ({})",
                    self.path.display(),
                    self.listed()
                );
                Error::parameter(option, rule, name)
            })
    }

    fn listed(&self) -> String {
        let names: Vec<&str> = self.arrays.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    }

    /// The array of vectors where none is named.
    fn vectors(&mut self) -> Result<usize> {
        if let Some(usual) = USUAL_ARRAYS.iter().find_map(|name| self.find(name)) {
            return Ok(usual);
        }
        let mut found = Vec::new();
        for array in 0..self.arrays.len() {
            self.with(array, |_, header, _| {
                if header.shape.len() >= 2 {
                    found.push(array);
                }
                Ok(())
            })?;
        }
        match found[..] {
            [only] => Ok(only),
            [] => {
                let why = format!(
                    "it must have an array of 2 dimensions or more, its arrays are: {}",
                    self.listed()
                );
                Err(Error::damaged(self.path, why))
            }
            _ => {
                let rule = format!("name one of the arrays of {}", self.path.display());
                let names: Vec<&str> = found.iter().map(|&i| self.arrays[i].0.as_str()).collect();
                Err(Error::parameter(
                    "array",
                    rule,
                    format!("none of {}", names.join(", ")),
                ))
            }
        }
    }

    /// The texts of the array that an option names, or of a usual one that fits.
    fn texts(
        &mut self,
        option: &str,
        name: Option<&str>,
        usual: &[&str],
        n_rows: usize,
    ) -> Result<Option<Vec<String>>> {
        let array = match name {
            Some(name) => Some(self.named(option, name)?),
            None => usual.iter().find_map(|name| self.find(name)),
        };
        let Some(array) = array else {
            return Ok(None);
        };
        let mut texts = None;
        let mut shape = String::new();
        let path = self.path;
        self.with(array, |member, header, len| {
            shape = format!("{} of shape {}", header.descr, header.shape_text());
            if header.shape == [n_rows as u64] {
                texts = npy::read_texts(member, header, len, path)?;
            }
            texts.as_ref().map_or(Ok(()), |_| finish(member, path))
        })?;
        match name {
            Some(name) if texts.is_none() => {
                let what = "texts or whole numbers";
                let rule = format!("name an array of {n_rows} {what} of {}", path.display());
                Err(Error::parameter(option, rule, format!("{name:?}, {shape}")))
            }
            _ => Ok(texts),
        }
    }

    /// Opens an array: `read` gets what stands behind its header, and how many bytes it has at most.
    fn with(
        &mut self,
        array: usize,
        read: impl FnOnce(&mut dyn Read, &Header, u64) -> Result<()>,
    ) -> Result<()> {
        let (name, index) = &self.arrays[array];
        let path = PathBuf::from(format!("{}/{name}.npy", self.path.display()));
        let mut member = self
            .zip
            .by_index(*index)
            .map_err(|cause| zip_error(&path, cause))?;
        let len = member.size().min(self.len.saturating_mul(MAX_RATIO));
        let header = Header::read(&mut member, &path)?;
        read(&mut member, &header, len)
    }
}

/// Reads the end of a member, where its checksum is compared.
fn finish(member: &mut dyn Read, path: &Path) -> Result<()> {
    match member.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(Error::damaged(path, "an array is followed by something")),
        Err(cause) => Err(Error::damaged(path, cause)),
    }
}

fn zip_error(path: &Path, cause: ZipError) -> Error {
    match cause {
        ZipError::Io(cause) if cause.kind() != std::io::ErrorKind::UnexpectedEof => {
            Error::io("read", path, cause)
        }
        ZipError::UnsupportedArchive(what) => Error::unsupported(path, what),
        cause => Error::damaged(path, cause),
    }
}
