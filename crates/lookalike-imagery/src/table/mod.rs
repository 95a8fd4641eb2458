//! Tables of numbers: vectors from NumPy, CSV and Parquet files, and back.
//!
//! What a file is, its content says, never its name.
//!
//! | file | vectors | names | labels |
//! |---|---|---|---|
//! | `.npy` | the array, of two dimensions or more | – | – |
//! | `.npz` | `array`, else `x`, `X`, `data`, `embeddings` or the only array of two dimensions or more | `id_column`, else `names` or `paths` | `label_column`, else `y…` beside `x…`, or `labels` |
//! | CSV | all columns but those two | `id_column`, else the first that is no number | `label_column` |
//! | Parquet | `column`, else the only one of lists, else the only one of binaries of one length (`f32`, little-endian), else all numbers; beside binaries of one length, or of several of one kind, `column` must be given | `id_column`, else the first text | `label_column` |
//!
//! The first line of a CSV file is a header if it has a name that an option gives, or no number, or if
//! its numbers count 0, 1, 2, 3, 4 and so on, as pandas calls the columns of an array.
//!
//! Numbers of any type become `f32`. An array of more than two dimensions becomes one vector for each
//! index of the first: pictures of shape (n, 28, 28) become n vectors of 784.

mod csv;
mod npy;
mod npz;
#[cfg(feature = "parquet")]
mod parquet;

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::path::Path;

use ndarray::Array2;

use crate::{Error, Result};

pub(crate) use self::csv::{Sheet, line_of};
pub use self::npy::write_npy;
#[cfg(feature = "parquet")]
pub use self::parquet::{Column, ColumnValues, write_parquet};

/// Where in a file the vectors are, and what belongs to them. See the [module](self) for what is taken
/// by default.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct VectorOptions {
    /// The column of a Parquet file that holds the vectors.
    pub column: Option<String>,
    /// The column of a CSV or Parquet file, or the array of an `.npz`, that holds the names.
    pub id_column: Option<String>,
    /// The column of a CSV or Parquet file, or the array of an `.npz`, that holds the labels.
    pub label_column: Option<String>,
    /// The array of an `.npz` that holds the vectors.
    pub array: Option<String>,
}

/// What a file of vectors holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    /// One vector a row, all finite.
    pub rows: Array2<f32>,
    /// What each is called.
    pub names: Option<Vec<String>>,
    /// What each is known to be, where that is known.
    pub labels: Option<Vec<Option<String>>>,
}

/// Reads a `.npy`, `.npz`, CSV or Parquet file of vectors.
///
/// # Errors
/// When the file cannot be read or is damaged, is none of these, or uses a feature that is not read;
/// when it has no vectors, vectors of unequal length, or a number that is not finite in 32 bits: the
/// message names the row, counted from 0, or the line of a CSV file; when an option names what the file
/// has not, or what files of its kind never have.
pub fn read_vectors(path: &Path, options: &VectorOptions) -> Result<Vectors> {
    let io = |cause| Error::io("read", path, cause);
    let mut file = File::open(path).map_err(io)?;
    let mut start = Vec::new();
    (&mut file).take(4096).read_to_end(&mut start).map_err(io)?;
    file.rewind().map_err(io)?;
    let vectors = match Kind::of(&start) {
        Some(Kind::Npy) => {
            options.refuse_all(path, "a .npy file")?;
            Vectors {
                rows: npy::read_file(file, path)?,
                names: None,
                labels: None,
            }
        }
        Some(Kind::Npz) => {
            refuse("column", options.column.as_ref(), path, "an .npz file")?;
            npz::read(BufReader::new(file), path, options)?
        }
        Some(Kind::Csv) => {
            refuse("column", options.column.as_ref(), path, "CSV")?;
            refuse("array", options.array.as_ref(), path, "CSV")?;
            csv::read(file, path, options)?
        }
        Some(Kind::Parquet) => {
            refuse("array", options.array.as_ref(), path, "a Parquet file")?;
            read_parquet(file, path, options)?
        }
        None if start.is_empty() => return Err(Error::damaged(path, "the file is empty")),
        None => {
            let why = "vectors must be a .npy, .npz, CSV or Parquet file, this is none of them";
            return Err(Error::unsupported(path, why));
        }
    };
    check_finite(&vectors.rows, path)?;
    Ok(vectors)
}

#[cfg(feature = "parquet")]
use self::parquet::read as read_parquet;

#[cfg(not(feature = "parquet"))]
fn read_parquet(_: File, path: &Path, _: &VectorOptions) -> Result<Vectors> {
    let why = "Parquet files are read only if Lookalike is built with the feature `parquet`";
    Err(Error::unsupported(path, why))
}

/// What is told apart by its first bytes.
#[derive(Debug, PartialEq)]
enum Kind {
    Npy,
    Npz,
    Csv,
    Parquet,
}

impl Kind {
    fn of(start: &[u8]) -> Option<Self> {
        match start {
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some(Self::Npy),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Npz),
            [b'P', b'A', b'R', b'1', ..] => Some(Self::Parquet),
            [] => None,
            // Neither UTF-16 nor anything compressed.
            text => (!text.contains(&0) && is_utf8(text)).then_some(Self::Csv),
        }
    }
}

/// Whether bytes are UTF-8, of which the last character may be cut off.
fn is_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).map_or_else(|e| e.error_len().is_none(), |_| true)
}

impl VectorOptions {
    fn refuse_all(&self, path: &Path, kind: &str) -> Result<()> {
        refuse("column", self.column.as_ref(), path, kind)?;
        refuse("id_column", self.id_column.as_ref(), path, kind)?;
        refuse("label_column", self.label_column.as_ref(), path, kind)?;
        refuse("array", self.array.as_ref(), path, kind)
    }
}

fn refuse(option: &str, value: Option<&String>, path: &Path, kind: &str) -> Result<()> {
    value.map_or(Ok(()), |value| {
        let rule = format!("be left out, as {} is {kind}", path.display());
        Err(Error::parameter(option, rule, value))
    })
}

fn check_finite(rows: &Array2<f32>, path: &Path) -> Result<()> {
    // Without an early end it is one instruction for many numbers.
    if rows.iter().fold(true, |ok, value| ok & value.is_finite()) {
        return Ok(());
    }
    let found = rows.indexed_iter().find(|(_, value)| !value.is_finite());
    found.map_or(Ok(()), |((row, column), value)| {
        let why = format!(
            "every number must be finite in 32 bits, row {row} has {value} in column {column}"
        );
        Err(Error::damaged(path, why))
    })
}

/// Rows of so many vectors of so many numbers, both at least 1, which stand one after another.
fn rows_of(n_rows: usize, n_columns: usize, values: Vec<f32>, path: &Path) -> Result<Array2<f32>> {
    if n_rows == 0 || n_columns == 0 {
        let why = format!(
            "it must hold at least one vector of at least one number, its shape is ({n_rows}, {n_columns})"
        );
        return Err(Error::damaged(path, why));
    }
    Array2::from_shape_vec((n_rows, n_columns), values).map_err(|cause| Error::damaged(path, cause))
}

#[cfg(test)]
mod tests;
