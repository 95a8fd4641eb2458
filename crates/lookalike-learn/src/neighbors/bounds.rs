//! Squared distances between bounds: fast f32 products, and by how much they may be off.

use std::ops::Range;

use rayon::prelude::*;

use crate::distance::{SCALED_EXPONENT, product_error, scaling_exponent, squared_norm};
use crate::input::Samples;
use crate::linalg::row_products;
use crate::parallel::BLOCK_ROWS;
use crate::simd::{LANES, dispatch};

/// Products that are compared with a threshold at once.
const GROUP: usize = 64;

/// Centred and scaled samples, from which bounds of squared distances come as a matrix product:
///
/// `lower[i] + lower[j] − 2·pᵢⱼ ≤ ‖xᵢ − xⱼ‖²·scale² ≤ that + slack[i] + slack[j]`
#[derive(Debug)]
pub(crate) struct DistanceBounds {
    values: Vec<f32>,
    n_features: usize,
    /// The factor, a power of two, that was applied to the samples, squared.
    pub(crate) squared_scale: f64,
    /// The share of each row in the lower bound: a little less than its squared norm.
    pub(crate) lower: Vec<f32>,
    /// The share of each row in the distance of the upper bound from the lower.
    pub(crate) slack: Vec<f32>,
}

impl DistanceBounds {
    pub(crate) fn new(samples: &Samples<'_>) -> Self {
        let d = samples.n_features();
        let columns = samples.columns();
        let largest = columns.largest_deviation();
        let scale = 2f64.powi(scaling_exponent(largest, SCALED_EXPONENT));

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
                for ((c, &v), &m) in centred.iter_mut().zip(row).zip(&columns.means) {
                    *c = ((f64::from(v) - m) * scale) as f32;
                }
                let norm = squared_norm(centred);
                let error = norm * relative + absolute;
                *lower = (norm - error) as f32;
                *slack = (2.0 * error) as f32;
            });
        bounds
    }

    /// The same of some rows alone, in the order given.
    pub(crate) fn select(&self, rows: &[u32]) -> Self {
        let d = self.n_features;
        let mut values = vec![0.0; rows.len() * d];
        values
            .par_chunks_mut(d)
            .zip(rows)
            .with_min_len(BLOCK_ROWS)
            .for_each(|(values, &row)| {
                let start = row as usize * d;
                values.copy_from_slice(&self.values[start..start + d]);
            });
        Self {
            values,
            n_features: d,
            squared_scale: self.squared_scale,
            lower: rows.iter().map(|&row| self.lower[row as usize]).collect(),
            slack: rows.iter().map(|&row| self.slack[row as usize]).collect(),
        }
    }

    /// `out[i·columns.len() + j]` = the scalar product pᵢⱼ of row i here and row j of `other`.
    pub(crate) fn products(
        &self,
        rows: Range<usize>,
        other: &Self,
        columns: Range<usize>,
        out: &mut [f32],
    ) {
        let d = self.n_features;
        let rows = &self.values[rows.start * d..rows.end * d];
        let columns = &other.values[columns.start * d..columns.end * d];
        row_products(rows, columns, d, out);
    }
}

/// Appends the positions where `lower − 2·product` does not exceed the threshold.
pub(crate) fn find_hits(lower: &[f32], products: &[f32], threshold: f32, hits: &mut Vec<u32>) {
    let (lower_groups, lower_rest) = lower.as_chunks::<GROUP>();
    let (product_groups, product_rest) = products.as_chunks::<GROUP>();
    dispatch(
        #[inline(always)]
        || {
            for (group, (lower, products)) in lower_groups.iter().zip(product_groups).enumerate() {
                let (lower, _) = lower.as_chunks::<LANES>();
                let (products, _) = products.as_chunks::<LANES>();
                let mut least = [f32::INFINITY; LANES];
                for (l, p) in lower.iter().zip(products) {
                    for lane in 0..LANES {
                        let bound = l[lane] - 2.0 * p[lane];
                        least[lane] = if bound < least[lane] {
                            bound
                        } else {
                            least[lane]
                        };
                    }
                }
                if !least.iter().any(|&bound| bound <= threshold) {
                    continue;
                }
                for (at, (l, p)) in lower.iter().zip(products).enumerate() {
                    let mut mask = 0u32;
                    for lane in 0..LANES {
                        mask |= u32::from(l[lane] - 2.0 * p[lane] <= threshold) << lane;
                    }
                    while mask != 0 {
                        hits.push((group * GROUP + at * LANES) as u32 + mask.trailing_zeros());
                        mask &= mask - 1;
                    }
                }
            }
        },
    );
    let rest = lower.len() - lower_rest.len();
    for (at, (l, p)) in lower_rest.iter().zip(product_rest).enumerate() {
        if l - 2.0 * p <= threshold {
            hits.push((rest + at) as u32);
        }
    }
}
