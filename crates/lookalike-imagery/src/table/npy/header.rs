//! The header of an array.

use std::io::Read;
use std::path::Path;

use super::cut_off;
use super::element::Type;
use crate::{Error, Result};

/// Far more than the header of any array of numbers.
pub(super) const MAX_HEADER_BYTES: u64 = 1 << 16;

/// What the header of an array says.
#[derive(Debug, PartialEq)]
pub(in crate::table) struct Header {
    /// As NumPy writes it: `<f4`.
    pub(in crate::table) descr: String,
    pub(in crate::table) is_fortran: bool,
    pub(in crate::table) shape: Vec<u64>,
    n_bytes: u64,
}

impl Header {
    /// Reads the header of an array, up to its first element.
    pub(in crate::table) fn read(file: &mut dyn Read, path: &Path) -> Result<Self> {
        let mut start = [0; 8];
        file.read_exact(&mut start)
            .map_err(|cause| cut_off(path, cause))?;
        if start[..6] != *b"\x93NUMPY" {
            return Err(Error::damaged(path, "an array must begin with \\x93NUMPY"));
        }
        let n_length_bytes = match start[6] {
            1 => 2,
            2 | 3 => 4,
            other => {
                let why = format!("the version of an array must be 1, 2 or 3, this is {other}");
                return Err(Error::unsupported(path, why));
            }
        };
        let mut length = [0; 4];
        file.read_exact(&mut length[..n_length_bytes])
            .map_err(|cause| cut_off(path, cause))?;
        let length = u64::from(u32::from_le_bytes(length));
        if length > MAX_HEADER_BYTES {
            let why = format!(
                "the header of an array must have at most {MAX_HEADER_BYTES} bytes, this one has {length}"
            );
            return Err(Error::too_large(path, why));
        }
        let mut text = vec![0; length as usize];
        file.read_exact(&mut text)
            .map_err(|cause| cut_off(path, cause))?;
        let text = String::from_utf8_lossy(&text);
        let header = Parser { rest: &text }.header();
        let (descr, is_fortran, shape) = header.ok_or_else(|| {
            let why =
                format!("an array must say its descr, fortran_order and shape, this says {text:?}");
            Error::damaged(path, why)
        })?;
        Ok(Self {
            descr,
            is_fortran,
            shape,
            n_bytes: 8 + n_length_bytes as u64 + length,
        })
    }

    /// The shape as NumPy writes it.
    pub(in crate::table) fn shape_text(&self) -> String {
        let numbers: Vec<String> = self.shape.iter().map(ToString::to_string).collect();
        let comma = if numbers.len() == 1 { "," } else { "" };
        format!("({}{comma})", numbers.join(", "))
    }

    pub(super) fn number_type(&self, path: &Path) -> Result<Type> {
        Type::of(&self.descr).ok_or_else(|| {
            let why = format!(
                "numbers must be bool, u1 to u8, i1 to i8 or f2 to f8, the type of this array is {}",
                self.descr
            );
            Error::unsupported(path, why)
        })
    }

    /// How many elements there are, of so many bytes each, in a file of at most `len` bytes.
    pub(super) fn n_values(&self, n_bytes: u64, len: u64, path: &Path) -> Result<usize> {
        let n_values = self
            .shape
            .iter()
            .try_fold(1u64, |product, &n| product.checked_mul(n));
        let needed = n_values.and_then(|n| n.checked_mul(n_bytes)?.checked_add(self.n_bytes));
        match (n_values, needed) {
            (Some(n_values), Some(needed)) if needed <= len && n_values <= len => {
                Ok(n_values as usize)
            }
            _ => {
                let why = format!(
                    "an array of shape {} and type {} must have more than the {len} bytes that are there",
                    self.shape_text(),
                    self.descr
                );
                Err(Error::damaged(path, why))
            }
        }
    }
}

/// Reads Python's way of writing a dictionary.
struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn header(&mut self) -> Option<(String, bool, Vec<u64>)> {
        let (mut descr, mut is_fortran, mut shape) = (None, None, None);
        self.expect("{")?;
        while self.expect("}").is_none() {
            let key = self.string()?;
            self.expect(":")?;
            match key {
                "descr" => descr = Some(self.descr()?),
                "fortran_order" => is_fortran = Some(self.truth()?),
                "shape" => shape = Some(self.shape()?),
                _ => return None,
            }
            if self.expect(",").is_none() && !self.rest.trim_start().starts_with('}') {
                return None;
            }
        }
        Some((descr?, is_fortran?, shape?))
    }

    fn expect(&mut self, token: &str) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(token)?;
        Some(())
    }

    fn string(&mut self) -> Option<&'a str> {
        let text = self.rest.trim_start();
        let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (string, rest) = text[1..].split_once(quote)?;
        self.rest = rest;
        Some(string)
    }

    /// A type, or the list of the fields of a record as it stands there.
    fn descr(&mut self) -> Option<String> {
        if let Some(descr) = self.string() {
            return Some(descr.to_owned());
        }
        let text = self.rest.trim_start();
        let end = text.starts_with('[').then(|| text.find(']'))?? + 1;
        self.rest = &text[end..];
        Some(text[..end].to_owned())
    }

    fn truth(&mut self) -> Option<bool> {
        let is_true = self.expect("True").is_some();
        (is_true || self.expect("False").is_some()).then_some(is_true)
    }

    fn shape(&mut self) -> Option<Vec<u64>> {
        let mut shape = Vec::new();
        self.expect("(")?;
        while self.expect(")").is_none() {
            let text = self.rest.trim_start();
            let end = text.find(|c: char| !c.is_ascii_digit())?;
            shape.push(text[..end].parse().ok()?);
            // Python 2 marked long numbers.
            self.rest = text[end..].strip_prefix('L').unwrap_or(&text[end..]);
            if self.expect(",").is_none() && !self.rest.trim_start().starts_with(')') {
                return None;
            }
        }
        Some(shape)
    }
}
