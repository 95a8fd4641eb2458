//! The boxes of a JP2 file: where the codestream is, and what stands beside it.
//!
//! Names as in ISO/IEC 15444-1, annex I.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use super::codestream::Refusal;

/// A box whose content is looked at may have this many bytes.
const MAX_BOX: u64 = 1 << 24;
/// Boxes of a file, at all depths.
const MAX_BOXES: usize = 10_000;
/// Boxes in boxes.
const MAX_DEPTH: usize = 8;
/// `GeoJP2`: a tiny `GeoTIFF`.
const GEOTIFF_UUID: [u8; 16] = *b"\xb1\x4b\xf8\xbd\x08\x3d\x4b\x43\xa5\xae\x8c\xd7\xd5\xa6\xce\x03";
const SYCC: u32 = 18;

/// The first bytes of a JP2 file.
pub(super) const SIGNATURE: [u8; 12] = *b"\0\0\0\x0cjP  \r\n\x87\n";

/// What a JP2 file holds beside the pixels.
#[derive(Debug, Default)]
pub(super) struct Boxes {
    /// Where the codestream begins and ends.
    pub(super) codestream: Option<Range<u64>>,
    /// The component that is alpha.
    pub(super) alpha: Option<usize>,
    /// The colours that the samples of the one component mean.
    pub(super) palette: Option<Vec<[u8; 4]>>,
    /// Whether the components are luminance and differences of colour.
    pub(super) is_sycc: bool,
    /// A `GeoTIFF` whose tags say where the image lies.
    pub(super) geotiff: Option<Vec<u8>>,
    /// Texts in XML.
    pub(super) xml: Vec<String>,
}

impl Boxes {
    pub(super) fn read(file: &mut (impl Read + Seek)) -> Result<Self, Refusal> {
        let end = file.seek(SeekFrom::End(0))?;
        let mut boxes = Self::default();
        let mut n_boxes = 0;
        boxes.walk(file, 0, end, 0, &mut n_boxes)?;
        Ok(boxes)
    }

    fn walk(
        &mut self,
        file: &mut (impl Read + Seek),
        mut start: u64,
        end: u64,
        depth: usize,
        n_boxes: &mut usize,
    ) -> Result<(), Refusal> {
        while start + 8 <= end {
            *n_boxes += 1;
            if *n_boxes > MAX_BOXES || depth > MAX_DEPTH {
                let why = format!(
                    "it must have at most {MAX_BOXES} boxes, nested at most {MAX_DEPTH} deep"
                );
                return Err(Refusal::TooLarge(why));
            }
            file.seek(SeekFrom::Start(start))?;
            let mut header = [0; 8];
            file.read_exact(&mut header)?;
            let [length, kind] = [&header[..4], &header[4..]];
            let mut content = start + 8;
            let length = match u32::from_be_bytes([length[0], length[1], length[2], length[3]]) {
                0 => end - start,
                1 => {
                    let mut length = [0; 8];
                    file.read_exact(&mut length)?;
                    content += 8;
                    u64::from_be_bytes(length)
                }
                length => length.into(),
            };
            let stop = start
                .checked_add(length)
                .filter(|&stop| content <= stop && stop <= end);
            let Some(stop) = stop else {
                let kind = String::from_utf8_lossy(kind);
                let why = format!(
                    "its box {kind:?} at byte {start} claims {length} bytes, {} are there",
                    end - start
                );
                return Err(Refusal::Damaged(why));
            };
            match kind {
                b"jp2h" | b"asoc" => self.walk(file, content, stop, depth + 1, n_boxes)?,
                b"jp2c" => {
                    self.codestream.get_or_insert(content..stop);
                }
                b"colr" | b"cdef" | b"pclr" | b"uuid" | b"xml " if stop - content <= MAX_BOX => {
                    let mut bytes = vec![0; (stop - content) as usize];
                    file.read_exact(&mut bytes)?;
                    self.take(kind, &bytes);
                }
                _ => {}
            }
            start = stop;
        }
        Ok(())
    }

    fn take(&mut self, kind: &[u8], bytes: &[u8]) {
        match kind {
            b"colr" => self.is_sycc |= is_sycc(bytes),
            b"cdef" => self.alpha = self.alpha.or_else(|| alpha(bytes)),
            b"pclr" => self.palette = self.palette.take().or_else(|| palette(bytes)),
            b"uuid" => {
                if let Some(geotiff) = bytes.strip_prefix(&GEOTIFF_UUID) {
                    self.geotiff.get_or_insert_with(|| geotiff.to_vec());
                }
            }
            _ => self.xml.push(String::from_utf8_lossy(bytes).into_owned()),
        }
    }
}

/// Whether an enumerated colour space is sYCC.
fn is_sycc(colr: &[u8]) -> bool {
    colr.first() == Some(&1) && colr.get(3..7) == Some(&SYCC.to_be_bytes())
}

/// The channel whose type is opacity, straight or premultiplied.
fn alpha(cdef: &[u8]) -> Option<usize> {
    let mut channels = cdef.get(2..)?.chunks_exact(6);
    let alpha = channels.find(|c| matches!(c[2..4], [0, 1 | 2]))?;
    Some(u16::from_be_bytes([alpha[0], alpha[1]]).into())
}

/// The colours of a palette of three or four columns of eight bits.
fn palette(pclr: &[u8]) -> Option<Vec<[u8; 4]>> {
    let (header, rest) = pclr.split_at_checked(3)?;
    let n_entries = usize::from(u16::from_be_bytes([header[0], header[1]]));
    let n_columns = usize::from(header[2]);
    let (depths, entries) = rest.split_at_checked(n_columns)?;
    if !matches!(n_columns, 3 | 4) || depths.iter().any(|&depth| depth != 7) {
        return None;
    }
    let colors = entries.chunks_exact(n_columns).take(n_entries);
    Some(
        colors
            .map(|c| [c[0], c[1], c[2], *c.get(3).unwrap_or(&255)])
            .collect(),
    )
}
