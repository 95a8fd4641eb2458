//! Rasters and runs that several tests need.

use lookalike::imagery::raster::{
    Band, Georeference, MemoryRaster, RasterInfo, RasterSource, Samples,
};
use lookalike::scene::{ClassMemory, Segment, Segmentation};
use lookalike::{Context, Result};

/// The same numbers everywhere, without a dependency.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// From 0 to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.next() as f64 / f64::from(1u32 << 31)
    }
}

pub(crate) fn info(width: usize, height: usize, bands: usize, samples: &Samples) -> RasterInfo {
    RasterInfo {
        name: "test scene".into(),
        width,
        height,
        sample_type: samples.sample_type(),
        bands: vec![Band::default(); bands],
        georeference: None,
        block: (width, 1),
        palette: None,
    }
}

pub(crate) fn raster(width: usize, height: usize, bands: usize, samples: Samples) -> MemoryRaster {
    let info = info(width, height, bands, &samples);
    MemoryRaster::new(info, samples, None).unwrap()
}

/// The same raster in another place.
pub(crate) fn placed(raster: &MemoryRaster, transform: [f64; 6], epsg: u32) -> MemoryRaster {
    let mut info = raster.info().clone();
    info.georeference = Some(Georeference::from_transform(transform, Some(epsg)));
    MemoryRaster::new(info, raster.samples().clone(), None).unwrap()
}

/// Four clear blobs in two bands, 40×30 pixels, and the blob of each pixel, from dark to bright.
pub(crate) fn blobs() -> (MemoryRaster, Vec<u16>) {
    let (width, height) = (40, 30);
    let centers = [(200, 300), (1500, 400), (600, 2500), (3000, 2800)];
    let mut numbers = Numbers(5);
    let truth: Vec<u16> = (0..width * height)
        .map(|_| (numbers.next() % 4) as u16 + 1)
        .collect();
    let mut samples = Vec::new();
    for band in 0..2 {
        for &blob in &truth {
            let (first, second) = centers[usize::from(blob) - 1];
            let center: u16 = if band == 0 { first } else { second };
            samples.push(center + (numbers.next() % 90) as u16);
        }
    }
    (raster(width, height, 2, Samples::U16(samples)), truth)
}

pub(crate) fn run_with(
    segment: &Segment,
    source: &dyn RasterSource,
    mask: Option<&dyn RasterSource>,
    context: &Context,
) -> Result<(Segmentation, ClassMemory)> {
    segment.run(source, mask, |_| Ok(ClassMemory::default()), context)
}

pub(crate) fn run(segment: &Segment, source: &dyn RasterSource) -> (Segmentation, ClassMemory) {
    run_with(segment, source, None, &Context::new()).unwrap()
}
