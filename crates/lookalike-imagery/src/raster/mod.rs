//! Rasters: grids of pixels with any number of bands, read window by window.
//!
//! Everything that can be read is a [`RasterSource`], whatever its format; several threads may
//! read from one at once.

mod area;
mod class_map;
mod colormap;
#[cfg(feature = "gdal")]
mod gdal;
mod georeference;
mod geotiff;
mod histogram;
mod jpeg2000;
mod keys;
mod labelled;
mod legend;
mod masked;
mod memory;
mod open;
mod percentile;
mod photo;
mod product;
mod resample;
mod sample;
mod samples;
mod scene;
mod stack;
mod stretch;
mod valid;
mod world_file;

use std::fmt;

pub use area::PixelAreas;
pub use class_map::{ClassMapSpec, ClassMapWriter, MAX_CLASSES, Overviews};
pub use colormap::{
    Rgb, class_colors, colormap_colors, colormap_names, default_colors, parse_colors,
};
pub use georeference::{CrsKind, GeoTag, GeoValues, Georeference};
pub use geotiff::GeoTiff;
pub(crate) use geotiff::{decode_picture as decode_tiff, is_tiff};
pub use histogram::{BandStatistics, Histogram};
pub use legend::Legend;
pub use masked::Masked;
pub use memory::MemoryRaster;
pub use open::open;
pub use percentile::{PercentileFinder, PercentilePass};
pub use product::open_product;
pub use resample::Resampling;
pub use samples::{Block, SampleType, Samples};
pub use scene::open_scene;
pub use stretch::{RgbStretch, Stretch, StretchPercentiles};
pub use valid::mark_nodata;
pub use world_file::world_file;

use crate::Result;

/// A raster that can be read window by window, by several threads at once.
pub trait RasterSource: Send + Sync + fmt::Debug {
    /// Size, bands and georeference.
    fn info(&self) -> &RasterInfo;

    /// Reads `bands` (counted from 0) of the pixels of `window` into `block`, whose buffers are
    /// used again.
    ///
    /// Samples stand band after band, each band row by row. [`Block::valid`] says which pixels the
    /// file itself calls valid by a mask or an alpha band; values of nodata and NaN are left to
    /// the caller.
    ///
    /// # Errors
    /// When the file is damaged there, or cannot be read. A window outside the raster or a band
    /// that does not exist is a mistake of the caller and panics.
    fn read(&self, window: Window, bands: &[usize], block: &mut Block) -> Result<()>;
}

/// What is known of a raster before its pixels are read.
#[derive(Debug, Clone, PartialEq)]
pub struct RasterInfo {
    /// What messages call it: usually its path.
    pub name: String,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The type of its samples, the same for all bands.
    pub sample_type: SampleType,
    /// Its bands; alpha is not among them, but in the mask.
    pub bands: Vec<Band>,
    /// Where on Earth it lies, where that is known.
    pub georeference: Option<Georeference>,
    /// Columns and rows that are stored together: windows that are whole blocks cost least.
    pub block: (usize, usize),
    /// The colours of a raster whose one band holds indices of colours.
    pub palette: Option<Vec<[u8; 4]>>,
}

/// One band of a raster.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Band {
    /// Its name, such as `B04`, where the file or product tells; empty otherwise.
    pub name: String,
    /// The value that means "no data", where the file tells and the sample type can hold it.
    pub nodata: Option<f64>,
}

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Leftmost column, from 0.
    pub x: usize,
    /// Topmost row, from 0.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Window {
    /// How many pixels it has.
    pub fn n_pixels(&self) -> usize {
        self.width * self.height
    }
}
