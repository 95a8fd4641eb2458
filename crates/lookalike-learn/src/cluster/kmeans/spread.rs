//! How samples lie around their mean: what seeding, the tolerance and the bounds need.

use rayon::prelude::*;

use super::bytes::{Bytes, Rows};
use super::few::are_few;
use super::projection::Projection;
use crate::distance::{SCALED_EXPONENT, product_error, scaling_exponent};
use crate::input::Samples;
use crate::parallel::BLOCK_ROWS;
use crate::simd;
use crate::{Context, Result};

/// The error of an expanded distance may make up this part of it; closer rows are measured again.
const TOLERATED_ERROR: f64 = 1.0 / 64.0;

/// The moments of the samples.
///
/// Squared distances are kept times [`squared_scale`](Self::squared_scale), which changes no digit.
pub(crate) struct Spread {
    /// The mean m of each column.
    pub(super) mean: Vec<f64>,
    /// A power of two with which squared distances are far from the limits of f32.
    pub(super) squared_scale: f64,
    /// Scaled ‖x − m‖² of each row.
    pub(super) squared_norms: Vec<f32>,
    /// Times a candidate's scaled distance to the mean: the scaled squared distance of the row below
    /// which the expansion is not exact enough.
    pub(super) doubtful_below: Vec<f32>,
    /// ‖x‖² of each row.
    pub(super) squares: Vec<f64>,
    /// The largest ‖x − m‖ of a row.
    pub(super) largest_distance: f64,
    /// Leading axes, where they were looked for and promise something.
    pub(super) projection: Option<Projection>,
    /// The samples as bytes, where these were looked for and all values have one.
    pub(super) bytes: Option<Bytes>,
    mean_variance: f64,
}

impl Spread {
    pub(crate) fn of(x: &Samples<'_>) -> Self {
        Self::of_rows(Rows::new(x, None), x.column_means())
    }

    /// Of samples of any values, which are refused where one is not finite; with their bytes, where they have
    /// them and so many clusters make use of them.
    pub(super) fn checked(x: &Samples<'_>, n_clusters: usize) -> Result<Self> {
        let d = x.n_features();
        let repays = are_few(n_clusters, d) || Projection::may_repay(n_clusters, d);
        let bytes = if repays { Bytes::of(x) } else { None };
        let rows = Rows::new(x, bytes.as_ref());
        let mean = rows.column_means();
        x.check_means(&mean)?;
        let spread = Self::of_rows(rows, mean);
        Ok(Self { bytes, ..spread })
    }

    fn of_rows(x: Rows<'_>, mean: Vec<f64>) -> Self {
        let mut moments = vec![RowMoments::default(); x.samples.n_samples()];
        let blocks = moments.par_chunks_mut(BLOCK_ROWS).enumerate();
        blocks.for_each_init(
            || vec![0.0; mean.len()],
            |buffer, (block, moments)| {
                for (i, moments) in (block * BLOCK_ROWS..).zip(moments) {
                    *moments = RowMoments::of(x.read(i, buffer), &mean);
                }
            },
        );
        Self::of_moments(mean, &moments)
    }

    fn of_moments(mean: Vec<f64>, moments: &[RowMoments]) -> Self {
        let (n, d) = (moments.len(), mean.len());
        let largest = moments.iter().fold(0.0f64, |l, m| l.max(m.deviation));
        let largest_distance = largest.sqrt();
        let scale = scale_of_distances(largest_distance);
        let squared_scale = scale * scale;
        let mean_length = mean.iter().map(|m| m * m).sum::<f64>().sqrt();
        let error = 4.0 * product_error(d + 4) / TOLERATED_ERROR;
        let total: f64 = moments.iter().map(|m| m.deviation).sum();
        Self {
            squared_norms: moments
                .iter()
                .map(|m| (squared_scale * m.deviation) as f32)
                .collect(),
            doubtful_below: moments
                .iter()
                .map(|m| (error * scale * (m.deviation.sqrt() + mean_length)) as f32)
                .collect(),
            squares: moments.iter().map(|m| m.square).collect(),
            mean,
            squared_scale,
            largest_distance,
            projection: None,
            bytes: None,
            mean_variance: total / n as f64 / d as f64,
        }
    }

    /// With the leading axes of `x` for many clusters, which repay the search; where none are found, without its
    /// bytes, which would not be read.
    pub(super) fn along_axes(
        mut self,
        x: &Samples<'_>,
        n_clusters: usize,
        context: &Context,
    ) -> Result<Self> {
        if are_few(n_clusters, x.n_features()) {
            return Ok(self);
        }
        self.projection = Projection::of(x, n_clusters, &self, context)?;
        if self.projection.is_none() {
            self.bytes = None;
        }
        Ok(self)
    }

    /// The rows of `x`, which this is the spread of.
    pub(super) fn rows<'a>(&'a self, x: &'a Samples<'a>) -> Rows<'a> {
        Rows::new(x, self.bytes.as_ref())
    }

    /// At least ‖x − m‖² of a row, but for the rounding to f32.
    pub(super) fn square_around_mean(&self, row: usize) -> f64 {
        let scaled = self.squared_norms[row] + f32::MIN_POSITIVE;
        f64::from(scaled) / self.squared_scale
    }

    /// By how much longer a candidate would be to have products with scaled rows as far off as this, relative
    /// to the length of the row.
    pub(super) fn length_of_error(&self, error: f64) -> f32 {
        let of_rounding = 2.0 * product_error(self.mean.len() + 4);
        (error / of_rounding / self.squared_scale.sqrt()) as f32
    }

    /// The variance of a column, averaged over all columns.
    pub(crate) fn mean_variance(&self) -> f64 {
        self.mean_variance
    }
}

/// Times the squared scale, neither squared distances nor a difference from the mean may overflow.
fn scale_of_distances(largest: f64) -> f64 {
    let of_squares = scaling_exponent(largest, SCALED_EXPONENT);
    let of_differences = scaling_exponent(largest, 3 * SCALED_EXPONENT) / 2;
    2f64.powi(of_squares.min(of_differences))
}

#[derive(Clone, Copy, Default)]
struct RowMoments {
    /// ‖x − m‖².
    deviation: f64,
    /// ‖x‖².
    square: f64,
}

impl RowMoments {
    fn of(row: &[f32], mean: &[f64]) -> Self {
        let mut lanes = Lanes::default();
        simd::dispatch(
            #[inline(always)]
            || {
                let (chunks, rest) = row.as_chunks();
                let (mean_chunks, mean_rest) = mean.as_chunks();
                for (values, means) in chunks.iter().zip(mean_chunks) {
                    lanes.add(values, means);
                }
                let (mut last, mut last_means) = ([0.0; LANES], [0.0; LANES]);
                last[..rest.len()].copy_from_slice(rest);
                last_means[..rest.len()].copy_from_slice(mean_rest);
                lanes.add(&last, &last_means);
            },
        );
        Self {
            deviation: lanes.deviation.iter().sum(),
            square: lanes.square.iter().sum(),
        }
    }
}

const LANES: usize = 8;

/// The moments of every eighth value.
#[derive(Default)]
struct Lanes {
    deviation: [f64; LANES],
    square: [f64; LANES],
}

impl Lanes {
    /// One operation after another over all lanes, which is what the compiler makes vectors of.
    #[inline(always)]
    fn add(&mut self, values: &[f32; LANES], means: &[f64; LANES]) {
        let values = values.map(f64::from);
        let mut from_mean = values;
        for l in 0..LANES {
            from_mean[l] -= means[l];
        }
        for l in 0..LANES {
            self.deviation[l] += from_mean[l] * from_mean[l];
        }
        for l in 0..LANES {
            self.square[l] += values[l] * values[l];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn one_value_that_is_not_finite_is_found_among_many_bytes() {
        let (rows, d) = (1 << 15, 1 << 7);
        let mut x = Array2::from_shape_fn((rows, d), |(i, j)| ((i + j) % 9) as f32);
        let spread = Spread::checked(&Samples::of_any_values(&x).unwrap(), 8).unwrap();
        assert!(spread.bytes.is_some());
        assert_eq!(spread.mean, Samples::new(&x).unwrap().column_means());
        for (value, name) in [(f32::NAN, "NaN"), (f32::NEG_INFINITY, "-inf")] {
            x[[rows - 2, 5]] = value;
            let error = Spread::checked(&Samples::of_any_values(&x).unwrap(), 8)
                .err()
                .unwrap();
            let message = error.to_string();
            assert!(
                message.contains(name) && message.contains("32766"),
                "{message}"
            );
        }
    }
}
