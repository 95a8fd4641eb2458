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

use rayon::prelude::*;

use self::landscape::Landscape;
use self::noise::Noise;
use self::reflectance::{Ground, Spectrum};

/// Columns of the scene.
pub const WIDTH: usize = 640;
/// Rows of the scene.
pub const HEIGHT: usize = 480;
/// Names of its bands.
pub const BANDS: [&str; 4] = ["blue", "green", "red", "near infrared"];
/// Names of its classes; the truth counts them from 1.
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
        let look = |i: usize| {
            let (column, row) = (i % WIDTH, i / WIDTH);
            let (x, y) = (column as f64 + 0.5, row as f64 + 0.5);
            let land = landscape.at(x, y);
            let class = if missed(column, row) { 0 } else { land.class() };
            (class, ground.reflectance(land, x, y))
        };
        let (truth, seen): (Vec<u8>, Vec<Spectrum>) =
            (0..WIDTH * HEIGHT).into_par_iter().map(look).unzip();
        let seen = blurred(&seen);
        let (noise, stripes) = (Noise::new(seed, 21), Noise::new(seed, 22));
        let mut samples = Vec::with_capacity(BANDS.len() * seen.len());
        for band in 0..BANDS.len() {
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
    #[expect(clippy::missing_panics_doc, reason = "it does not")]
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

/// What an instrument sees whose pixels take part of their light from their neighbours.
fn blurred(seen: &[Spectrum]) -> Vec<Spectrum> {
    let mixed = |pixels: &[Spectrum], neighbours: &dyn Fn(usize) -> [usize; 2]| {
        let pixel = |i: usize| -> Spectrum {
            let [a, b] = neighbours(i).map(|i| pixels[i]);
            std::array::from_fn(|band| 0.64 * pixels[i][band] + 0.18 * (a[band] + b[band]))
        };
        (0..pixels.len()).map(pixel).collect::<Vec<_>>()
    };
    let across = mixed(seen, &|i| {
        let column = i % WIDTH;
        [
            i - usize::from(column > 0),
            i + usize::from(column + 1 < WIDTH),
        ]
    });
    mixed(&across, &|i| {
        let row = i / WIDTH;
        [
            i - WIDTH * usize::from(row > 0),
            i + WIDTH * usize::from(row + 1 < HEIGHT),
        ]
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use lookalike_imagery::raster::{Block, RasterSource, Window};
    use lookalike_learn::KMeans;
    use lookalike_learn::metrics::{accuracy_score, match_labels_one_to_one};
    use ndarray::Array2;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn every_machine_makes_the_same_bits() {
        let scene = SyntheticScene::new(0);
        let mut hasher = Sha256::new();
        for sample in &scene.samples {
            hasher.update(sample.to_le_bytes());
        }
        hasher.update(&scene.truth);
        let digest = hasher.finalize();
        let digest = digest
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        assert_eq!(
            digest,
            "d29e8d25071ffc3464ed813da6bd3caf6f37e49595596d016b6a201e913f6438"
        );
    }

    #[test]
    fn four_clusters_find_the_four_classes_nearly() {
        for seed in 0..3 {
            let scene = SyntheticScene::new(seed);
            let known: Vec<usize> = (0..WIDTH * HEIGHT)
                .filter(|&i| scene.truth[i] > 0)
                .collect();
            let truth: Vec<i32> = known.iter().map(|&i| scene.truth[i].into()).collect();
            for class in 1..=4 {
                let share =
                    truth.iter().filter(|&&t| t == class).count() as f64 / truth.len() as f64;
                assert!(
                    (0.04..0.6).contains(&share),
                    "seed {seed}, class {class}: {share}"
                );
            }
            let pixels = Array2::from_shape_fn((known.len(), 4), |(i, band)| {
                f32::from(scene.band(band)[known[i]])
            });
            let model = KMeans::new(4).n_init(5).seed(0).fit(&pixels).unwrap();
            let labels = match_labels_one_to_one(&truth, model.labels()).unwrap();
            let accuracy = accuracy_score(&truth, &labels).unwrap();
            assert!((0.95..0.999).contains(&accuracy), "seed {seed}: {accuracy}");
        }
    }

    #[test]
    fn what_was_missed_has_neither_samples_nor_truth() {
        let scene = SyntheticScene::new(5);
        let missed = scene
            .truth
            .iter()
            .map(|&class| f64::from(u8::from(class == 0)));
        let share = missed.sum::<f64>() / scene.truth.len() as f64;
        assert!((0.005..0.05).contains(&share), "{share}");
        for band in 0..BANDS.len() {
            for (&sample, &class) in scene.band(band).iter().zip(scene.truth()) {
                assert_eq!(sample == NODATA, class == 0);
            }
        }
    }

    #[test]
    fn the_raster_is_read_as_a_file_would_be() {
        let scene = SyntheticScene::new(0);
        let mut block = Block::default();
        let window = Window {
            x: 100,
            y: 50,
            width: 3,
            height: 2,
        };
        scene.raster().read(window, &[3, 0], &mut block).unwrap();
        let expected = [3, 0]
            .map(|band| [50, 51].map(|row| scene.band(band)[row * WIDTH + 100..][..3].to_vec()));
        assert_eq!(block.samples, Samples::U16(expected.concat().concat()));
    }
}
