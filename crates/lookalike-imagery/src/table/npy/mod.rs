//! NumPy's format of one array, versions 1 to 3.
//!
//! Source: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

mod element;
mod header;

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use ndarray::{Array2, ArrayD, ArrayView2, IxDyn, ShapeBuilder as _};

use self::element::TextType;
pub(super) use self::header::Header;
use super::rows_of;
use crate::{Error, Result};

/// So many bytes are converted at once.
const CHUNK_BYTES: u64 = 1 << 16;

/// Reads the vectors of a whole file.
pub(super) fn read_file(file: File, path: &Path) -> Result<Array2<f32>> {
    let len = file
        .metadata()
        .map_err(|cause| Error::io("read", path, cause))?
        .len();
    let mut file = BufReader::new(file);
    let header = Header::read(&mut file, path)?;
    read_rows(&mut file, &header, len, path)
}

/// Reads the vectors behind `header`, in a file of at most `len` bytes.
pub(super) fn read_rows(
    file: &mut dyn Read,
    header: &Header,
    len: u64,
    path: &Path,
) -> Result<Array2<f32>> {
    let shape = header.shape_text();
    if header.shape.len() < 2 {
        let why = format!(
            "an array of vectors must have 2 dimensions or more, the shape of this one is {shape}"
        );
        return Err(Error::damaged(path, why));
    }
    let element = header.number_type(path)?;
    let n_values = header.n_values(element.kind.n_bytes(), len, path)?;
    let mut values = Vec::new();
    values.try_reserve_exact(n_values).map_err(|cause| {
        Error::too_large(
            path,
            format!("an array of shape {shape} needs more memory: {cause}"),
        )
    })?;
    let size = element.kind.n_bytes();
    let mut left = n_values as u64 * size;
    let mut chunk = Vec::new();
    while left > 0 {
        let n = left.min(CHUNK_BYTES);
        chunk.resize(n as usize, 0);
        file.read_exact(&mut chunk)
            .map_err(|cause| cut_off(path, cause))?;
        element.append(&chunk, &mut values);
        left -= n;
    }
    let n_rows = header.shape[0] as usize;
    if header.is_fortran {
        let shape: Vec<usize> = header.shape.iter().map(|&n| n as usize).collect();
        values = ArrayD::from_shape_vec(IxDyn(&shape).f(), values)
            .map_err(|cause| Error::damaged(path, cause))?
            .iter()
            .copied()
            .collect();
    }
    let n_columns = values.len().checked_div(n_rows).unwrap_or(0);
    rows_of(n_rows, n_columns, values, path)
}

/// Reads an array of one dimension of texts, whole numbers or truth values as texts; `None` if it is
/// of anything else.
pub(super) fn read_texts(
    file: &mut dyn Read,
    header: &Header,
    len: u64,
    path: &Path,
) -> Result<Option<Vec<String>>> {
    if header.shape.len() != 1 {
        return Ok(None);
    }
    let Some(element) = TextType::of(&header.descr) else {
        return Ok(None);
    };
    let n_values = header.n_values(element.n_bytes(), len, path)?;
    let mut bytes = vec![0; element.n_bytes() as usize];
    let mut texts = Vec::new();
    for row in 0..n_values {
        file.read_exact(&mut bytes)
            .map_err(|cause| cut_off(path, cause))?;
        texts.push(element.text(&bytes).ok_or_else(|| {
            let why = format!("text {row} of an array of type {} is damaged", header.descr);
            Error::damaged(path, why)
        })?);
    }
    Ok(Some(texts))
}

fn cut_off(path: &Path, cause: io::Error) -> Error {
    match cause.kind() {
        io::ErrorKind::UnexpectedEof => Error::damaged(path, "an array is cut off"),
        // So a checksum or a compressed stream that is wrong is told.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Error::damaged(path, cause),
        _ => Error::io("read", path, cause),
    }
}

/// Writes an array as NumPy does: `f32`, little-endian, row by row.
///
/// # Errors
/// When `out` cannot be written; the caller knows its name.
pub fn write_npy(out: &mut impl Write, rows: &ArrayView2<'_, f32>) -> io::Result<()> {
    let (n_rows, n_columns) = rows.dim();
    let text =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({n_rows}, {n_columns}), }}");
    // The elements begin at a multiple of 64 bytes.
    let length = (10 + text.len() + 1).next_multiple_of(64) - 10;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&(length as u16).to_le_bytes())?;
    out.write_all(format!("{text:<width$}\n", width = length - 1).as_bytes())?;
    let mut bytes = vec![[0; 4]; n_columns];
    for row in rows.rows() {
        for (bytes, value) in bytes.iter_mut().zip(row) {
            *bytes = value.to_le_bytes();
        }
        out.write_all(bytes.as_flattened())?;
    }
    Ok(())
}
