//! Files of vectors, one a row.

use std::ffi::OsStr;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use lookalike_imagery::table::{Column, ColumnValues, write_npy, write_parquet};
use ndarray::ArrayRef2;

use super::csv_lines::Lines;
use crate::{Error, Result};

/// A format that vectors are written in; all are read again by
/// [`read_vectors`](lookalike_imagery::table::read_vectors).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VectorFormat {
    /// NumPy's, without names.
    Npy,
    /// Parquet: a column `path`, and a column `vector`.
    Parquet,
    /// CSV: a column `path`, and one a number.
    Csv,
}

impl VectorFormat {
    /// The format that the extension of a path means.
    ///
    /// # Errors
    /// When it means none.
    pub fn of(path: &Path) -> Result<Self> {
        let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "npy" => Ok(Self::Npy),
            "parquet" => Ok(Self::Parquet),
            "csv" => Ok(Self::Csv),
            _ => Err(Error::parameter(
                "output",
                "end in .npy, .parquet or .csv",
                path.display(),
            )),
        }
    }

    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }

    /// Writes vectors and what they are called.
    ///
    /// # Errors
    /// When `out` cannot be written; the caller knows its name.
    pub fn write(
        self,
        out: impl Write + Send,
        names: &[PathBuf],
        rows: &ArrayRef2<f32>,
    ) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 20, out);
        match self {
            Self::Npy => write_npy(&mut out, &rows.view())?,
            Self::Csv => {
                let columns: Vec<String> = (0..rows.ncols()).map(|c| format!("x{c}")).collect();
                let header: Vec<&str> = std::iter::once("path")
                    .chain(columns.iter().map(String::as_str))
                    .collect();
                let mut lines = Lines::new(&header);
                for (name, row) in names.iter().zip(rows.outer_iter()) {
                    lines.field(name.as_os_str().as_encoded_bytes());
                    row.iter().for_each(|value| lines.field(value.to_string()));
                    lines.end();
                }
                out.write_all(&lines.finish())?;
            }
            Self::Parquet => {
                let names: Vec<String> = names.iter().map(|n| n.display().to_string()).collect();
                let names = names.iter().map(|name| Some(name.as_str())).collect();
                let columns = [
                    Column {
                        name: "path",
                        values: ColumnValues::Text(names),
                    },
                    Column {
                        name: "vector",
                        values: ColumnValues::Vectors(rows.view()),
                    },
                ];
                write_parquet(&mut out, &columns, &[])?;
            }
        }
        out.flush()
    }
}
