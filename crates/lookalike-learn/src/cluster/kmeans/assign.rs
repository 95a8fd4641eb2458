//! The kernel of k-means: the nearest centre of each row of a block.
//!
//! With o the mean of the centres and c' = c − o, the centre nearest to x is the one with the
//! smallest score ½‖c'‖² + o·c' − x·c'. The products x·c' of a block are one matrix product in
//! f32. Its rounding error is bounded; where the best two scores are closer than that bound allows
//! to tell, the row is decided again by squared distances in f64, the lowest index first. Labels
//! are therefore those of exact arithmetic, whatever the instruction set.

use super::bounds::gap;
use crate::distance::{product_error, squared_distance};
use crate::linalg::row_products;
use crate::simd;

/// Centres whose scores are held at a time.
const TILE: usize = 256;

/// Scores up to this, and all partial sums on the way to them, are finite in f32.
const CANNOT_OVERFLOW: f64 = f32::MAX as f64 / 4.0;

/// Centres prepared for assignments.
pub(crate) struct NearestCenter<'a> {
    centers: &'a [f32],
    n_features: usize,
    shifted: Vec<f32>,
    offsets: Vec<f32>,
    largest_norm: f64,
    largest_offset: f64,
    relative_error: f64,
    absolute_error: f64,
}

/// Buffers that one thread uses again and again.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(super) scores: Vec<f32>,
    pub(super) best: Vec<f32>,
    pub(super) second: Vec<f32>,
    pub(super) limits: Vec<f32>,
    pub(super) open: Vec<u32>,
    pub(super) gathered: Vec<f32>,
    /// Of each row, by how much its centre is nearer than all others at least.
    pub(super) gaps: Vec<f64>,
}

impl Scratch {
    /// No best and no second score of `m` rows yet.
    pub(super) fn reset(&mut self, m: usize) {
        for scores in [&mut self.best, &mut self.second] {
            scores.clear();
            scores.resize(m, f32::INFINITY);
        }
    }
}

impl<'a> NearestCenter<'a> {
    /// Prepares k×d `centers`.
    pub(crate) fn new(centers: &'a [f32], n_features: usize) -> Self {
        let k = centers.len() / n_features;
        let mut origin = vec![0.0f64; n_features];
        for center in centers.chunks_exact(n_features) {
            for (o, &c) in origin.iter_mut().zip(center) {
                *o += f64::from(c) / k as f64;
            }
        }
        Self::around(centers, &origin)
    }

    /// Prepares k×d `centers`, where o is `origin`.
    pub(super) fn around(centers: &'a [f32], origin: &[f64]) -> Self {
        let n_features = origin.len();
        let k = centers.len() / n_features;
        let mut shifted = Vec::with_capacity(centers.len());
        let mut offsets = Vec::with_capacity(k);
        let (mut largest_norm, mut largest_offset) = (0.0f64, 0.0f64);
        for center in centers.chunks_exact(n_features) {
            let (mut norm, mut along_origin) = (0.0, 0.0);
            for (&c, &o) in center.iter().zip(origin) {
                let c = f64::from(c) - o;
                norm += c * c;
                along_origin += c * o;
                shifted.push(c as f32);
            }
            let offset = 0.5 * norm + along_origin;
            offsets.push(offset as f32);
            largest_norm = largest_norm.max(norm.sqrt());
            largest_offset = largest_offset.max(offset.abs());
        }
        // One more rounding than a product of f32 rows for `shifted`, one for the difference that
        // makes the score; twice, for two scores are compared.
        // What underflows is lost in each term.
        let underflow = (n_features + 16) as f64 * f64::from(f32::MIN_POSITIVE);
        let relative_error = 2.0 * product_error(n_features + 2) * largest_norm + underflow;
        let absolute_error = 2.0 * f64::from(f32::EPSILON) * largest_offset + underflow;
        Self {
            centers,
            n_features,
            shifted,
            offsets,
            largest_norm,
            largest_offset,
            relative_error,
            absolute_error,
        }
    }

    /// The index of the centre nearest to each row of `rows`, whose lengths are `norms`.
    pub(crate) fn assign(
        &self,
        rows: &[f32],
        norms: &[f32],
        labels: &mut [i32],
        scratch: &mut Scratch,
    ) {
        let (m, d) = (labels.len(), self.n_features);
        scratch.reset(m);
        labels.fill(0);
        let mut first = 0;
        for (tile, offsets) in self.shifted.chunks(TILE * d).zip(self.offsets.chunks(TILE)) {
            scratch.scores.resize(offsets.len() * m, 0.0);
            row_products(tile, rows, d, &mut scratch.scores);
            simd::dispatch(
                #[inline(always)]
                || {
                    for (scores, (offset, center)) in scratch
                        .scores
                        .chunks_exact(m)
                        .zip(offsets.iter().zip(first..))
                    {
                        keep_best_two(
                            scores,
                            *offset,
                            center,
                            &mut scratch.best,
                            &mut scratch.second,
                            labels,
                        );
                    }
                },
            );
            first += offsets.len() as i32;
        }
        for (i, label) in labels.iter_mut().enumerate() {
            let gap = f64::from(scratch.second[i] - scratch.best[i]);
            let norm = f64::from(norms[i]);
            let certain = gap > self.error_of_scores(norm)
                && self.largest_norm * norm + self.largest_offset < CANNOT_OVERFLOW;
            if !certain {
                *label = nearest_exactly(&rows[i * d..(i + 1) * d], self.centers);
                scratch.second[i] = scratch.best[i];
            }
        }
    }

    /// After [`assign`](Self::assign), the gaps of the rows, given their squared distances from
    /// the origin.
    pub(super) fn find_gaps(
        &self,
        norms: &[f32],
        squares: impl Iterator<Item = f64>,
        scratch: &mut Scratch,
    ) {
        scratch.gaps.clear();
        let scores = scratch.best.iter().zip(&scratch.second);
        let gaps =
            scores
                .zip(norms.iter().zip(squares))
                .map(|((&best, &second), (&norm, square))| {
                    let error = 0.5 * self.error_of_scores(f64::from(norm));
                    gap(f64::from(best) + error, f64::from(second) - error, square)
                });
        scratch.gaps.extend(gaps);
    }

    /// By how much the difference of two scores of a row of length `norm` may be off.
    fn error_of_scores(&self, norm: f64) -> f64 {
        self.relative_error * norm + self.absolute_error
    }
}

/// The centre nearest to a row in f64, the lowest index first.
pub(super) fn nearest_exactly(row: &[f32], centers: &[f32]) -> i32 {
    let mut best = (f64::INFINITY, 0);
    for (center, index) in centers.chunks_exact(row.len()).zip(0..) {
        let distance = squared_distance(row, center);
        if distance < best.0 {
            best = (distance, index);
        }
    }
    best.1
}

/// Where the score of a center is the least, or the second, of a row.
#[inline(always)]
pub(super) fn keep_best_two(
    products: &[f32],
    offset: f32,
    center: i32,
    best: &mut [f32],
    second: &mut [f32],
    labels: &mut [i32],
) {
    let m = products.len();
    let (best, second, labels) = (&mut best[..m], &mut second[..m], &mut labels[..m]);
    for i in 0..m {
        let score = offset - products[i];
        let worse = if score < best[i] { best[i] } else { score };
        second[i] = if worse < second[i] { worse } else { second[i] };
        labels[i] = if score < best[i] { center } else { labels[i] };
        best[i] = if score < best[i] { score } else { best[i] };
    }
}

/// Some rows of a row-major matrix of `d` columns, ascending; they are copied to `buffer` unless they
/// follow one another.
pub(super) fn gather<'a>(
    values: &'a [f32],
    d: usize,
    rows: &[usize],
    buffer: &'a mut Vec<f32>,
) -> &'a [f32] {
    let (Some(&first), Some(&last)) = (rows.first(), rows.last()) else {
        return &[];
    };
    if last - first + 1 == rows.len() {
        return &values[first * d..(last + 1) * d];
    }
    buffer.clear();
    for &row in rows {
        buffer.extend_from_slice(&values[row * d..(row + 1) * d]);
    }
    buffer
}

/// Lengths of rows from their squares, rounded up, for bounds.
pub(crate) fn row_lengths(squared_norms: &[f64]) -> Vec<f32> {
    let up = 1.0 + f64::from(f32::EPSILON);
    squared_norms
        .iter()
        .map(|square| (square.sqrt() * up) as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cluster::kmeans::bounds::tests::gap_of;
    use crate::distance::squared_norms;

    proptest! {
        /// Values of few kinds, so that many rows are as near to one centre as to another.
        #[test]
        fn gaps_are_never_more_than_they_are(
            n in 1usize..100,
            d in 1usize..20,
            k in 1usize..12,
            values in prop::collection::vec(-3i8..3, 100 * 20),
            offset in prop::sample::select(vec![0.0f32, 7.5, 1000.0]),
        ) {
            let x: Vec<f32> = values[..n * d].iter().map(|&v| f32::from(v) + offset).collect();
            let centers: Vec<f32> =
                values[..k * d].iter().rev().map(|&v| 0.5 * f32::from(v) + offset).collect();
            let origin = vec![f64::from(offset); d];
            let nearest = NearestCenter::around(&centers, &origin);
            let lengths = row_lengths(&squared_norms(&x, d));
            let (mut labels, mut scratch) = (vec![-1; n], Scratch::default());
            nearest.assign(&x, &lengths, &mut labels, &mut scratch);
            let square = |row: &[f32]| {
                row.iter().map(|&v| f64::from(v - offset).powi(2)).sum::<f64>()
            };
            nearest.find_gaps(&lengths, x.chunks_exact(d).map(square), &mut scratch);
            for ((row, &label), &gap) in x.chunks_exact(d).zip(&labels).zip(&scratch.gaps) {
                prop_assert_eq!(label, nearest_exactly(row, &centers));
                prop_assert!(gap.is_nan() || gap <= gap_of(row, &centers, label));
            }
        }
    }
}
