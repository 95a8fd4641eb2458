//! The directories of a TIFF, classic or big, little-endian.

use crate::raster::{GeoTag, GeoValues};

/// What a file of GDAL's layout "COG" says before its first directory: how its tiles lie.
const LAYOUT: &str = "LAYOUT=IFDS_BEFORE_DATA
BLOCK_ORDER=ROW_MAJOR
BLOCK_LEADER=SIZE_AS_UINT4
BLOCK_TRAILER=LAST_4_BYTES_REPEATED
KNOWN_INCOMPATIBLE_EDITION=NO
 ";
/// What it adds when bands lie one after the other.
const BAND_AFTER_BAND: &str = "INTERLEAVE=BAND\n";

/// One entry of a directory.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    tag: u16,
    kind: u16,
    count: u64,
    bytes: Vec<u8>,
    /// Written with the first directory that has it, and used again by the others.
    is_shared: bool,
}

const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const DOUBLE: u16 = 12;
const LONG8: u16 = 16;

impl Entry {
    pub(super) fn short(tag: u16, values: &[u16]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self::new(tag, SHORT, values.len(), bytes)
    }

    pub(super) fn long(tag: u16, values: &[u32]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self::new(tag, LONG, values.len(), bytes)
    }

    pub(super) fn double(tag: u16, values: &[f64]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self::new(tag, DOUBLE, values.len(), bytes)
    }

    pub(super) fn ascii(tag: u16, text: &[u8]) -> Self {
        let bytes = [text, b"\0"].concat();
        Self::new(tag, ASCII, bytes.len(), bytes)
    }

    /// Places in the file, which a classic TIFF keeps in 32 bits.
    pub(super) fn offsets(tag: u16, values: &[u64], form: Form) -> Self {
        let (kind, size) = match form {
            Form::Classic => (LONG, 4),
            Form::Big => (LONG8, 8),
        };
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()[..size].to_vec());
        Self::new(tag, kind, values.len(), bytes.collect())
    }

    pub(super) fn geo(tag: &GeoTag) -> Self {
        match &tag.values {
            GeoValues::Short(values) => Self::short(tag.tag, values),
            GeoValues::Double(values) => Self::double(tag.tag, values),
            GeoValues::Ascii(text) => Self::ascii(tag.tag, text),
        }
    }

    pub(super) fn shared(self) -> Self {
        Self {
            is_shared: true,
            ..self
        }
    }

    fn new(tag: u16, kind: u16, count: usize, bytes: Vec<u8>) -> Self {
        Self {
            tag,
            kind,
            count: count as u64,
            bytes,
            is_shared: false,
        }
    }
}

/// How wide the places in a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// 32 bits.
    Classic,
    /// 64 bits: `BigTIFF`.
    Big,
}

impl Form {
    fn word(self) -> usize {
        match self {
            Self::Classic => 4,
            Self::Big => 8,
        }
    }

    fn append(self, value: u64, to: &mut Vec<u8>) {
        to.extend_from_slice(&value.to_le_bytes()[..self.word()]);
    }
}

/// The head of a file: everything before its tiles. Its length does not depend on the values.
pub(super) fn head(mut directories: Vec<Vec<Entry>>, n_bands: usize, form: Form) -> Vec<u8> {
    let mut head = match form {
        Form::Classic => b"II*\0".to_vec(),
        Form::Big => b"II+\0\x08\0\0\0".to_vec(),
    };
    let bands = if n_bands > 1 { BAND_AFTER_BAND } else { "" };
    let layout = format!("{LAYOUT}{bands}");
    let size = layout.len();
    let ghost = format!("GDAL_STRUCTURAL_METADATA_SIZE={size:06} bytes\n{layout}");
    let first = (head.len() + form.word() + ghost.len()).next_multiple_of(2);
    form.append(first as u64, &mut head);
    head.extend_from_slice(ghost.as_bytes());
    head.resize(first, 0);
    let mut shared = Vec::new();
    let n_directories = directories.len();
    for (i, entries) in directories.iter_mut().enumerate() {
        let is_last = i + 1 == n_directories;
        append_directory(&mut head, entries, is_last, form, &mut shared);
    }
    head
}

fn append_directory(
    head: &mut Vec<u8>,
    entries: &mut [Entry],
    is_last: bool,
    form: Form,
    shared: &mut Vec<(u16, u64)>,
) {
    entries.sort_by_key(|entry| entry.tag);
    let word = form.word();
    let (count_size, entry_size) = match form {
        Form::Classic => (2, 12),
        Form::Big => (8, 20),
    };
    let start = head.len();
    let tail_start = start + count_size + entries.len() * entry_size + word;
    let mut tail = Vec::new();
    head.extend_from_slice(&(entries.len() as u64).to_le_bytes()[..count_size]);
    for entry in entries {
        head.extend_from_slice(&entry.tag.to_le_bytes());
        head.extend_from_slice(&entry.kind.to_le_bytes());
        form.append(entry.count, head);
        if entry.bytes.len() <= word {
            let mut field = entry.bytes.clone();
            field.resize(word, 0);
            head.extend_from_slice(&field);
            continue;
        }
        let known = shared
            .iter()
            .find(|(tag, _)| entry.is_shared && *tag == entry.tag);
        let place = known.map_or_else(
            || {
                tail.resize(
                    (tail_start + tail.len()).next_multiple_of(word) - tail_start,
                    0,
                );
                let place = (tail_start + tail.len()) as u64;
                tail.extend_from_slice(&entry.bytes);
                place
            },
            |&(_, place)| place,
        );
        if entry.is_shared && known.is_none() {
            shared.push((entry.tag, place));
        }
        form.append(place, head);
    }
    let end = (tail_start + tail.len()).next_multiple_of(word);
    form.append(if is_last { 0 } else { end as u64 }, head);
    head.extend_from_slice(&tail);
    head.resize(end, 0);
}
