//! A block of the log: what was added at once.
//!
//! | bytes | what it is |
//! |---|---|
//! | 4 | `LLB1` |
//! | 4, 4 | how many files and how many rows are in it |
//! | 4 | CRC-32 of the two counts and the two tables |
//! | 64 a file | path and state of its [`FileStamp`], SHA-256 of its content |
//! | 56 a row | SHA-256 of its content, its settings, how many values it has, CRC-32 of the key and the values |
//! | 4 a value | the rows, one after another |
//!
//! All numbers are little-endian. A log is opened by its tables alone: the values are checked when
//! they are asked for.

use std::fs::File;
use std::io::{self, Write as _};

use super::key::{ContentHash, FileStamp, SettingsKey};
use crate::positioned::read_exact_at;

const MAGIC: [u8; 4] = *b"LLB1";
const HEADER_BYTES: u64 = 16;
const FILE_BYTES: u64 = 64;
const ROW_BYTES: u64 = 56;
/// More than the tables of any block that is written.
const MAX_TABLE_BYTES: u64 = 1 << 24;

/// What a row is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RowKey {
    pub(super) content: ContentHash,
    pub(super) settings: SettingsKey,
}

/// Where the values of a row stand in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) n_values: u32,
    pub(super) checksum: u32,
}

/// The state that a file had, and its content then.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownFile {
    pub(super) path: [u8; 16],
    pub(super) state: [u8; 16],
    pub(super) content: ContentHash,
}

/// What is to be added at once.
#[derive(Debug, Default)]
pub(super) struct Block {
    files: Vec<u8>,
    rows: Vec<u8>,
    values: Vec<u8>,
}

/// The tables of a block, and where the next begins.
pub(super) struct Tables {
    pub(super) files: Vec<KnownFile>,
    pub(super) rows: Vec<(RowKey, Place)>,
    pub(super) end: u64,
}

impl Block {
    /// An empty one with room for so many bytes of values.
    pub(super) fn with_capacity(n_bytes: usize) -> Self {
        Self {
            values: Vec::with_capacity(n_bytes),
            ..Self::default()
        }
    }

    pub(super) fn add_file(&mut self, stamp: &FileStamp, content: ContentHash) {
        self.files.extend(stamp.path);
        self.files.extend(stamp.state);
        self.files.extend(content.0);
    }

    /// Adds a row, whose values must be fewer than 2³².
    pub(super) fn add_row(&mut self, key: &RowKey, row: &[f32]) {
        let start = self.values.len();
        self.values.resize(start + 4 * row.len(), 0);
        let values = &mut self.values[start..];
        for (bytes, value) in values.chunks_exact_mut(4).zip(row) {
            bytes.copy_from_slice(&value.to_le_bytes());
        }
        self.rows.extend(key.content.0);
        self.rows.extend(key.settings.0);
        self.rows.extend((row.len() as u32).to_le_bytes());
        self.rows.extend(checksum(key, values).to_le_bytes());
    }

    pub(super) fn n_bytes(&self) -> usize {
        self.files.len() + self.rows.len() + self.values.len()
    }

    pub(super) fn write(&self, mut file: &File) -> io::Result<()> {
        let n_files = self.files.len() as u64 / FILE_BYTES;
        let n_rows = self.rows.len() as u64 / ROW_BYTES;
        let counts = [n_files as u32, n_rows as u32]
            .map(u32::to_le_bytes)
            .concat();
        let check = checksum_of([&counts[..], &self.files, &self.rows]).to_le_bytes();
        file.write_all(&[&MAGIC, &counts[..], &check, &self.files, &self.rows].concat())?;
        file.write_all(&self.values)
    }
}

/// The tables of the block at `start` of a log of `len` bytes; `None` where there is no whole and
/// sound block.
pub(super) fn read_tables(file: &File, start: u64, len: u64) -> io::Result<Option<Tables>> {
    let Some(room) = len.saturating_sub(start).checked_sub(HEADER_BYTES) else {
        return Ok(None);
    };
    let mut header = [0; HEADER_BYTES as usize];
    read_exact_at(file, &mut header, start)?;
    let n_files = u64::from(u32_at(&header, 4));
    let n_rows = u64::from(u32_at(&header, 8));
    let n_bytes = n_files * FILE_BYTES + n_rows * ROW_BYTES;
    if header[..4] != MAGIC || n_bytes > MAX_TABLE_BYTES.min(room) {
        return Ok(None);
    }
    let mut tables = vec![0; n_bytes as usize];
    read_exact_at(file, &mut tables, start + HEADER_BYTES)?;
    if checksum_of([&header[4..12], &tables]) != u32_at(&header, 12) {
        return Ok(None);
    }
    let (files, rows) = tables.split_at((n_files * FILE_BYTES) as usize);
    let mut end = start + HEADER_BYTES + n_bytes;
    let file_entry = |bytes: &[u8]| KnownFile {
        path: array(bytes),
        state: array(&bytes[16..]),
        content: ContentHash(array(&bytes[32..])),
    };
    let row_entry = |bytes: &[u8]| {
        let key = RowKey {
            content: ContentHash(array(bytes)),
            settings: SettingsKey(array(&bytes[32..])),
        };
        let place = Place {
            offset: end,
            n_values: u32_at(bytes, 48),
            checksum: u32_at(bytes, 52),
        };
        end += 4 * u64::from(place.n_values);
        (key, place)
    };
    let tables = Tables {
        files: files
            .chunks_exact(FILE_BYTES as usize)
            .map(file_entry)
            .collect(),
        rows: rows
            .chunks_exact(ROW_BYTES as usize)
            .map(row_entry)
            .collect(),
        end,
    };
    Ok((tables.end <= len).then_some(tables))
}

/// Of a row that stands in the log: its key is in it, so that the values of another are told from it.
pub(super) fn checksum(key: &RowKey, values: &[u8]) -> u32 {
    checksum_of([&key.content.0, &key.settings.0[..], values])
}

pub(super) fn checksum_of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    for part in parts {
        crc.update(part);
    }
    crc.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(&bytes[at..]))
}

/// The first `N` of bytes that are as many or more.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[..N]);
    array
}
