//! Squared distances between bounds: fast f32 products, and by how much they may be off.

use std::ops::Range;

use rayon::prelude::*;

use crate::distance::{product_error, squared_norm};
use crate::input::Samples;
use crate::linalg::row_products;
use crate::parallel::BLOCK_ROWS;

/// What has the largest absolute value is scaled to this binary exponent: products of f32 then
/// cannot overflow, and what underflows is far below the rounding of the rest.
const EXPONENT: i32 = 40;

/// Centred and scaled samples, from which bounds of squared distances come as a matrix product:
///
/// `lower[i] + lower[j] − 2·pᵢⱼ ≤ ‖xᵢ − xⱼ‖²·scale² ≤ that + slack[i] + slack[j]`
#[derive(Debug)]
pub(super) struct DistanceBounds {
    values: Vec<f32>,
    n_features: usize,
    /// The factor, a power of two, that was applied to the samples, squared.
    pub(super) squared_scale: f64,
    /// The share of each row in the lower bound: a little less than its squared norm.
    pub(super) lower: Vec<f32>,
    /// The share of each row in the distance of the upper bound from the lower.
    pub(super) slack: Vec<f32>,
}

impl DistanceBounds {
    pub(super) fn new(samples: &Samples<'_>) -> Self {
        let d = samples.n_features();
        let means = samples.column_means();
        let largest = samples
            .values()
            .par_chunks(BLOCK_ROWS * d)
            .map(|block| {
                block.chunks_exact(d).fold(0.0f64, |largest, row| {
                    row.iter()
                        .zip(&means)
                        .fold(largest, |l, (&v, &m)| l.max((f64::from(v) - m).abs()))
                })
            })
            .reduce(|| 0.0, f64::max);
        let scale = if largest > 0.0 {
            2.0f64.powi(EXPONENT - largest.log2().floor() as i32)
        } else {
            1.0
        };

        // The products are off by d roundings, rounding the centred values, their norms and the
        // terms of the bound by less than 16 more.
        let relative = product_error(d + 16);
        let absolute = (d + 16) as f64 * f64::from(f32::MIN_POSITIVE);
        let mut bounds = Self {
            values: vec![0.0; samples.values().len()],
            n_features: d,
            squared_scale: scale * scale,
            lower: vec![0.0; samples.n_samples()],
            slack: vec![0.0; samples.n_samples()],
        };
        bounds
            .values
            .par_chunks_mut(d)
            .zip(samples.values().par_chunks(d))
            .zip(bounds.lower.par_iter_mut().zip(&mut bounds.slack))
            .with_min_len(BLOCK_ROWS)
            .for_each(|((centred, row), (lower, slack))| {
                for ((c, &v), &m) in centred.iter_mut().zip(row).zip(&means) {
                    *c = ((f64::from(v) - m) * scale) as f32;
                }
                let norm = squared_norm(centred);
                let error = norm * relative + absolute;
                *lower = (norm - error) as f32;
                *slack = (2.0 * error) as f32;
            });
        bounds
    }

    /// `out[i·columns.len() + j]` = the scalar product pᵢⱼ.
    pub(super) fn products(&self, rows: Range<usize>, columns: Range<usize>, out: &mut [f32]) {
        let d = self.n_features;
        let rows = &self.values[rows.start * d..rows.end * d];
        let columns = &self.values[columns.start * d..columns.end * d];
        row_products(rows, columns, d, out);
    }
}
