//! Which centres can be nearest to any pixel of a chunk: neighbours of a scene, and colours in
//! ascending order, are much alike, and for most of them most centres are out of the question.
//!
//! A centre is left out where, at every point of the box around the chunk's pixels, it is farther
//! than the centre that is nearest to the middle of the box; squared distances differ by a linear
//! function, so that one corner decides.
//!
//! **Reference.** Kanungo et al., *An efficient k-means clustering algorithm: analysis and
//! implementation*, IEEE TPAMI 24, 2002, which filters by the cells of a k-d tree.

use pulp::{Simd, WithSimd};

use super::assign::{CHUNK, Candidates, Chunk, Nearest};
use crate::simd;

impl Nearest {
    /// Lets all centres be candidates.
    pub(super) fn all_candidates(&self, candidates: &mut Candidates) {
        candidates.centers.clear();
        candidates
            .centers
            .extend((0..self.n_clusters()).map(|c| c as f32));
        candidates.coefficients.clone_from(&self.coefficients);
    }

    /// Lets those centres be candidates that may be nearest to a pixel whose features minus their
    /// origins are from `low` to `high`.
    pub(super) fn filter(&self, low: &[f32], high: &[f32], candidates: &mut Candidates) {
        let d = self.n_features();
        let score_of_middle = |coefficients: &[f32]| -> f64 {
            let slopes = coefficients[1..].iter().zip(low.iter().zip(high));
            let terms = slopes.map(|(&slope, (&low, &high))| {
                f64::from(slope) * 0.5 * (f64::from(low) + f64::from(high))
            });
            f64::from(coefficients[0]) + terms.sum::<f64>()
        };
        let mut middle: (f64, &[f32]) = (f64::INFINITY, &self.coefficients[..=d]);
        for coefficients in self.coefficients.chunks_exact(d + 1) {
            let score = score_of_middle(coefficients);
            if score < middle.0 {
                middle = (score, coefficients);
            }
        }
        candidates.centers.clear();
        candidates.coefficients.clear();
        for (c, coefficients) in self.coefficients.chunks_exact(d + 1).enumerate() {
            let difference = |j: usize| f64::from(coefficients[j]) - f64::from(middle.1[j]);
            let mut farther_by = difference(0);
            for (j, (&low, &high)) in low.iter().zip(high).enumerate() {
                let slope = difference(j + 1);
                farther_by += slope * f64::from(if slope > 0.0 { low } else { high });
            }
            // Not where that is NaN, either.
            let is_out = farther_by > f64::from(self.error);
            if !is_out {
                candidates.centers.push(c as f32);
                candidates.coefficients.extend_from_slice(coefficients);
            }
        }
    }
}

impl Chunk {
    /// Finds the smallest and the largest value of each feature of the first `len` pixels.
    pub(super) fn find_extent(&mut self, len: usize) {
        simd::run(Extent { chunk: self, len });
    }
}

/// The smallest and the largest value of each feature.
struct Extent<'a> {
    chunk: &'a mut Chunk,
    len: usize,
}

impl WithSimd for Extent<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { chunk, len } = self;
        let bounds = chunk.low.iter_mut().zip(&mut chunk.high);
        for (x, (low, high)) in chunk.x.chunks_exact(CHUNK).zip(bounds) {
            let (vectors, rest) = S::as_simd_f32s(&x[..len]);
            let mut smallest = simd.splat_f32s(f32::INFINITY);
            let mut largest = simd.splat_f32s(f32::NEG_INFINITY);
            for &vector in vectors {
                smallest = simd.min_f32s(smallest, vector);
                largest = simd.max_f32s(largest, vector);
            }
            (*low, *high) = (
                simd.reduce_min_f32s(smallest),
                simd.reduce_max_f32s(largest),
            );
            for &value in rest {
                (*low, *high) = (low.min(value), high.max(value));
            }
        }
    }
}
