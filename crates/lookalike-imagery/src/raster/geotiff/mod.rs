//! TIFF, `GeoTIFF`, `BigTIFF` and cloud-optimised `GeoTIFF`.
//!
//! Directories are read by `tiff-reader`, and so are blocks of JPEG, LERC and WebP. Blocks of other
//! compressions are decoded here: no further than a window needs, and straight to the bands wanted.
//! A file needs no georeference.

mod codec;
mod fault;
mod grid;
mod image;
mod limits;
mod picture;
mod read;
mod rows;
mod tags;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tiff_reader::TiffFile;

use self::fault::fault;
use self::image::{File, Image};
pub(crate) use self::picture::decode_picture;
use self::rows::Stored;
pub(super) use self::tags::georeference;
use super::sample::with_sample_type;
use super::{Band, Block, RasterInfo, RasterSource, SampleType, Window, world_file};
use crate::{Error, Result};

/// A TIFF of any kind, of which the first image is read.
///
/// Bands are the samples of a pixel without alpha, whatever the file says about colours. Samples of
/// odd bit depths are widened, never stretched. Several threads may read at once.
#[derive(Debug)]
pub struct GeoTiff {
    image: Image,
    /// What [`Block::valid`] comes from.
    mask: Option<Image>,
    alpha: Option<usize>,
    /// The number of each band among the samples of a pixel.
    samples: Vec<usize>,
    info: RasterInfo,
}

/// Whether a file that begins with these bytes is a TIFF.
pub(crate) fn is_tiff(start: &[u8]) -> bool {
    let magics: [&[u8; 4]; 4] = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];
    magics.iter().any(|&magic| start.starts_with(magic))
}

impl GeoTiff {
    /// Opens a file; a world file beside it counts where the tags do not say where it lies.
    ///
    /// # Errors
    /// When it cannot be read, is no TIFF, is damaged, claims more than the limits allow, or uses a
    /// feature that is not read.
    pub fn open(path: &Path) -> Result<Self> {
        let tiff = TiffFile::open_with_options(path, limits::open_options());
        let mut raster = Self::from_tiff(path.to_owned(), tiff.map_err(|e| fault(path, e))?)?;
        let own = raster.info.georeference.take();
        raster.info.georeference = match own {
            Some(own) if own.is_without_place() => {
                let world = world_file::georeference(path)?;
                let place = world.and_then(|world| world.transform());
                Some(place.map(|place| own.placed(place)).unwrap_or(own))
            }
            Some(own) => Some(own),
            None => world_file::georeference(path)?,
        };
        Ok(raster)
    }

    /// Opens a TIFF in memory, which messages call `name`.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_bytes(bytes: Vec<u8>, name: &str) -> Result<Self> {
        let path = PathBuf::from(name);
        let tiff = TiffFile::from_bytes_with_options(bytes, limits::open_options());
        let tiff = tiff.map_err(|e| fault(&path, e))?;
        Self::from_tiff(path, tiff)
    }

    fn from_tiff(path: PathBuf, tiff: TiffFile) -> Result<Self> {
        let image = first_image(path, tiff)?;
        let mask = open_mask(&image.file, &image)?;
        let alpha = tags::alpha(image.ifd()).filter(|_| image.n_samples > 1);
        let samples: Vec<usize> = (0..image.n_samples).filter(|&s| Some(s) != alpha).collect();
        let info = describe(&image, &samples);
        Ok(Self {
            image,
            mask,
            alpha,
            samples,
            info,
        })
    }
}

impl GeoTiff {
    fn read_samples<T: Stored>(
        &self,
        window: Window,
        bands: &[usize],
        block: &mut Block,
    ) -> Result<()> {
        let n = window.n_pixels();
        let mut wanted: Vec<usize> = bands.iter().map(|&band| self.samples[band]).collect();
        wanted.extend(self.alpha);
        let (samples, valid) = block.prepare::<T>(wanted.len(), n);
        self.image.read(window, &wanted, samples)?;
        if self.alpha.is_some() {
            let alpha = &samples[bands.len() * n..];
            for (valid, alpha) in valid.iter_mut().zip(alpha) {
                *valid = u8::from(*alpha != T::default());
            }
            T::buffer(&mut block.samples).truncate(bands.len() * n);
        }
        Ok(())
    }
}

impl RasterSource for GeoTiff {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read(&self, window: Window, bands: &[usize], block: &mut Block) -> Result<()> {
        self.info.assert_has(window, bands);
        with_sample_type!(self.info.sample_type, T => self.read_samples::<T>(window, bands, block))?;
        if let Some(mask) = &self.mask {
            let mut masked = vec![0u8; window.n_pixels()];
            mask.read(window, &[0], &mut masked)?;
            for (valid, mask) in block.valid.iter_mut().zip(masked) {
                *valid &= u8::from(mask != 0);
            }
        }
        Ok(())
    }
}

fn first_image(path: PathBuf, tiff: TiffFile) -> Result<Image> {
    if tiff.ifd_count() == 0 {
        return Err(Error::damaged(&path, "it has no image"));
    }
    Image::open(&Arc::new(File { path, tiff }), 0)
}

/// The mask of the first image, if the file has one.
fn open_mask(file: &Arc<File>, image: &Image) -> Result<Option<Image>> {
    const NEW_SUBFILE_TYPE: u16 = 254;
    const REDUCED: u64 = 1;
    const MASK: u64 = 4;
    let base = image.ifd();
    let found = file.tiff.ifds().iter().skip(1).position(|ifd| {
        let kind = ifd.tag(NEW_SUBFILE_TYPE).and_then(|tag| tag.value.as_u64());
        kind.is_some_and(|kind| kind & (MASK | REDUCED) == MASK)
            && (ifd.width(), ifd.height()) == (base.width(), base.height())
    });
    let Some(position) = found else {
        return Ok(None);
    };
    let mask = Image::open(file, position + 1)?;
    if mask.n_samples != 1 || mask.sample_type != SampleType::U8 {
        return Err(Error::unsupported(
            &file.path,
            "its mask has more than one band or more than 8 bits, which is not read",
        ));
    }
    Ok(Some(mask))
}

fn describe(image: &Image, samples: &[usize]) -> RasterInfo {
    let ifd = image.ifd();
    let grid = &image.grid;
    let nodata = tags::nodata_text(ifd).and_then(|text| tags::nodata(&text, image.sample_type));
    let names = tags::names(ifd, image.n_samples);
    let bands = samples.iter().map(|&sample| Band {
        name: names[sample].clone(),
        nodata,
    });
    RasterInfo {
        name: image.file.path.display().to_string(),
        width: grid.width,
        height: grid.height,
        sample_type: image.sample_type,
        bands: bands.collect(),
        georeference: tags::georeference(ifd),
        block: (
            grid.block_width.min(grid.width),
            image.rows_at_once().min(grid.block_height).min(grid.height),
        ),
        palette: tags::palette(ifd, nodata).filter(|_| samples.len() == 1),
    }
}
