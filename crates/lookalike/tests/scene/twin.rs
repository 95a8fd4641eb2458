//! A plain twin of the whole pipeline: which pixels are valid, textbook k-means, the numbers of the
//! classes, confidence.

use lookalike::ClusterCount;
use lookalike::Context;
use lookalike::imagery::raster::{Band, MemoryRaster, SampleType, Samples, StretchPercentiles};
use lookalike::scene::{Order, Scale, Segment};
use ndarray::Array2;

use super::common::{Numbers, info, raster, run_with};

const WIDTH: usize = 23;
const HEIGHT: usize = 17;
const N_PIXELS: usize = WIDTH * HEIGHT;

/// A scene, how it is segmented, and all that the twin needs to know of it.
struct Case {
    samples: Samples,
    /// The samples of each band as numbers.
    bands: Vec<Vec<f64>>,
    nodata: Vec<Option<f64>>,
    /// The value without data in every band, by which the recipe overrules the file.
    nodata_of_recipe: Option<f64>,
    alpha: Option<Vec<u8>>,
    mask: Option<Vec<u8>>,
    used: Vec<usize>,
    scale: Scale,
    order: Order,
    n_classes: usize,
}

/// Values around a few centres, from 0 to 1.
fn shares(numbers: &mut Numbers, n_bands: usize) -> Vec<Vec<f64>> {
    let centers: Vec<Vec<f64>> = (0..5)
        .map(|_| (0..n_bands).map(|_| 0.8 * numbers.unit()).collect())
        .collect();
    let mut bands = vec![Vec::with_capacity(N_PIXELS); n_bands];
    for _ in 0..N_PIXELS {
        let center = &centers[(numbers.next() % 5) as usize];
        for (band, center) in bands.iter_mut().zip(center) {
            band.push(center + 0.2 * numbers.unit());
        }
    }
    bands
}

/// The shares as samples of a type, and those samples as numbers.
#[expect(clippy::cast_lossless, reason = "for some types it is none")]
fn samples(sample_type: SampleType, shares: &[Vec<f64>]) -> (Samples, Vec<Vec<f64>>) {
    macro_rules! typed {
        ($variant:ident, $type:ty, $least:expr, $most:expr) => {{
            let typed = |share: &f64| ($least + share * ($most - $least)) as $type;
            let bands: Vec<Vec<$type>> = shares
                .iter()
                .map(|band| band.iter().map(typed).collect())
                .collect();
            let numbers = bands
                .iter()
                .map(|band| band.iter().map(|&v| v as f64).collect())
                .collect();
            (Samples::$variant(bands.concat()), numbers)
        }};
    }
    match sample_type {
        SampleType::U8 => typed!(U8, u8, 0.0, 255.0),
        SampleType::I8 => typed!(I8, i8, -128.0, 127.0),
        SampleType::U16 => typed!(U16, u16, 0.0, 65_535.0),
        SampleType::I16 => typed!(I16, i16, -32_768.0, 32_767.0),
        SampleType::U32 => typed!(U32, u32, 0.0, 4e9),
        SampleType::I32 => typed!(I32, i32, -2e9, 2e9),
        SampleType::U64 => typed!(U64, u64, 0.0, 1e19),
        SampleType::I64 => typed!(I64, i64, -9e18, 9e18),
        SampleType::F32 => typed!(F32, f32, -0.2, 1.0),
        SampleType::F64 => typed!(F64, f64, -1e6, 1e7),
    }
}

impl Case {
    fn new(sample_type: SampleType, seed: u64) -> Self {
        let mut numbers = Numbers(seed);
        let n_bands = 1 + (numbers.next() % 4) as usize;
        let mut shares = shares(&mut numbers, n_bands);
        let floating = matches!(sample_type, SampleType::F32 | SampleType::F64);
        if floating {
            for share in shares.iter_mut().flatten() {
                match numbers.next() % 60 {
                    0 => *share = f64::NAN,
                    1 => *share = f64::INFINITY,
                    _ => {}
                }
            }
        }
        let (samples, bands) = samples(sample_type, &shares);
        let some_value = |numbers: &mut Numbers, band: &[f64]| {
            let value = band[(numbers.next() as usize) % N_PIXELS];
            (numbers.next().is_multiple_of(2) && value.is_finite()).then_some(value)
        };
        let nodata = bands
            .iter()
            .map(|band| some_value(&mut numbers, band))
            .collect();
        let nodata_of_recipe =
            some_value(&mut numbers, &bands[0]).filter(|_| numbers.next().is_multiple_of(3));
        let zeros = |numbers: &mut Numbers, one: u8| -> Option<Vec<u8>> {
            let wanted = numbers.next().is_multiple_of(2);
            let byte = |numbers: &mut Numbers| one * u8::from(!numbers.next().is_multiple_of(6));
            wanted.then(|| (0..N_PIXELS).map(|_| byte(numbers)).collect())
        };
        let mut used: Vec<usize> = (0..n_bands).collect();
        if numbers.next().is_multiple_of(2) {
            used.rotate_left((numbers.next() as usize) % n_bands);
            used.truncate(1 + (numbers.next() as usize) % n_bands);
        }
        Self {
            samples,
            bands,
            nodata,
            nodata_of_recipe,
            // A mask of 255 and one of 1 mean the same.
            alpha: zeros(&mut numbers, 255),
            mask: zeros(&mut numbers, 2),
            used,
            scale: [Scale::None, Scale::Standard, Scale::Percentile][seed as usize % 3],
            order: [Order::Brightness, Order::Size][seed as usize / 3 % 2],
            n_classes: 1 + (numbers.next() % 6) as usize,
        }
    }

    fn is_valid(&self, pixel: usize) -> bool {
        let unmasked = |mask: &Option<Vec<u8>>| mask.as_ref().is_none_or(|mask| mask[pixel] != 0);
        let has_data = |&band: &usize| {
            let value = self.bands[band][pixel];
            let nodata = self.nodata_of_recipe.or(self.nodata[band]);
            value.is_finite() && nodata != Some(value)
        };
        unmasked(&self.alpha) && unmasked(&self.mask) && self.used.iter().all(has_data)
    }

    /// The places of the valid pixels.
    fn valid(&self) -> Vec<usize> {
        (0..N_PIXELS)
            .filter(|&pixel| self.is_valid(pixel))
            .collect()
    }

    /// One row a valid pixel, one column a used band; types of 32 and 64 bits as f32.
    fn pixels(&self) -> Vec<Vec<f64>> {
        let narrow = matches!(
            self.samples.sample_type(),
            SampleType::U8 | SampleType::I8 | SampleType::U16 | SampleType::I16
        );
        let kept = |v: f64| if narrow { v } else { f64::from(v as f32) };
        let pixel = |pixel| {
            let values = self.used.iter().map(|&band| kept(self.bands[band][pixel]));
            values.collect()
        };
        self.valid().into_iter().map(pixel).collect()
    }

    fn weights(&self, pixels: &[Vec<f64>]) -> Vec<f64> {
        let spread = |j: usize| -> f64 {
            let column: Vec<f64> = pixels.iter().map(|pixel| pixel[j]).collect();
            let n = column.len() as f64;
            let mean = column.iter().sum::<f64>() / n;
            let deviation = (column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
            match self.scale {
                Scale::None => 1.0,
                Scale::Standard => deviation,
                Scale::Percentile => {
                    let band = &self.bands[self.used[j]];
                    let values: Vec<f64> = self.valid().into_iter().map(|i| band[i]).collect();
                    match percentile(&values, 95.0) - percentile(&values, 5.0) {
                        0.0 => deviation,
                        range => range,
                    }
                }
            }
        };
        (0..self.used.len())
            .map(|j| match spread(j) {
                0.0 => 1.0,
                spread => spread.powi(-2),
            })
            .collect()
    }

    fn segment(&self, init: Array2<f64>) -> Segment {
        Segment::new(ClusterCount::Exactly(self.n_classes))
            .bands(Some(self.used.clone()))
            .nodata(self.nodata_of_recipe)
            .scale(self.scale)
            .order(self.order)
            .stretch(StretchPercentiles::new(5.0, 95.0).unwrap())
            .init(Some(init))
            .tol(0.0)
            .confidence(true)
    }

    fn raster(&self) -> MemoryRaster {
        let mut info = info(WIDTH, HEIGHT, self.bands.len(), &self.samples);
        info.bands = self
            .nodata
            .iter()
            .map(|&nodata| Band {
                name: String::new(),
                nodata,
            })
            .collect();
        MemoryRaster::new(info, self.samples.clone(), self.alpha.clone()).unwrap()
    }
}

/// As `numpy.percentile`.
fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() - 1) as f64 * percent / 100.0;
    let (low, high) = (
        sorted[place.floor() as usize],
        sorted[place.ceil() as usize],
    );
    low + (high - low) * place.fract()
}

/// The nearest centre, and the distances to it and to the second nearest. None where it is a matter
/// of rounding which is nearest.
fn nearest(pixel: &[f64], centers: &[Vec<f64>], weights: &[f64]) -> Option<(usize, f64, f64)> {
    let distance = |center: &[f64]| -> f64 {
        let terms = pixel.iter().zip(center).zip(weights);
        terms
            .map(|((a, b), w)| w * (a - b).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let mut distances: Vec<(f64, usize)> = centers
        .iter()
        .enumerate()
        .map(|(c, center)| (distance(center), c))
        .collect();
    distances.sort_by(|a, b| a.0.total_cmp(&b.0));
    let second = distances.get(1).map_or(f64::INFINITY, |second| second.0);
    let (best, c) = distances[0];
    (second - best > 1e-9 * second || second.is_infinite()).then_some((c, best, second))
}

/// Lloyd's iterations; None where a cluster runs empty or rounding decides.
fn lloyd(
    pixels: &[Vec<f64>],
    mut centers: Vec<Vec<f64>>,
    weights: &[f64],
) -> Option<(Vec<Vec<f64>>, Vec<usize>)> {
    loop {
        let mut sums = vec![vec![0.0; weights.len()]; centers.len()];
        let mut sizes = vec![0; centers.len()];
        for pixel in pixels {
            let (c, ..) = nearest(pixel, &centers, weights)?;
            sizes[c] += 1;
            for (sum, value) in sums[c].iter_mut().zip(pixel) {
                *sum += value;
            }
        }
        if sizes.contains(&0) {
            return None;
        }
        let mean = |(sum, &n): (&Vec<f64>, &usize)| sum.iter().map(|s| s / n as f64).collect();
        let moved: Vec<Vec<f64>> = sums.iter().zip(&sizes).map(mean).collect();
        if moved == centers {
            return Some((centers, sizes));
        }
        centers = moved;
    }
}

/// Checks one case; whether the twin could tell what must come.
fn agrees(case: &Case) -> bool {
    let pixels = case.pixels();
    let mut distinct: Vec<Vec<f64>> = pixels.clone();
    distinct.sort_by(|a, b| a.partial_cmp(b).unwrap());
    distinct.dedup();
    if distinct.len() < 2 * case.n_classes {
        return false;
    }
    let weights = case.weights(&pixels);
    let init: Vec<Vec<f64>> = (0..case.n_classes)
        .map(|c| distinct[(2 * c + 1) * distinct.len() / (2 * case.n_classes)].clone())
        .collect();
    let Some((centers, sizes)) = lloyd(&pixels, init.clone(), &weights) else {
        return false;
    };
    let brightness = |c: usize| -> f64 {
        let values = centers[c].iter().zip(&weights);
        values.map(|(v, w)| v * w.sqrt()).sum()
    };
    let mut order: Vec<usize> = (0..centers.len()).collect();
    order.sort_by(|&a, &b| {
        let by_brightness = brightness(a).total_cmp(&brightness(b));
        match case.order {
            Order::Brightness => by_brightness,
            Order::Size => sizes[b].cmp(&sizes[a]).then(by_brightness),
        }
    });
    let mut classes = vec![0u16; N_PIXELS];
    let mut margins = vec![0.0; N_PIXELS];
    for (&i, pixel) in case.valid().iter().zip(&pixels) {
        let Some((c, best, second)) = nearest(pixel, &centers, &weights) else {
            return false;
        };
        classes[i] = order.iter().position(|&o| o == c).unwrap() as u16 + 1;
        margins[i] = if second.is_infinite() {
            1.0
        } else {
            1.0 - best / second
        };
    }

    let init = Array2::from_shape_fn((case.n_classes, weights.len()), |(c, j)| init[c][j]);
    let mask = case
        .mask
        .clone()
        .map(|mask| raster(WIDTH, HEIGHT, 1, Samples::U8(mask)));
    let mask = mask.as_ref().map(|mask| mask as _);
    let (found, map) =
        run_with(&case.segment(init), &case.raster(), mask, &Context::new()).unwrap();
    assert_eq!(map.classes, classes);
    assert_eq!(found.n_invalid, (N_PIXELS - pixels.len()) as u64);
    assert_eq!(found.n_classes_wanted, None);
    for (class, &c) in found.classes.iter().zip(&order) {
        assert_eq!(class.pixels, sizes[c] as u64);
        let share = sizes[c] as f64 / pixels.len() as f64;
        assert!((class.share - share).abs() < 1e-12);
        for (a, b) in class.center.iter().zip(&centers[c]) {
            assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{a} for {b}");
        }
    }
    for ((&percent, &margin), &class) in map.confidence.iter().zip(&margins).zip(&classes) {
        if class == 0 {
            assert_eq!(percent, 0);
        } else {
            let exact = (100.0 * margin).max(1.0);
            assert!(
                (f64::from(percent) - exact).abs() <= 0.51,
                "{percent} for {exact}"
            );
        }
    }
    true
}

#[test]
fn every_type_of_samples_is_segmented_as_a_plain_twin_does() {
    for sample_type in [
        SampleType::U8,
        SampleType::I8,
        SampleType::U16,
        SampleType::I16,
        SampleType::U32,
        SampleType::I32,
        SampleType::U64,
        SampleType::I64,
        SampleType::F32,
        SampleType::F64,
    ] {
        let seeds = 0..60;
        let compared = seeds.filter(|&seed| agrees(&Case::new(sample_type, seed)));
        let compared = compared.count();
        assert!(compared >= 30, "{sample_type:?}: only {compared} of 60");
    }
}
