//! The kernel of k-means: the nearest centre of each row of a block.
//!
//! With o the mean of the centres and c' = c − o, the centre nearest to x is the one with the
//! smallest score ½‖c'‖² + o·c' − x·c'. The products x·c' of a block are one matrix product in
//! f32. Its rounding error is bounded; where the best two scores are closer than that bound allows
//! to tell, the row is decided again by squared distances in f64, the lowest index first. Labels
//! are therefore those of exact arithmetic, whatever the instruction set.

use super::bounds::gap;
use super::bytes::Bytes;
use super::few::Few;
use super::partial;
use crate::distance::{product_error, squared_distance};
use crate::input::Samples;
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
    few: Option<Few<'a>>,
    offsets: Vec<f32>,
    largest_norm: f64,
    largest_offset: f64,
    relative_error: f64,
    absolute_error: f64,
}

/// Buffers that one thread uses again and again.
#[derive(Default)]
pub(crate) struct Scratch {
    scores: Vec<f32>,
    best: Vec<f32>,
    second: Vec<f32>,
    gathered: Vec<f32>,
    pub(super) row: Vec<f32>,
    /// Of each row, by how much its centre is nearer than all others at least, or than each.
    pub(super) gaps: Vec<f64>,
    pub(super) partial: partial::Buffers,
}

impl Scratch {
    /// No best and no second score of `m` rows yet.
    fn reset(&mut self, m: usize) {
        for scores in [&mut self.best, &mut self.second] {
            scores.clear();
            scores.resize(m, f32::INFINITY);
        }
    }

    /// Where the score of a centre, its of `offsets` less its row of products, is the least, or the
    /// second, of a row.
    fn keep_best_two(&mut self, offsets: &[f32], first: i32, labels: &mut [i32]) {
        let products = self.scores.chunks_exact(labels.len());
        let (best, second) = (&mut self.best, &mut self.second);
        simd::dispatch(
            #[inline(always)]
            || {
                for ((products, &offset), center) in products.zip(offsets).zip(first..) {
                    keep_best_two(products, offset, center, best, second, labels);
                }
            },
        );
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
        Self::around(centers, &origin, None)
    }

    /// Prepares k×d `centers`, where o is `origin`, for samples that have these bytes, if any.
    pub(super) fn around(centers: &'a [f32], origin: &[f64], bytes: Option<&'a Bytes>) -> Self {
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
        // More roundings than a product of f32 rows: one for `shifted`, one for the difference that makes
        // the score, two for rows of bytes; twice, for two scores are compared.
        // What underflows is lost in each term.
        let underflow = (n_features + 16) as f64 * f64::from(f32::MIN_POSITIVE);
        let few = Few::new(&shifted, n_features, bytes);
        let of_products = product_error(n_features + 4) * largest_norm;
        let of_points = few.as_ref().map_or(0.0, Few::error);
        let relative_error = 2.0 * (of_products + of_points) + underflow;
        let absolute_error = 2.0 * f64::from(f32::EPSILON) * largest_offset + underflow;
        Self {
            centers,
            n_features,
            shifted,
            few,
            offsets,
            largest_norm,
            largest_offset,
            relative_error,
            absolute_error,
        }
    }

    /// The index of the centre nearest to each of these rows of `x`, whose lengths are `norms`.
    pub(crate) fn assign(
        &self,
        x: &Samples<'_>,
        rows: &[usize],
        norms: &[f32],
        labels: &mut [i32],
        scratch: &mut Scratch,
    ) {
        let m = rows.len();
        scratch.reset(m);
        labels.fill(0);
        if let Some(few) = &self.few {
            scratch.scores.resize(self.offsets.len() * m, 0.0);
            few.products(x, rows, &mut scratch.scores);
            scratch.keep_best_two(&self.offsets, 0, labels);
        } else {
            let d = self.n_features;
            let mut gathered = std::mem::take(&mut scratch.gathered);
            let values = gather(x, rows, &mut gathered);
            let tiles = self.shifted.chunks(TILE * d).zip(self.offsets.chunks(TILE));
            for ((tile, offsets), first) in tiles.zip((0..).step_by(TILE)) {
                scratch.scores.resize(offsets.len() * m, 0.0);
                row_products(tile, values, d, &mut scratch.scores);
                scratch.keep_best_two(offsets, first, labels);
            }
            scratch.gathered = gathered;
        }
        for (i, (label, &row)) in labels.iter_mut().zip(rows).enumerate() {
            let gap = f64::from(scratch.second[i] - scratch.best[i]);
            let norm = f64::from(norms[i]);
            let certain = gap > self.error_of_scores(norm)
                && self.largest_norm * norm + self.largest_offset < CANNOT_OVERFLOW;
            if !certain {
                *label = nearest_exactly(x.row(row), self.centers, 0..self.offsets.len());
                scratch.second[i] = scratch.best[i];
            }
        }
    }

    /// Whether rows that do not follow one another are copied first.
    pub(super) fn copies_rows(&self) -> bool {
        self.few.is_none()
    }

    /// After [`assign`](Self::assign), the gaps of the rows, given their squared distances from
    /// the origin: to the second nearest centre or, where centres are few, to each, centre by centre.
    pub(super) fn find_gaps(
        &self,
        norms: &[f32],
        labels: &[i32],
        squares: &[f64],
        scratch: &mut Scratch,
    ) {
        let m = labels.len();
        let errors: Vec<f64> = norms
            .iter()
            .map(|&norm| 0.5 * self.error_of_scores(f64::from(norm)))
            .collect();
        let Scratch {
            scores: products,
            best,
            second,
            gaps,
            ..
        } = scratch;
        if self.few.is_none() {
            gaps.resize(m, 0.0);
            simd::dispatch(
                #[inline(always)]
                || gaps_between(best, second, &errors, squares, gaps),
            );
            return;
        }
        gaps.resize(self.offsets.len() * m, 0.0);
        let centers = self.offsets.iter().zip(products.chunks_exact_mut(m));
        for ((&offset, products), gaps) in centers.zip(gaps.chunks_exact_mut(m)) {
            simd::dispatch(
                #[inline(always)]
                || {
                    for product in &mut *products {
                        *product = offset - *product;
                    }
                    gaps_between(best, products, &errors, squares, gaps);
                },
            );
        }
        for (i, &label) in labels.iter().enumerate() {
            // What f64 decided is near to more than one centre: nothing is known.
            let undecided = second[i] <= best[i];
            if undecided {
                gaps.iter_mut()
                    .skip(i)
                    .step_by(m)
                    .for_each(|gap| *gap = f64::NAN);
            } else {
                // It is not nearer than itself, and need not be.
                gaps[label as usize * m + i] = f64::MAX;
            }
        }
    }

    /// By how much the difference of two scores of a row of length `norm` may be off.
    fn error_of_scores(&self, norm: f64) -> f64 {
        self.relative_error * norm + self.absolute_error
    }
}

/// The gaps between the best scores of rows and others, given the errors of both and the squared lengths.
#[inline(always)]
fn gaps_between(best: &[f32], others: &[f32], errors: &[f64], squares: &[f64], gaps: &mut [f64]) {
    let m = gaps.len();
    let (best, others, errors, squares) = (&best[..m], &others[..m], &errors[..m], &squares[..m]);
    for i in 0..m {
        let (own, other) = (f64::from(best[i]), f64::from(others[i]));
        gaps[i] = gap(own + errors[i], other - errors[i], squares[i]);
    }
}

/// Which of `among`, ascending indices of centres, is nearest to a row in f64, the lowest first.
pub(super) fn nearest_exactly(
    row: &[f32],
    centers: &[f32],
    among: impl Iterator<Item = usize>,
) -> i32 {
    let d = row.len();
    let mut best = (f64::INFINITY, 0);
    simd::dispatch(
        #[inline(always)]
        || {
            for index in among {
                let distance = squared_distance(row, &centers[index * d..(index + 1) * d]);
                if distance < best.0 {
                    best = (distance, index);
                }
            }
        },
    );
    best.1 as i32
}

/// Where the score of a centre is the least, or the second, of a row.
#[inline(always)]
fn keep_best_two(
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

/// Some rows; they are copied to `buffer` unless they follow one another.
fn gather<'a>(x: &'a Samples<'_>, rows: &[usize], buffer: &'a mut Vec<f32>) -> &'a [f32] {
    let first = rows.first().copied().unwrap_or_default();
    let all = first..first + rows.len();
    if rows.iter().copied().eq(all.clone()) {
        return x.block(all);
    }
    buffer.clear();
    for &row in rows {
        buffer.extend_from_slice(x.row(row));
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
    use ndarray::ArrayView2;
    use proptest::prelude::*;

    use super::*;
    use crate::cluster::kmeans::bounds::tests::{gap_of, gaps_of};
    use crate::cluster::kmeans::bytes::tests::few_kinds;
    use crate::distance::squared_norms;

    #[test]
    fn rows_in_any_order_are_those_asked_for() {
        let x = ndarray::Array2::from_shape_fn((9, 2), |(i, j)| (10 * i + j) as f32);
        let samples = Samples::new(&x).unwrap();
        for rows in [vec![], vec![3, 4, 5], vec![2, 7, 7, 5], vec![8, 0]] {
            let expected: Vec<f32> = rows.iter().flat_map(|&i| x.row(i).to_vec()).collect();
            let mut buffer = vec![1.0];
            assert_eq!(gather(&samples, &rows, &mut buffer), expected);
        }
    }

    proptest! {
        /// Values of few kinds, so that many rows are as near to one centre as to another.
        #[test]
        fn gaps_are_never_more_than_they_are(
            n in 1usize..50,
            d in prop::sample::select(vec![1usize, 2, 5, 19, 128, 131]),
            k in 1usize..12,
            values in prop::collection::vec(-3i8..3, 50 * 131),
            offset in prop::sample::select(vec![0.0f32, 7.5, 1000.0]),
            unit in prop::sample::select(vec![None, Some(1.0f32), Some(1.0 / 255.0)]),
        ) {
            let (x, centers) = few_kinds(&values, (n, k, d), unit, offset);
            let origin = vec![f64::from(offset); d];
            let lengths = row_lengths(&squared_norms(x.chunks_exact(d)));
            let (mut labels, mut scratch) = (vec![-1; n], Scratch::default());
            let array = ArrayView2::from_shape((n, d), &x).unwrap();
            let samples = Samples::new(&array).unwrap();
            let rows: Vec<usize> = (0..n).collect();
            let bytes = Bytes::of_any_size(&samples).filter(|_| unit.is_some());
            prop_assert_eq!(bytes.is_some(), unit.is_some());
            let nearest = NearestCenter::around(&centers, &origin, bytes.as_ref());
            nearest.assign(&samples, &rows, &lengths, &mut labels, &mut scratch);
            let square = |row: &[f32]| {
                row.iter().map(|&v| f64::from(v - offset).powi(2)).sum::<f64>()
            };
            let squares: Vec<f64> = x.chunks_exact(d).map(square).collect();
            nearest.find_gaps(&lengths, &labels, &squares, &mut scratch);
            for (i, row) in x.chunks_exact(d).enumerate() {
                prop_assert_eq!(labels[i], nearest_exactly(row, &centers, 0..k));
                let gaps: Vec<f64> = scratch.gaps.iter().skip(i).step_by(n).copied().collect();
                let exact = if nearest.few.is_some() {
                    gaps_of(row, &centers, labels[i])
                } else {
                    vec![gap_of(row, &centers, labels[i])]
                };
                prop_assert_eq!(gaps.len(), exact.len());
                for (gap, exact) in gaps.into_iter().zip(exact) {
                    prop_assert!(gap.is_nan() || gap <= exact);
                }
            }
        }
    }
}
