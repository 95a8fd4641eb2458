//! A raster of whose bands more is known than its file tells.

use super::sample::Sample;
use super::{Block, RasterInfo, RasterSource, Samples, Window};
use crate::Result;

/// A raster under other names, with "no data" values and an offset that its product tells.
#[derive(Debug)]
pub(super) struct Labelled {
    source: Box<dyn RasterSource>,
    info: RasterInfo,
    offset: i32,
}

/// The digital number of a saturated pixel, which is no measurement.
const SATURATED: u16 = u16::MAX;

impl Labelled {
    /// The raster with every band called as `name` says, given its number from 0 and its own name.
    pub(super) fn new(source: Box<dyn RasterSource>, name: impl Fn(usize, &str) -> String) -> Self {
        let mut info = source.info().clone();
        for (number, band) in info.bands.iter_mut().enumerate() {
            band.name = name(number, &band.name);
        }
        Self {
            source,
            info,
            offset: 0,
        }
    }

    /// Lets 0 mean "no data" in bands whose file does not say what does.
    pub(super) fn without_data_at_zero(mut self) -> Self {
        for band in &mut self.info.bands {
            band.nodata.get_or_insert(0.0);
        }
        self
    }

    /// Adds `offset` to samples of 16 bits without sign. Zero, which means "no data", and the value
    /// of saturated pixels stay; what would fall below becomes 1, what would rise above the highest
    /// below saturation.
    pub(super) fn with_offset(mut self, offset: i32) -> Self {
        self.offset = offset;
        self
    }
}

impl RasterSource for Labelled {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read(&self, window: Window, bands: &[usize], block: &mut Block) -> Result<()> {
        self.source.read(window, bands, block)?;
        if self.offset != 0 && matches!(block.samples, Samples::U16(_)) {
            for sample in u16::buffer(&mut block.samples) {
                *sample = with_offset(*sample, self.offset);
            }
        }
        Ok(())
    }
}

fn with_offset(sample: u16, offset: i32) -> u16 {
    match sample {
        0 | SATURATED => sample,
        _ => i32::from(sample)
            .saturating_add(offset)
            .clamp(1, i32::from(SATURATED) - 1) as u16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_values_stay_and_no_value_becomes_one() {
        let samples = [0, 1, 1000, 1001, 9000, 65_000, 65_534, 65_535];
        let lower = samples.map(|sample| with_offset(sample, -1000));
        assert_eq!(lower, [0, 1, 1, 1, 8000, 64_000, 64_534, 65_535]);
        let higher = samples.map(|sample| with_offset(sample, 1000));
        assert_eq!(
            higher,
            [0, 1001, 2000, 2001, 10_000, 65_534, 65_534, 65_535]
        );
    }
}
