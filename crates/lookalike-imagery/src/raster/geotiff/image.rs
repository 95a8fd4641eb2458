//! One image of a TIFF, checked when opened.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use tiff_reader::{Ifd, RasterLayout, TagValue, TiffFile};

use super::codec::Codec;
use super::fault::{fault, unsupported_compression};
use super::grid::Grid;
use super::rows::Coding;
use super::{limits, tags};
use crate::raster::SampleType;
use crate::{Error, Result};

/// An open TIFF, and what messages call it.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) tiff: TiffFile,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({})", self.path.display())
    }
}

/// One image of a TIFF.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) file: Arc<File>,
    /// Which directory describes it.
    pub(super) directory: usize,
    pub(super) grid: Grid,
    pub(super) sample_type: SampleType,
    pub(super) n_samples: usize,
    /// Where its strips or tiles are.
    pub(super) blocks: Vec<StoredBlock>,
    pub(super) decoder: Decoder,
    /// What stands in blocks that are not stored, in the words of the file.
    pub(super) absent: String,
}

/// Where the bytes of a strip or tile are.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoredBlock {
    pub(super) offset: u64,
    pub(super) bytes: u64,
}

impl StoredBlock {
    /// Whether the file leaves it out, as GDAL does with blocks of nodata.
    pub(super) fn is_absent(self) -> bool {
        self.offset == 0 || self.bytes == 0
    }
}

/// What turns the bytes of a block into samples.
#[derive(Debug, Clone, Copy)]
pub(super) enum Decoder {
    /// A codec of this crate.
    Rows(RowDecoder),
    /// The TIFF reader, for compressions that give an image: JPEG, LERC, WebP.
    Reader,
}

/// How the bytes of a block are compressed, and the rows coded that come out.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowDecoder {
    pub(super) codec: Codec,
    pub(super) coding: Coding,
    /// Whether the first bit of a stored byte is the least significant.
    pub(super) bits_reversed: bool,
}

impl Image {
    /// Checks directory number `directory`.
    ///
    /// Nothing is allocated for what it claims before its sizes are known to be within the limits
    /// and its blocks within the file.
    pub(super) fn open(file: &Arc<File>, directory: usize) -> Result<Self> {
        let path = &file.path;
        let ifd = file.tiff.ifd(directory).map_err(|e| fault(path, e))?;
        limits::check_size(path, ifd.width().into(), ifd.height().into())?;
        check_colours(file, ifd)?;
        let sample_type = sample_type(file, ifd)?;
        let decoder = decoder(file, ifd, sample_type)?;
        let layout = ifd.raster_layout().map_err(|e| fault(path, e))?;
        let grid = grid(file, ifd, &layout)?;
        // Rows that are not compressed are read one by one, however many stand in a block.
        let raw = matches!(decoder, Decoder::Rows(rows) if rows.codec == Codec::None);
        let at_once = if raw {
            grid.block_width.checked_mul(grid.interleaved)
        } else {
            grid.block_samples()
        };
        limits::check_block(path, at_once, sample_type)?;
        Ok(Self {
            blocks: stored_blocks(file, ifd, &grid)?,
            absent: tags::nodata_text(ifd).unwrap_or_default(),
            file: Arc::clone(file),
            n_samples: layout.samples_per_pixel,
            directory,
            grid,
            sample_type,
            decoder,
        })
    }

    /// Its directory.
    pub(super) fn ifd(&self) -> &Ifd {
        &self.file.tiff.ifds()[self.directory]
    }
}

/// Colours that GDAL turns into others are refused: as stored they would be mistaken for bands.
fn check_colours(file: &File, ifd: &Ifd) -> Result<()> {
    const JPEG: u16 = 7;
    let name = match ifd.photometric_interpretation().unwrap_or(1) {
        0..=4 => return Ok(()),
        6 if ifd.compression() == JPEG => return Ok(()),
        5 => "CMYK",
        6 => "YCbCr without JPEG compression",
        8..=10 => "CIE L*a*b*",
        32803 => "of a camera's colour filter (CFA)",
        32844 | 32845 => "LogLuv",
        34892 => "of a camera's raw data (LinearRaw)",
        code => {
            return Err(Error::damaged(
                &file.path,
                format!("the value {code} of its tag PhotometricInterpretation is unknown"),
            ));
        }
    };
    Err(Error::unsupported(
        &file.path,
        format!("its colours are {name}, which is not read: make it RGB first"),
    ))
}

fn sample_type(file: &File, ifd: &Ifd) -> Result<SampleType> {
    let path = &file.path;
    let bits = ifd.bits_per_sample().map_err(|e| fault(path, e))?;
    let formats = ifd.sample_format().map_err(|e| fault(path, e))?;
    let all_the_same = |values: &[u16]| values.windows(2).all(|pair| pair[0] == pair[1]);
    if !all_the_same(&bits) || !all_the_same(&formats) {
        return Err(Error::unsupported(
            path,
            format!(
                "its bands have several types, which is not read (BitsPerSample {bits:?}, \
                 SampleFormat {formats:?})"
            ),
        ));
    }
    let bits = bits.first().copied().unwrap_or(1);
    let refuse = |what: &str| {
        Err(Error::unsupported(
            path,
            format!(
                "its samples are {what}, which are not read: unsigned integers of 1 to 16, 32 and 64 \
                 bits, signed ones of 8, 16, 32 and 64 bits and floats of 32 and 64 bits are"
            ),
        ))
    };
    match (formats.first().copied().unwrap_or(1), bits) {
        (1 | 4, 1..=8) => Ok(SampleType::U8),
        (1 | 4, 9..=16) => Ok(SampleType::U16),
        (1 | 4, 32) => Ok(SampleType::U32),
        (1 | 4, 64) => Ok(SampleType::U64),
        (2, 8) => Ok(SampleType::I8),
        (2, 16) => Ok(SampleType::I16),
        (2, 32) => Ok(SampleType::I32),
        (2, 64) => Ok(SampleType::I64),
        (3, 32) => Ok(SampleType::F32),
        (3, 64) => Ok(SampleType::F64),
        (1 | 4, _) => refuse(&format!("unsigned integers of {bits} bits")),
        (2, _) => refuse(&format!("signed integers of {bits} bits")),
        (3, _) => refuse(&format!("floats of {bits} bits")),
        (5 | 6, _) => refuse("complex numbers"),
        (format, _) => Err(Error::damaged(
            path,
            format!("the value {format} of its tag SampleFormat is unknown"),
        )),
    }
}

fn decoder(file: &File, ifd: &Ifd, sample_type: SampleType) -> Result<Decoder> {
    const IMAGE_COMPRESSIONS: [u16; 3] = [7, 34887, 50001];
    let path = &file.path;
    let refuse = |what: String| Err(Error::unsupported(path, what));
    let predictor = ifd.predictor();
    if !(1..=3).contains(&predictor) {
        return refuse(format!(
            "its predictor {predictor} is unknown: 1, 2 and 3 are read"
        ));
    }
    let compression = ifd.compression();
    let Some(codec) = Codec::from_tag(compression) else {
        if !IMAGE_COMPRESSIONS.contains(&compression) {
            return Err(unsupported_compression(path, compression));
        }
        if predictor != 1 {
            return refuse(format!(
                "it combines predictor {predictor} with compression {compression}, which has none"
            ));
        }
        return Ok(Decoder::Reader);
    };
    let bits = ifd.bits_per_sample().map_err(|e| fault(path, e))?;
    let bits = usize::from(bits.first().copied().unwrap_or(1));
    let big_endian = file.tiff.byte_order() == tiff_reader::ByteOrder::BigEndian;
    let is_float = matches!(sample_type, SampleType::F32 | SampleType::F64);
    // As in libtiff, the tag means nothing to codecs without a predictor.
    let coding = match if codec.has_predictor() { predictor } else { 1 } {
        3 if !is_float => return refuse("it has predictor 3 (of floats) on integers".to_owned()),
        3 => Coding::BytePlanes,
        2 if bits < 8 * sample_type.bytes() => {
            return refuse(format!("it has predictor 2 on samples of {bits} bits"));
        }
        2 => Coding::Differences { big_endian },
        _ if bits < 8 * sample_type.bytes() => Coding::Packed { bits },
        _ => Coding::Plain { big_endian },
    };
    Ok(Decoder::Rows(RowDecoder {
        codec,
        coding,
        bits_reversed: ifd.fill_order() == 2,
    }))
}

fn grid(file: &File, ifd: &Ifd, layout: &RasterLayout) -> Result<Grid> {
    let (block_width, block_height) = if ifd.is_tiled() {
        let size = |side: Option<u32>| side.unwrap_or(0) as usize;
        (size(ifd.tile_width()), size(ifd.tile_height()))
    } else {
        (
            layout.width,
            layout.height.min(ifd.rows_per_strip() as usize),
        )
    };
    if block_width == 0 || block_height == 0 {
        return Err(Error::damaged(
            &file.path,
            format!("its strips or tiles measure {block_width}×{block_height} pixels"),
        ));
    }
    let chunky = layout.planar_configuration == 1;
    Ok(Grid {
        width: layout.width,
        height: layout.height,
        block_width,
        block_height,
        padded: ifd.is_tiled(),
        interleaved: if chunky { layout.samples_per_pixel } else { 1 },
        planes: if chunky { 1 } else { layout.samples_per_pixel },
    })
}

/// The places of all blocks, which must be as many as the image needs and within the file.
fn stored_blocks(file: &File, ifd: &Ifd, grid: &Grid) -> Result<Vec<StoredBlock>> {
    const TILES: [(u16, &str); 2] = [(324, "TileOffsets"), (325, "TileByteCounts")];
    const STRIPS: [(u16, &str); 2] = [(273, "StripOffsets"), (279, "StripByteCounts")];
    let path = &file.path;
    let n_blocks = grid.n_blocks();
    let column = |(tag, name): (u16, &str)| {
        let Some(tag) = ifd.tag(tag) else {
            return Err(Error::damaged(path, format!("its tag {name} is missing")));
        };
        if n_blocks != usize::try_from(tag.count).ok() {
            let needed = n_blocks.map_or("more than fit".to_owned(), |n| n.to_string());
            return Err(Error::damaged(
                path,
                format!(
                    "an image of {}×{} pixels in blocks of {}×{} needs {needed} of them, but its tag \
                     {name} has {}",
                    grid.width, grid.height, grid.block_width, grid.block_height, tag.count
                ),
            ));
        }
        match &tag.value {
            TagValue::Short(values) => Ok(values.iter().map(|&v| v.into()).collect()),
            TagValue::Long(values) => Ok(values.iter().map(|&v| v.into()).collect()),
            TagValue::Long8(values) => Ok(values.clone()),
            _ => Err(Error::damaged(
                path,
                format!("its tag {name} does not hold unsigned integers"),
            )),
        }
    };
    let [offsets, counts] = if ifd.is_tiled() { TILES } else { STRIPS };
    let (offsets, counts): (Vec<u64>, Vec<u64>) = (column(offsets)?, column(counts)?);
    let length = file.tiff.source().len();
    let blocks = offsets.into_iter().zip(counts).enumerate();
    blocks
        .map(|(number, (offset, bytes))| {
            let block = StoredBlock { offset, bytes };
            let end = offset.saturating_add(bytes);
            if !block.is_absent() && end > length {
                return Err(Error::damaged(
                    path,
                    format!(
                        "its strip or tile {number} ends at byte {end}, but the file has {length} bytes"
                    ),
                ));
            }
            Ok(block)
        })
        .collect()
}
