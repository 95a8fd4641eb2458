//! A scene made by the program itself, of which the truth is known.
//!
//! It shows no place on Earth. A seed makes a coast, a river, woods, parcels of four crops and a
//! town with villages and roads; an imaginary instrument sees them in four bands, a little blurred
//! and with noise, and misses what lies beyond the slanted edge of its swath. What it takes is sums,
//! products and square roots, so that the same seed gives the same bits on every machine.

mod landscape;
mod noise;
mod reflectance;

use lookalike_imagery::raster::{Band, MemoryRaster, RasterInfo, SampleType, Samples};

use self::landscape::Landscape;
use self::noise::Noise;
use self::reflectance::{Ground, Spectrum};

/// Columns of the scene.
pub const WIDTH: usize = 640;
/// Rows of the scene.
pub const HEIGHT: usize = 480;
/// Names of its bands.
pub const BANDS: [&str; 4] = ["blue", "green", "red", "near infrared"];
/// Names of its classes, from dark to bright; the truth counts them from 1.
pub const CLASSES: [&str; 4] = ["water", "wood", "fields", "town"];
/// The value of pixels that the instrument missed.
pub const NODATA: u16 = 0;

/// A synthetic scene of [`WIDTH`] × [`HEIGHT`] pixels in four bands, and its truth.
///
/// ```
/// use lookalike::scene::synthetic::{CLASSES, SyntheticScene};
///
/// let scene = SyntheticScene::new(0);
/// let town = scene.truth().iter().filter(|&&class| class == 4).count();
/// assert_eq!(CLASSES[3], "town");
/// assert!(town > 20_000);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntheticScene {
    samples: Vec<u16>,
    truth: Vec<u8>,
}

impl SyntheticScene {
    /// Makes the scene of this seed.
    pub fn new(seed: u64) -> Self {
        let (landscape, ground) = (Landscape::new(seed), Ground::new(seed));
        let mut truth = Vec::with_capacity(WIDTH * HEIGHT);
        let mut seen = Vec::with_capacity(WIDTH * HEIGHT);
        for row in 0..HEIGHT {
            for column in 0..WIDTH {
                let (x, y) = (column as f64 + 0.5, row as f64 + 0.5);
                let land = landscape.at(x, y);
                seen.push(ground.reflectance(land, x, y));
                truth.push(if missed(column, row) { 0 } else { land.class() });
            }
        }
        let seen = blurred(&seen);
        let mut samples = Vec::with_capacity(BANDS.len() * seen.len());
        for band in 0..BANDS.len() {
            let (noise, stripes) = (Noise::new(seed, 21), Noise::new(seed, 22));
            for (i, spectrum) in seen.iter().enumerate() {
                let (column, row) = (i % WIDTH, i / WIDTH);
                let grain = noise.normal(column as i64, (band * HEIGHT + row) as i64);
                let detector = stripes.normal(column as i64, band as i64);
                let signal = spectrum[band];
                let value = signal * (1.0 + 0.003 * detector) + (14.0 + 0.012 * signal) * grain;
                samples.push(if missed(column, row) {
                    NODATA
                } else {
                    value.max(1.0).round() as u16
                });
            }
        }
        Self { samples, truth }
    }

    /// The samples of one band (blue, green, red, near infrared), row by row, as 10 000 times the
    /// reflectance; [`NODATA`] where there are none.
    ///
    /// # Panics
    /// When `band` is above 3.
    pub fn band(&self, band: usize) -> &[u16] {
        &self.samples[band * WIDTH * HEIGHT..(band + 1) * WIDTH * HEIGHT]
    }

    /// The class of each pixel, row by row: 1 to 4 as in [`CLASSES`], 0 where there is no data.
    pub fn truth(&self) -> &[u8] {
        &self.truth
    }

    /// The scene as a raster, to be read as a file would be.
    pub fn raster(&self) -> MemoryRaster {
        let info = RasterInfo {
            name: "synthetic scene".to_owned(),
            width: WIDTH,
            height: HEIGHT,
            sample_type: SampleType::U16,
            bands: BANDS
                .iter()
                .map(|&name| Band {
                    name: name.to_owned(),
                    nodata: Some(f64::from(NODATA)),
                })
                .collect(),
            georeference: None,
            block: (WIDTH, 64),
            palette: None,
        };
        MemoryRaster::new(info, Samples::U16(self.samples.clone()), None)
            .expect("samples were made for this size and these bands")
    }
}

/// Whether a pixel lies beyond the edge of the swath.
fn missed(column: usize, row: usize) -> bool {
    4 * column >= 4 * WIDTH - 150 + row
}

/// What an instrument sees that takes a third of its light from the neighbouring pixels.
fn blurred(seen: &[Spectrum]) -> Vec<Spectrum> {
    let along = |pixels: &[Spectrum], before: &dyn Fn(usize) -> (usize, usize)| -> Vec<Spectrum> {
        (0..pixels.len())
            .map(|i| {
                let (a, b) = before(i);
                std::array::from_fn(|band| {
                    0.18 * pixels[a][band] + 0.64 * pixels[i][band] + 0.18 * pixels[b][band]
                })
            })
            .collect()
    };
    let across = along(seen, &|i| {
        let column = i % WIDTH;
        let left = i - usize::from(column > 0);
        (left, i + usize::from(column + 1 < WIDTH))
    });
    along(&across, &|i| {
        let row = i / WIDTH;
        let above = i - if row > 0 { WIDTH } else { 0 };
        (above, i + if row + 1 < HEIGHT { WIDTH } else { 0 })
    })
}
