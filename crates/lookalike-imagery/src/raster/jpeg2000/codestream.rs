//! The main header of a JPEG 2000 codestream, read before the decoder sees it: the decoder
//! allocates what the header claims.
//!
//! Names as in ISO/IEC 15444-1, annex A.

use std::io::{self, Read};

use crate::raster::SampleType;

/// The most columns and the most rows: around the Earth at 4 m.
const MAX_SIDE: usize = 10_000_000;
/// The decoder keeps about this many bytes for each tile of the image …
const BYTES_PER_TILE: u64 = 12_000;
/// … and this many for each component of a tile.
const BYTES_PER_TILE_COMPONENT: u64 = 1_100;
/// What all tiles may take together, decoded or not.
const MAX_TILE_BYTES: u64 = 1 << 29;
/// Fewer pixels a tile than this are no image but a trick, unless tiles are few.
const MIN_TILE_PIXELS: u64 = 256;
const FEW_TILES: u64 = 64;
/// Code-blocks and precincts of one tile, of all components; the decoder keeps about 200 bytes each.
const MAX_BLOCKS: u64 = 2_000_000;
/// Packets of one tile; the decoder keeps two bytes each.
const MAX_PACKETS: u64 = 1 << 26;
/// More bits than this were not compared with another decoder.
const MAX_BITS: u8 = 24;

/// What the main header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Codestream {
    /// The rectangle of the image on the reference grid: left, top, right, bottom.
    pub(super) area: [u32; 4],
    /// Left and top of the first tile, width and height of all but cut ones.
    pub(super) tiles: [u32; 4],
    pub(super) components: Vec<Component>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Component {
    pub(super) bits: u8,
    pub(super) signed: bool,
}

/// Why a header is refused.
#[derive(Debug)]
pub(super) enum Refusal {
    Damaged(String),
    Unsupported(String),
    TooLarge(String),
    Io(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(cause: io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::UnexpectedEof => Self::Damaged("it ends inside its header".into()),
            _ => Self::Io(cause),
        }
    }
}

type Result<T> = std::result::Result<T, Refusal>;

const START_OF_CODESTREAM: u16 = 0xFF4F;
const SIZE: u16 = 0xFF51;
const CODING_STYLE: u16 = 0xFF52;
const CODING_STYLE_OF_COMPONENT: u16 = 0xFF53;
const START_OF_TILE_PART: u16 = 0xFF90;
const START_OF_DATA: u16 = 0xFF93;

impl Codestream {
    /// Reads the main header, and refuses what is damaged, not read, or would take too much memory.
    pub(super) fn read(stream: &mut impl Read) -> Result<Self> {
        if marker(stream)? != START_OF_CODESTREAM || marker(stream)? != SIZE {
            let why = "its codestream does not begin with the markers SOC and SIZ";
            return Err(Refusal::Damaged(why.into()));
        }
        let codestream = Self::parse_size(&segment(stream)?)?;
        codestream.check_header(stream, START_OF_TILE_PART)?;
        Ok(codestream)
    }

    /// Reads what is behind the first segment of a tile-part, up to its data, and refuses as
    /// [`read`](Self::read) does.
    pub(super) fn check_tile_part(&self, stream: &mut impl Read) -> Result<()> {
        self.check_header(stream, START_OF_DATA)
    }

    /// Reads the segments of a header up to the marker that ends it.
    fn check_header(&self, stream: &mut impl Read, end: u16) -> Result<()> {
        loop {
            match marker(stream)? {
                marker if marker == end => return Ok(()),
                CODING_STYLE => {
                    let style = segment(stream)?;
                    let layers = style
                        .get(2..4)
                        .map_or(0, |b| u16::from_be_bytes([b[0], b[1]]));
                    let has_precincts = style.first().is_some_and(|flags| flags & 1 == 1);
                    let parameters = style.get(5..).unwrap_or_default();
                    self.check_blocks(parameters, has_precincts, layers)?;
                }
                CODING_STYLE_OF_COMPONENT => {
                    let style = segment(stream)?;
                    let at = if self.components.len() < 257 { 1 } else { 2 };
                    let has_precincts = style.get(at).is_some_and(|flags| flags & 1 == 1);
                    let parameters = style.get(at + 1..).unwrap_or_default();
                    self.check_blocks(parameters, has_precincts, 1)?;
                }
                0xFF00.. => drop(segment(stream)?),
                other => {
                    let why = format!("its codestream has {other:#06x} where a marker must be");
                    return Err(Refusal::Damaged(why));
                }
            }
        }
    }

    pub(super) fn width(&self) -> usize {
        (self.area[2] - self.area[0]) as usize
    }

    pub(super) fn height(&self) -> usize {
        (self.area[3] - self.area[1]) as usize
    }

    pub(super) fn n_tiles(&self) -> u64 {
        let [_, _, right, bottom] = self.area.map(u64::from);
        let [left, top, width, height] = self.tiles.map(u64::from);
        (right - left).div_ceil(width) * (bottom - top).div_ceil(height)
    }

    /// The smallest type that holds the samples of all components.
    pub(super) fn sample_type(&self) -> SampleType {
        let signed = self.components.iter().any(|c| c.signed);
        let bits = |c: &Component| c.bits + u8::from(signed && !c.signed);
        match (self.components.iter().map(bits).max().unwrap_or(0), signed) {
            (..=8, false) => SampleType::U8,
            (..=8, true) => SampleType::I8,
            (9..=16, false) => SampleType::U16,
            (9..=16, true) => SampleType::I16,
            (17.., false) => SampleType::U32,
            (17.., true) => SampleType::I32,
        }
    }

    fn parse_size(segment: &[u8]) -> Result<Self> {
        let damaged = |why: String| Err(Refusal::Damaged(why));
        let (Some(numbers), Some(count)) = (segment.get(2..34), segment.get(34..36)) else {
            return damaged("its SIZ segment is too short".into());
        };
        let number = |i: usize| {
            let bytes = &numbers[4 * i..];
            u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
        };
        let [
            right,
            bottom,
            left,
            top,
            width,
            height,
            tiles_left,
            tiles_top,
        ] = std::array::from_fn(number);
        let components =
            parse_components(&segment[36..], u16::from_be_bytes([count[0], count[1]]))?;

        let is_image = left < right && top < bottom && right.max(bottom) < 1 << 31;
        if !is_image {
            return damaged(format!(
                "its image area must have pixels and end before 2³¹, it is {left}..{right} × {top}..{bottom}"
            ));
        }
        let covers = |start: u32, length: u32, first: u32| {
            length > 0 && start <= first && u64::from(start) + u64::from(length) > u64::from(first)
        };
        if !covers(tiles_left, width, left) || !covers(tiles_top, height, top) {
            return damaged(format!(
                "its first tile of {width}×{height} at {tiles_left},{tiles_top} does not begin the image at {left},{top}"
            ));
        }
        let codestream = Self {
            area: [left, top, right, bottom],
            tiles: [tiles_left, tiles_top, width, height],
            components,
        };
        codestream.check_tiles()?;
        Ok(codestream)
    }

    fn check_tiles(&self) -> Result<()> {
        if self.width() > MAX_SIDE || self.height() > MAX_SIDE {
            return Err(Refusal::TooLarge(format!(
                "it claims {}×{} pixels, but at most {MAX_SIDE} columns and rows are read",
                self.width(),
                self.height(),
            )));
        }
        let n_tiles = self.n_tiles();
        let n_pixels = self.width() as u64 * self.height() as u64;
        let n_components = self.components.len() as u64;
        let bytes = n_tiles * (BYTES_PER_TILE + n_components * BYTES_PER_TILE_COMPONENT);
        let tiny = n_tiles > FEW_TILES && n_tiles * MIN_TILE_PIXELS > n_pixels;
        if tiny || n_tiles > u64::from(u16::MAX) || bytes > MAX_TILE_BYTES {
            return Err(Refusal::TooLarge(format!(
                "its image must be cut into reasonably few tiles, {}×{} pixels of {n_components} components are cut into {n_tiles}",
                self.width(),
                self.height(),
            )));
        }
        Ok(())
    }

    /// Refuses tiles of too many code-blocks, precincts or packets. `parameters` begins with the
    /// number of decomposition levels, as both kinds of coding style do.
    fn check_blocks(&self, parameters: &[u8], has_precincts: bool, layers: u16) -> Result<()> {
        let &[levels, block_width, block_height, _, _, ..] = parameters else {
            return Err(Refusal::Damaged("its coding style is too short".into()));
        };
        if levels > 32 || block_width > 8 || block_height > 8 {
            let why = format!(
                "its coding style must have at most 32 levels and code-blocks of at most 1024, it has {levels} and 2^{} × 2^{}",
                u16::from(block_width) + 2,
                u16::from(block_height) + 2
            );
            return Err(Refusal::Damaged(why));
        }
        let [left, top, right, bottom] = self.area.map(u64::from);
        let [_, _, width, height] = self.tiles.map(u64::from);
        let (width, height) = (width.min(right - left), height.min(bottom - top));
        let (mut n_blocks, mut most_precincts) = (0, 0);
        for resolution in 0..=levels {
            let sizes = parameters.get(5..).filter(|_| has_precincts);
            let size = sizes.and_then(|sizes| sizes.get(usize::from(resolution)));
            let precinct = size.copied().unwrap_or(0xFF);
            let (precinct_x, precinct_y) = (precinct & 15, precinct >> 4);
            let reduce = levels - resolution;
            let (x, y) = (width.div_ceil(1 << reduce), height.div_ceil(1 << reduce));
            // Two or three of four bands of half the size, but for the lowest resolution.
            let halve = u8::from(resolution > 0);
            let n_bands = 1 + 2 * u64::from(halve);
            let block_x = (block_width + 2).min(precinct_x.saturating_sub(halve));
            let block_y = (block_height + 2).min(precinct_y.saturating_sub(halve));
            let n_precincts = x.div_ceil(1 << precinct_x) * y.div_ceil(1 << precinct_y);
            n_blocks += n_precincts
                + n_bands
                    * (x >> halve).div_ceil(1 << block_x)
                    * (y >> halve).div_ceil(1 << block_y);
            most_precincts = n_precincts.max(most_precincts);
        }
        let n_components = self.components.len() as u64;
        let n_packets = u64::from(layers) * u64::from(levels + 1) * n_components;
        if n_blocks.saturating_mul(n_components) > MAX_BLOCKS
            || n_packets.saturating_mul(most_precincts) > MAX_PACKETS
        {
            return Err(Refusal::TooLarge(format!(
                "a tile of {width}×{height} pixels of {n_components} components must be coded in reasonably few blocks and packets, this one has {n_blocks} blocks a component and {layers} layers"
            )));
        }
        Ok(())
    }
}

fn parse_components(bytes: &[u8], count: u16) -> Result<Vec<Component>> {
    if count == 0 || bytes.len() < 3 * usize::from(count) {
        let why = format!("its SIZ segment does not describe the {count} components it counts");
        return Err(Refusal::Damaged(why));
    }
    let mut components = Vec::with_capacity(count.into());
    for (i, component) in bytes.chunks_exact(3).take(count.into()).enumerate() {
        let bits = (component[0] & 0x7F) + 1;
        if component[1..] != [1, 1] {
            return Err(Refusal::Unsupported(format!(
                "its component {i} is subsampled by {}×{}; components must have the resolution of the image",
                component[1], component[2]
            )));
        }
        if bits > MAX_BITS {
            return Err(Refusal::Unsupported(format!(
                "its component {i} has {bits} bits; at most {MAX_BITS} are read"
            )));
        }
        let signed = component[0] & 0x80 != 0;
        components.push(Component { bits, signed });
    }
    Ok(components)
}

fn marker(stream: &mut impl Read) -> Result<u16> {
    let mut bytes = [0; 2];
    stream.read_exact(&mut bytes)?;
    Ok(u16::from_be_bytes(bytes))
}

/// The bytes of a marker segment after its length.
fn segment(stream: &mut impl Read) -> Result<Vec<u8>> {
    let length = marker(stream)?;
    let Some(length) = length.checked_sub(2) else {
        let why = format!("a segment of its codestream claims {length} bytes");
        return Err(Refusal::Damaged(why));
    };
    let mut bytes = vec![0; length.into()];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}
