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
        let k = self.n_clusters();
        let scores = &mut candidates.scores;
        scores.resize(k, 0.0);
        simd::dispatch(
            #[inline(always)]
            || self.farther_by(low, high, scores),
        );
        // As much as the error of scores, for those of two centres and that of the comparison itself.
        let error = 2.0 * self.error;
        candidates.centers.clear();
        candidates.coefficients.clear();
        let of_center = self.coefficients.chunks_exact(self.n_features() + 1);
        for (c, (&farther_by, coefficients)) in candidates.scores.iter().zip(of_center).enumerate()
        {
            // Not where that is NaN, either.
            let is_out = farther_by > error;
            if !is_out {
                candidates.centers.push(c as f32);
                candidates.coefficients.extend_from_slice(coefficients);
            }
        }
    }

    /// By how much the score of each centre is at least above that of the centre nearest to the middle.
    #[inline(always)]
    fn farther_by(&self, low: &[f32], high: &[f32], scores: &mut [f32]) {
        let (offsets, slopes) = self.by_feature.split_at(scores.len());
        let slopes = slopes.chunks_exact(scores.len());
        let bounds = low.iter().zip(high);
        scores.copy_from_slice(offsets);
        for (slopes, (&low, &high)) in slopes.clone().zip(bounds.clone()) {
            let middle = 0.5 * low + 0.5 * high;
            for (score, &slope) in scores.iter_mut().zip(slopes) {
                *score += slope * middle;
            }
        }
        let mut middle = 0;
        for (c, &score) in scores.iter().enumerate() {
            if score < scores[middle] {
                middle = c;
            }
        }
        for (score, &offset) in scores.iter_mut().zip(offsets) {
            *score = offset - offsets[middle];
        }
        for (slopes, (&low, &high)) in slopes.zip(bounds) {
            let of_middle = slopes[middle];
            for (score, &slope) in scores.iter_mut().zip(slopes) {
                let slope = slope - of_middle;
                let (a, b) = (slope * low, slope * high);
                *score += if a < b { a } else { b };
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
