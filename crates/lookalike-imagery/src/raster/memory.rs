//! A raster whose pixels are in memory.

use super::{Block, RasterInfo, RasterSource, Samples, Window};
use crate::{Error, Result};

/// A raster whose pixels are in memory: what a program has computed, served as a file would be.
#[derive(Debug, Clone)]
pub struct MemoryRaster {
    info: RasterInfo,
    samples: Samples,
    valid: Option<Vec<u8>>,
}

impl MemoryRaster {
    /// A raster of `samples`, band after band, each row by row. `valid` has one number a pixel,
    /// 0 where there is nothing; without it, every pixel is valid but for nodata and NaN, which
    /// are left to the reader as [`RasterSource::read`] says.
    ///
    /// # Errors
    /// When samples or validity do not fit the size, the bands or the type of `info`.
    pub fn new(info: RasterInfo, samples: Samples, valid: Option<Vec<u8>>) -> Result<Self> {
        let n_pixels = info.width.checked_mul(info.height);
        let n_samples = n_pixels.and_then(|n| n.checked_mul(info.bands.len()));
        if n_samples == Some(0) {
            let size = format!("{} × {} × {}", info.width, info.height, info.bands.len());
            let rule = "hold at least one pixel of one band (width × height × bands)";
            return Err(Error::parameter("samples", rule, size));
        }
        if n_samples != Some(samples.len()) {
            return Err(Error::parameter(
                "samples",
                format!(
                    "hold width × height × bands ({} × {} × {}) values",
                    info.width,
                    info.height,
                    info.bands.len()
                ),
                samples.len(),
            ));
        }
        if samples.sample_type() != info.sample_type {
            return Err(Error::parameter(
                "samples",
                format!("have the raster's type ({:?})", info.sample_type),
                format!("{:?}", samples.sample_type()),
            ));
        }
        if let Some(valid) = valid.as_ref().filter(|v| Some(v.len()) != n_pixels) {
            return Err(Error::parameter(
                "valid",
                format!(
                    "hold width × height ({} × {}) values",
                    info.width, info.height
                ),
                valid.len(),
            ));
        }
        let valid = valid.map(|valid| valid.into_iter().map(|v| u8::from(v != 0)).collect());
        Ok(Self {
            info,
            samples,
            valid,
        })
    }

    /// All samples: band after band, each row by row.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }
}

impl RasterSource for MemoryRaster {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read(&self, window: Window, bands: &[usize], block: &mut Block) -> Result<()> {
        let (width, height) = (self.info.width, self.info.height);
        assert!(
            window.x + window.width <= width && window.y + window.height <= height,
            "{window:?} leaves the raster of {width} × {height} pixels"
        );
        let rows = |band: usize| {
            (window.y..window.y + window.height).map(move |y| {
                let start = (band * height + y) * width + window.x;
                start..start + window.width
            })
        };
        block.samples.clear_to(self.info.sample_type);
        for &band in bands {
            assert!(band < self.info.bands.len(), "there is no band {band}");
            for row in rows(band) {
                block.samples.extend_from(&self.samples, row);
            }
        }
        block.valid.clear();
        match &self.valid {
            Some(valid) => {
                for row in rows(0) {
                    block.valid.extend_from_slice(&valid[row]);
                }
            }
            None => block.valid.resize(window.n_pixels(), 1),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::{Band, SampleType};

    /// 4 × 3 pixels, two bands: value = band·100 + row·10 + column.
    fn info() -> RasterInfo {
        RasterInfo {
            name: "test".into(),
            width: 4,
            height: 3,
            sample_type: SampleType::I16,
            bands: vec![Band::default(); 2],
            georeference: None,
            block: (4, 1),
            palette: None,
        }
    }

    fn values() -> Vec<i16> {
        let mut values = Vec::new();
        for band in 0..2 {
            for y in 0..3 {
                values.extend((0..4).map(|x| band * 100 + y * 10 + x));
            }
        }
        values
    }

    #[test]
    fn windows_come_band_after_band_and_row_by_row() {
        let mut valid = vec![1; 12];
        valid[6] = 0;
        let raster = MemoryRaster::new(info(), Samples::I16(values()), Some(valid)).unwrap();
        let window = Window {
            x: 1,
            y: 1,
            width: 2,
            height: 2,
        };
        // A buffer of another type and size is used again.
        let mut block = Block {
            samples: Samples::F64(vec![1.0; 99]),
            valid: vec![7; 99],
        };
        raster.read(window, &[1, 0], &mut block).unwrap();
        let expected = vec![111, 112, 121, 122, 11, 12, 21, 22];
        assert_eq!(block.samples, Samples::I16(expected));
        assert_eq!(block.valid, [1, 0, 1, 1]);
    }

    #[test]
    fn sizes_and_types_must_fit() {
        let text = |samples, valid| {
            MemoryRaster::new(info(), samples, valid)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            text(Samples::I16(vec![0; 23]), None),
            "samples must hold width × height × bands (4 × 3 × 2) values, got 23"
        );
        assert_eq!(
            text(Samples::U16(vec![0; 24]), None),
            "samples must have the raster's type (I16), got U16"
        );
        assert_eq!(
            text(Samples::I16(vec![0; 24]), Some(vec![1; 24])),
            "valid must hold width × height (4 × 3) values, got 24"
        );
    }
}
