//! Bands of a coarser grid of the same extent, brought to a finer one.

use std::ops::Range;

use super::sample::Sample;
use super::{SampleType, Window};

/// How bands of coarser resolution are brought to the finest grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Resampling {
    /// The value of the pixel that the centre of the fine pixel lies in.
    #[default]
    Nearest,
    /// The average of the four pixels whose centres are around, weighted by nearness. Pixels without
    /// data do not count, but where the nearest has none, neither has the result.
    Bilinear,
}

/// One axis of a coarse grid under a fine one of the same extent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    /// Pixels of the coarse grid.
    pub(super) coarse: usize,
    /// Pixels of the fine grid.
    pub(super) fine: usize,
}

impl Axis {
    /// The coarse pixel that the centre of a fine pixel lies in.
    fn nearest(self, fine: usize) -> usize {
        (2 * fine + 1) * self.coarse / (2 * self.fine)
    }

    /// The coarse pixels whose centres are around that of a fine pixel, with their weights; at the
    /// rim of the grid both are the same.
    fn around(self, fine: usize) -> [(usize, f64); 2] {
        let center = ((2 * fine + 1) * self.coarse) as f64 / (2 * self.fine) as f64 - 0.5;
        let right = center.floor() + 1.0;
        let clamp = |pixel: f64| (pixel.max(0.0) as usize).min(self.coarse - 1);
        [
            (clamp(right - 1.0), right - center),
            (clamp(right), center - (right - 1.0)),
        ]
    }

    /// The coarse pixels that fine pixels, one at least, need.
    fn needed(self, fine: Range<usize>, resampling: Resampling) -> Range<usize> {
        let (first, last) = (fine.start, fine.end - 1);
        match resampling {
            Resampling::Nearest => self.nearest(first)..self.nearest(last) + 1,
            Resampling::Bilinear => self.around(first)[0].0..self.around(last)[1].0 + 1,
        }
    }
}

/// From a coarse grid to a finer one of the same extent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resampler {
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) resampling: Resampling,
}

/// The pixels of one band of the coarse grid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coarse<'a, T> {
    pub(super) window: Window,
    pub(super) samples: &'a [T],
    pub(super) valid: &'a [u8],
    pub(super) nodata: Option<f64>,
}

impl<T: Sample> Coarse<'_, T> {
    fn index(&self, x: usize, y: usize) -> usize {
        (y - self.window.y) * self.window.width + x - self.window.x
    }

    fn has_data(&self, index: usize) -> bool {
        let value = self.samples[index].to_f64();
        self.valid[index] != 0 && value.is_finite() && Some(value) != self.nodata
    }
}

impl Resampler {
    /// The window of the coarse grid that `fine` needs, which has pixels.
    pub(super) fn needed(&self, fine: Window) -> Window {
        let x = self.x.needed(fine.x..fine.x + fine.width, self.resampling);
        let y = self.y.needed(fine.y..fine.y + fine.height, self.resampling);
        Window {
            x: x.start,
            y: y.start,
            width: x.len(),
            height: y.len(),
        }
    }

    /// Which pixels of `fine` are valid: those whose nearest is.
    pub(super) fn valid(&self, coarse: Window, valid: &[u8], fine: Window, out: &mut [u8]) {
        self.nearest(coarse, valid, fine, out);
    }

    /// Writes the samples of `fine` to `out`.
    pub(super) fn samples<T: Sample>(&self, coarse: Coarse<'_, T>, fine: Window, out: &mut [T]) {
        self.nearest(coarse.window, coarse.samples, fine, out);
        if self.resampling == Resampling::Nearest {
            return;
        }
        let columns: Vec<_> = (fine.x..fine.x + fine.width)
            .map(|x| (self.x.nearest(x), self.x.around(x)))
            .collect();
        for (y, row) in (fine.y..).zip(out.chunks_exact_mut(fine.width)) {
            let (nearest_y, around_y) = (self.y.nearest(y), self.y.around(y));
            for (&(nearest_x, around_x), sample) in columns.iter().zip(row) {
                if !coarse.has_data(coarse.index(nearest_x, nearest_y)) {
                    continue;
                }
                let (mut sum, mut weights) = (0.0, 0.0);
                for (y, weight_y) in around_y {
                    for (x, weight_x) in around_x {
                        let (index, weight) = (coarse.index(x, y), weight_x * weight_y);
                        if coarse.has_data(index) {
                            sum += weight * coarse.samples[index].to_f64();
                            weights += weight;
                        }
                    }
                }
                *sample = beside_nodata(T::from_f64(sum / weights), coarse.nodata);
            }
        }
    }

    fn nearest<T: Copy>(&self, coarse: Window, source: &[T], fine: Window, out: &mut [T]) {
        let columns: Vec<usize> = (fine.x..fine.x + fine.width)
            .map(|x| self.x.nearest(x) - coarse.x)
            .collect();
        for (y, row) in (fine.y..).zip(out.chunks_exact_mut(fine.width)) {
            let source = &source[(self.y.nearest(y) - coarse.y) * coarse.width..];
            for (&x, sample) in columns.iter().zip(row) {
                *sample = source[x];
            }
        }
    }
}

/// An average of data that happens to be the value for "no data" moves to the integer below, or
/// above where there is none, as GDAL does.
fn beside_nodata<T: Sample>(sample: T, nodata: Option<f64>) -> T {
    let value = sample.to_f64();
    if Some(value) != nodata || matches!(T::TYPE, SampleType::F32 | SampleType::F64) {
        return sample;
    }
    let below = T::from_f64(value - 1.0);
    if below == sample {
        T::from_f64(value + 1.0)
    } else {
        below
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;

    fn numbers<T: Sample>(values: &Value) -> Vec<T> {
        let values = values.as_array().unwrap().iter();
        values
            .map(|value| T::from_f64(value.as_f64().unwrap()))
            .collect()
    }

    fn whole(shape: &Value) -> Window {
        let side = |i: usize| shape[i].as_u64().unwrap() as usize;
        Window {
            x: 0,
            y: 0,
            width: side(1),
            height: side(0),
        }
    }

    /// The greatest difference from GDAL, and the share of samples that differ at all.
    fn differences<T: Sample>(case: &Value, name: &str, resampling: Resampling) -> (f64, f64) {
        let (coarse, fine) = (whole(&case["coarse_shape"]), whole(&case["fine_shape"]));
        let axis = |coarse, fine| Axis { coarse, fine };
        let resampler = Resampler {
            x: axis(coarse.width, fine.width),
            y: axis(coarse.height, fine.height),
            resampling,
        };
        assert_eq!(resampler.needed(fine), coarse);
        let samples = numbers::<T>(&case["coarse"]);
        let coarse = Coarse {
            window: coarse,
            samples: &samples,
            valid: &vec![1; coarse.n_pixels()],
            nodata: case["nodata"].as_f64(),
        };
        let mut out = vec![T::default(); fine.n_pixels()];
        resampler.samples(coarse, fine, &mut out);
        let theirs = numbers::<T>(&case[name]);
        let difference = |(a, b): (&T, &T)| (a.to_f64() - b.to_f64()).abs();
        let all: Vec<f64> = out.iter().zip(&theirs).map(difference).collect();
        let n_differ = all.iter().filter(|&&d| d > 1e-4).count();
        (
            all.iter().copied().fold(0.0, f64::max),
            n_differ as f64 / all.len() as f64,
        )
    }

    #[test]
    fn finer_grids_are_those_of_gdal() {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden/resampling.json");
        let golden: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let cases = golden["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 7);
        for case in cases {
            let by_type = match case["type"].as_str().unwrap() {
                "uint8" => differences::<u8>,
                "uint16" => differences::<u16>,
                "int16" => differences::<i16>,
                "float32" => differences::<f32>,
                other => panic!("no such type: {other}"),
            };
            assert_eq!(by_type(case, "nearest", Resampling::Nearest), (0.0, 0.0));
            // Sums in another order round halves to the other side.
            let (greatest, share) = by_type(case, "bilinear", Resampling::Bilinear);
            assert!(
                greatest <= 1.0 && share < 0.1,
                "{}: {greatest}, {share}",
                case["type"]
            );
        }
    }

    #[test]
    fn a_window_is_a_part_of_the_whole() {
        let axis = Axis {
            coarse: 5,
            fine: 13,
        };
        for resampling in [Resampling::Nearest, Resampling::Bilinear] {
            let resampler = Resampler {
                x: axis,
                y: axis,
                resampling,
            };
            let samples: Vec<f64> = (0..25).map(|i| f64::from(i * i % 17)).collect();
            let read = |window: Window| -> Vec<f64> {
                let rows = window.y..window.y + window.height;
                let columns = window.x..window.x + window.width;
                let pixels = rows.flat_map(|y| columns.clone().map(move |x| 5 * y + x));
                pixels.map(|pixel| samples[pixel]).collect()
            };
            let finer = |window: Window| {
                let needed = resampler.needed(window);
                let samples = read(needed);
                let coarse = Coarse {
                    window: needed,
                    samples: &samples,
                    valid: &vec![1; samples.len()],
                    nodata: Some(4.0),
                };
                let mut out = vec![0.0; window.n_pixels()];
                resampler.samples(coarse, window, &mut out);
                out
            };
            let window = |x, y, width, height| Window {
                x,
                y,
                width,
                height,
            };
            let everything = finer(window(0, 0, 13, 13));
            for y in 0..13 {
                for x in 0..13 {
                    assert_eq!(finer(window(x, y, 1, 1)), [everything[13 * y + x]]);
                }
            }
        }
    }

    #[test]
    fn an_average_is_never_taken_for_no_data() {
        assert_eq!(beside_nodata(5u8, Some(5.0)), 4);
        assert_eq!(beside_nodata(0u8, Some(0.0)), 1);
        assert_eq!(beside_nodata(-128i8, Some(-128.0)), -127);
        assert_eq!(beside_nodata(5u8, Some(6.0)), 5);
        assert_eq!(beside_nodata(5u8, None), 5);
    }
}
