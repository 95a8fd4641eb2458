//! A raster with a mask of its own file.

use std::ffi::OsString;
use std::path::Path;

use super::geotiff::GeoTiff;
use super::{Block, RasterInfo, RasterSource, SampleType, Samples, Window};
use crate::{Error, Result};

/// A raster, and a second of the same size that is 0 where the first holds nothing.
#[derive(Debug)]
pub struct Masked {
    source: Box<dyn RasterSource>,
    mask: GeoTiff,
}

impl Masked {
    /// Adds the mask in the file that is named as `path` with `.msk` behind it, where there is one:
    /// GDAL's way of giving a mask to any format.
    ///
    /// # Errors
    /// When it cannot be read, or does not go with `source`.
    pub fn with_file_beside(
        path: &Path,
        source: Box<dyn RasterSource>,
    ) -> Result<Box<dyn RasterSource>> {
        let mut name = OsString::from(path);
        name.push(".msk");
        let name = Path::new(&name);
        if !name.exists() {
            return Ok(source);
        }
        let mask = GeoTiff::open(name)?;
        let (own, other) = (mask.info(), source.info());
        if (own.width, own.height) != (other.width, other.height) {
            return Err(Error::damaged(
                name,
                format!(
                    "a mask must have the size of its raster, {}×{}, got {}×{}",
                    other.width, other.height, own.width, own.height
                ),
            ));
        }
        if own.sample_type != SampleType::U8 {
            return Err(Error::unsupported(
                name,
                format!(
                    "a mask must have samples of type U8, got {:?}",
                    own.sample_type
                ),
            ));
        }
        if own.bands.len() != 1 && own.bands.len() != other.bands.len() {
            return Err(Error::damaged(
                name,
                format!(
                    "a mask must have one band, or as many as its raster ({}), got {}",
                    other.bands.len(),
                    own.bands.len()
                ),
            ));
        }
        Ok(Box::new(Self { source, mask }))
    }
}

impl RasterSource for Masked {
    fn info(&self) -> &RasterInfo {
        self.source.info()
    }

    fn read(&self, window: Window, bands: &[usize], block: &mut Block) -> Result<()> {
        self.source.read(window, bands, block)?;
        let mut mask = Block::default();
        let common = self.mask.info().bands.len() == 1;
        self.mask
            .read(window, if common { &[0] } else { bands }, &mut mask)?;
        if let Samples::U8(masks) = &mask.samples {
            for mask in masks.chunks_exact(window.n_pixels().max(1)) {
                for (valid, &mask) in block.valid.iter_mut().zip(mask) {
                    *valid &= u8::from(mask != 0);
                }
            }
        }
        Ok(())
    }
}
