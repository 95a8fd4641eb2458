//! What else GDAL reads, through GDAL itself.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};

use gdal::errors::GdalError;
use gdal::raster::{ColorInterpretation, GdalDataType, GdalType, RasterBand};
use gdal::{Dataset, Metadata};

use super::sample::Sample;
use super::stack::common_type;
use super::{Band, Block, Georeference, RasterInfo, RasterSource, SampleType, Window};
use crate::{Error, ErrorKind, Result};

/// A raster that GDAL reads. Its bands of alpha and its masks are the mask.
pub(super) struct GdalRaster {
    info: RasterInfo,
    path: PathBuf,
    /// The bands of the file, from 1, that are bands of the raster.
    bands: Vec<usize>,
    /// Datasets that no thread reads from: GDAL allows one thread a dataset at a time.
    idle: Mutex<Vec<Dataset>>,
}

impl fmt::Debug for GdalRaster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GdalRaster")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

/// Opens what was refused because of a feature or format that is not read; if GDAL does not read it
/// either, the refusal stands.
pub(super) fn open_instead(path: &Path, refusal: Error) -> Result<Box<dyn RasterSource>> {
    if refusal.kind() != ErrorKind::Unsupported {
        return Err(refusal);
    }
    silence();
    match Dataset::open(path) {
        Ok(dataset) if dataset.raster_count() > 0 => Ok(Box::new(GdalRaster::new(path, dataset)?)),
        _ => Err(refusal),
    }
}

/// Keeps GDAL from printing: its errors are returned.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| gdal::config::set_error_handler(|_, _, _| ()));
}

impl GdalRaster {
    fn new(path: &Path, dataset: Dataset) -> Result<Self> {
        let to_error = |cause: GdalError| Error::damaged(path, cause);
        let (width, height) = dataset.raster_size();
        let mut info = RasterInfo {
            name: path.display().to_string(),
            width,
            height,
            sample_type: SampleType::U8,
            bands: Vec::new(),
            georeference: georeference(&dataset),
            block: (width, 1),
            palette: None,
        };
        let mut bands = Vec::new();
        for index in 1..=dataset.raster_count() {
            let band = dataset.rasterband(index).map_err(to_error)?;
            if band.color_interpretation() == ColorInterpretation::AlphaBand && index > 1 {
                continue;
            }
            let of_band = sample_type(&band).ok_or_else(|| {
                let why = format!(
                    "its band {index} has samples of type {:?}",
                    band.band_type()
                );
                Error::unsupported(path, why)
            })?;
            if bands.is_empty() {
                info.sample_type = of_band;
            }
            let common = common_type(info.sample_type, of_band);
            info.sample_type = common.ok_or_else(|| {
                let why = format!(
                    "no type holds both the {of_band:?} of its band {index} and the {:?} before",
                    info.sample_type
                );
                Error::unsupported(path, why)
            })?;
            info.bands.push(Band {
                name: band.description().unwrap_or_default(),
                nodata: nodata(&band),
            });
            let (columns, rows) = band.block_size();
            info.block = (columns.clamp(1, width), rows.clamp(1, height));
            bands.push(index);
        }
        if let [only] = bands.as_slice() {
            info.palette = palette(&dataset.rasterband(*only).map_err(to_error)?);
        }
        Ok(Self {
            info,
            path: path.to_owned(),
            bands,
            idle: Mutex::new(vec![dataset]),
        })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Dataset>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_as<T: Sample + GdalType>(
        &self,
        window: Window,
        bands: &[usize],
        block: &mut Block,
    ) -> Result<()> {
        let (samples, valid) = block.prepare::<T>(bands.len(), window.n_pixels());
        if window.n_pixels() == 0 {
            return Ok(());
        }
        let to_error = |cause: GdalError| Error::damaged(&self.path, cause);
        let own = self.idle().pop();
        let dataset = own
            .map_or_else(|| Dataset::open(&self.path), Ok)
            .map_err(to_error)?;
        let mut mask = Vec::new();
        for (&band, plane) in bands
            .iter()
            .zip(samples.chunks_exact_mut(window.n_pixels()))
        {
            let band = dataset.rasterband(self.bands[band]).map_err(to_error)?;
            read_window(&band, window, plane).map_err(to_error)?;
            let flags = band.mask_flags().map_err(to_error)?;
            if flags.is_all_valid() || flags.is_nodata() {
                continue;
            }
            mask.resize(window.n_pixels(), 0u8);
            let source = band.open_mask_band().map_err(to_error)?;
            read_window(&source, window, &mut mask).map_err(to_error)?;
            for (valid, &mask) in valid.iter_mut().zip(&mask) {
                *valid &= u8::from(mask != 0);
            }
        }
        self.idle().push(dataset);
        Ok(())
    }
}

impl RasterSource for GdalRaster {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read(&self, window: Window, bands: &[usize], block: &mut Block) -> Result<()> {
        self.info.assert_has(window, bands);
        match self.info.sample_type {
            SampleType::U8 => self.read_as::<u8>(window, bands, block),
            SampleType::U16 => self.read_as::<u16>(window, bands, block),
            SampleType::I8 | SampleType::I16 => self.read_as::<i16>(window, bands, block),
            SampleType::U32 => self.read_as::<u32>(window, bands, block),
            SampleType::I32 => self.read_as::<i32>(window, bands, block),
            SampleType::U64 => self.read_as::<u64>(window, bands, block),
            SampleType::I64 => self.read_as::<i64>(window, bands, block),
            SampleType::F32 => self.read_as::<f32>(window, bands, block),
            SampleType::F64 => self.read_as::<f64>(window, bands, block),
        }
    }
}

fn read_window<T: Copy + GdalType>(
    band: &RasterBand<'_>,
    window: Window,
    out: &mut [T],
) -> std::result::Result<(), GdalError> {
    let corner = (window.x as isize, window.y as isize);
    let size = (window.width, window.height);
    band.read_into_slice(corner, size, size, out, None)
}

/// The type of a band; signed integers of 8 bits, which older versions of GDAL do not know, are read
/// as those of 16.
fn sample_type(band: &RasterBand<'_>) -> Option<SampleType> {
    match band.band_type().name().as_str() {
        "Byte" => Some(SampleType::U8),
        "UInt16" => Some(SampleType::U16),
        "Int8" | "Int16" => Some(SampleType::I16),
        "UInt32" => Some(SampleType::U32),
        "Int32" => Some(SampleType::I32),
        "UInt64" => Some(SampleType::U64),
        "Int64" => Some(SampleType::I64),
        "Float32" => Some(SampleType::F32),
        "Float64" => Some(SampleType::F64),
        _ => None,
    }
}

fn nodata(band: &RasterBand<'_>) -> Option<f64> {
    match band.band_type() {
        GdalDataType::UInt64 => band.no_data_value_u64().map(|value| value as f64),
        GdalDataType::Int64 => band.no_data_value_i64().map(|value| value as f64),
        // The text has more digits than the samples.
        GdalDataType::Float32 => band.no_data_value().map(|value| f64::from(value as f32)),
        _ => band.no_data_value(),
    }
}

fn palette(band: &RasterBand<'_>) -> Option<Vec<[u8; 4]>> {
    let table = band.color_table()?;
    let color = |index| {
        let color = table.entry_as_rgb(index)?;
        Some([color.r, color.g, color.b, color.a].map(|level| level.clamp(0, 255) as u8))
    };
    (0..table.entry_count()).map(color).collect()
}

fn georeference(dataset: &Dataset) -> Option<Georeference> {
    let transform = dataset.geo_transform().ok()?;
    let system = dataset.spatial_ref().ok();
    let epsg = system.filter(|system| system.auth_name().as_deref() == Some("EPSG"));
    let epsg = epsg.and_then(|system| u32::try_from(system.auth_code().ok()?).ok());
    Some(Georeference::from_transform(transform, epsg))
}

#[cfg(test)]
mod tests {
    use super::super::{Samples, open};
    use super::*;

    const GRID: &str = "ncols 3\nnrows 2\nxllcorner 100\nyllcorner 200\ncellsize 10\n\
                        NODATA_value -9\n1 2 -9\n4 5 6\n";

    #[test]
    fn a_format_that_only_gdal_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grid.asc");
        std::fs::write(&path, GRID).unwrap();
        let source = open(&path).unwrap();
        let info = source.info();
        assert_eq!((info.width, info.height, info.bands.len()), (3, 2, 1));
        assert_eq!(info.bands[0].nodata, Some(-9.0));
        let transform = info.georeference.as_ref().unwrap().transform();
        assert_eq!(transform, Some([100.0, 10.0, 0.0, 220.0, 0.0, -10.0]));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let window = Window {
                        x: 1,
                        y: 0,
                        width: 2,
                        height: 2,
                    };
                    let mut block = Block::default();
                    source.read(window, &[0], &mut block).unwrap();
                    assert_eq!(block.samples, Samples::I32(vec![2, -9, 5, 6]));
                    assert_eq!(block.valid, [1; 4]);
                });
            }
        });
    }

    #[test]
    fn a_refusal_stands_where_gdal_does_not_read_it_either() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.tif");
        std::fs::write(&path, "a text").unwrap();
        let message = open(&path).unwrap_err().to_string();
        assert!(message.contains("it looks like a text file"), "{message}");
    }
}
