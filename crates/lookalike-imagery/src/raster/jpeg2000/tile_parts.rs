//! Whether all tiles are there: the decoder leaves pixels of those that are missing at zero, and says
//! nothing. Their headers are checked as the main one is, for they may say otherwise.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use super::codestream::{Codestream, Refusal};

/// Tile-parts of a file.
const MAX_TILE_PARTS: usize = 1_000_000;
const START_OF_TILE_PART: [u8; 4] = [0xFF, 0x90, 0, 10];

/// Walks from tile-part to tile-part over these bytes of the file, which begin with the first.
pub(super) fn check(
    file: &mut (impl Read + Seek),
    bytes: Range<u64>,
    codestream: &Codestream,
) -> Result<(), Refusal> {
    let n_tiles = codestream.n_tiles() as usize;
    // Of each tile, how many parts there are and how many there should be, as far as that is said.
    let mut tiles = vec![(0u32, 1u32); n_tiles];
    let mut at = bytes.start;
    for _ in 0..MAX_TILE_PARTS {
        let mut header = [0; 12];
        file.seek(SeekFrom::Start(at))?;
        let is_part = at + header.len() as u64 <= bytes.end && {
            file.read_exact(&mut header)?;
            header[..4] == START_OF_TILE_PART
        };
        if !is_part {
            return check_all_there(&tiles);
        }
        let tile = usize::from(u16::from_be_bytes([header[4], header[5]]));
        let Some((n_parts, of)) = tiles.get_mut(tile) else {
            let why = format!("it has a part of tile {tile}, but its tiles are {n_tiles}");
            return Err(Refusal::Damaged(why));
        };
        *n_parts += 1;
        *of = (*of).max(u32::from(header[11]));
        let length = u32::from_be_bytes([header[6], header[7], header[8], header[9]]);
        let end = at + u64::from(length);
        // The last part may leave its length out.
        if length == 0 {
            check_header(file, at + header.len() as u64..bytes.end, codestream)?;
            return check_all_there(&tiles);
        }
        if end > bytes.end || u64::from(length) < header.len() as u64 {
            return Err(Refusal::Damaged(format!(
                "it is truncated: a part of its tile {tile} ends at byte {end}, its codestream at {}",
                bytes.end
            )));
        }
        check_header(file, at + header.len() as u64..end, codestream)?;
        at = end;
    }
    let why = format!("its tiles must have at most {MAX_TILE_PARTS} parts, they have more");
    Err(Refusal::TooLarge(why))
}

fn check_header(
    file: &mut impl Read,
    bytes: Range<u64>,
    codestream: &Codestream,
) -> Result<(), Refusal> {
    codestream.check_tile_part(&mut file.take(bytes.end - bytes.start))
}

fn check_all_there(tiles: &[(u32, u32)]) -> Result<(), Refusal> {
    let is_missing = |(n_parts, of): &(u32, u32)| n_parts < of;
    let Some(first) = tiles.iter().position(is_missing) else {
        return Ok(());
    };
    let n_missing = tiles.iter().filter(|&tile| is_missing(tile)).count();
    Err(Refusal::Damaged(format!(
        "it is truncated: {n_missing} of its {} tiles are not or not wholly there, tile {first} is the first",
        tiles.len()
    )))
}
