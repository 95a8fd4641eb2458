//! The nearest centre by partial products: most centres are ruled out by their leading coordinates.
//!
//! With y = x − m and z = c − m, the centre nearest to x has the smallest score ½‖z‖² − y·z. The
//! coordinates of a [`Projection`] give lower bounds of all scores by one matrix product of few
//! columns, and the length of z off the axes says how far above them the scores may be. Only where
//! the upper bound of one centre is not below the lower bounds of all others are x and those centres
//! multiplied in full; and where rounding leaves even that open, f64 decides. Labels are therefore
//! those of [`NearestCenter`](super::assign::NearestCenter), which is the plain way.

use super::assign::{Scratch, gather, keep_best_two, nearest_exactly};
use super::bounds::gap;
use super::kernels::{centered_product, rows_within};
use super::projection::Projection;
use crate::distance::{product_error, squared_norm};
use crate::input::Samples;
use crate::linalg::row_products;
use crate::simd;

/// Scores of a block that stay in the cache.
const SCORES: usize = 1 << 16;
/// Fewer rows make no matrix product.
const MIN_ROWS: usize = 64;

/// Centres farther than this from the mean are left to the plain way.
const SAFE_LENGTH: f32 = 1e15;

/// Centres prepared for assignments by partial products.
pub(super) struct PartialNearest<'a> {
    projection: &'a Projection,
    centers: &'a [f32],
    coordinates: Vec<f32>,
    /// k×d: z.
    shifted: Vec<f32>,
    /// ½‖z‖².
    offsets: Vec<f32>,
    /// ‖z″‖, rounded up.
    off_axes: Vec<f32>,
    /// By how much two lower bounds may be wrong together, per length of y.
    error_of_bounds: f32,
    /// The same of two full products.
    error_of_products: f32,
    /// The same of either, whatever y.
    error_of_offsets: f32,
}

impl<'a> PartialNearest<'a> {
    /// Prepares k×d `centers`, unless they lie so far away that scores might overflow.
    pub(super) fn new(projection: &'a Projection, centers: &'a [f32]) -> Option<Self> {
        let (d, width) = (projection.n_features(), projection.width());
        let points = projection.project(centers);
        let largest = points.lengths.iter().copied().fold(0.0, f32::max);
        if largest > SAFE_LENGTH {
            return None;
        }
        let mut shifted = Vec::new();
        projection.center(centers, &mut shifted);
        let offsets: Vec<f32> = shifted
            .chunks_exact(d)
            .map(|z| (0.5 * squared_norm(z)) as f32)
            .collect();
        let off_axes = points
            .coordinates
            .chunks_exact(width)
            .map(|point| point[width - 1])
            .collect();
        let largest_offset = offsets.iter().copied().fold(0.0, f32::max);
        Some(Self {
            projection,
            centers,
            coordinates: points.coordinates,
            shifted,
            off_axes,
            // Twice each, for two scores are compared.
            error_of_bounds: 2.02 * projection.relative_error() as f32 * largest,
            error_of_products: 2.02 * product_error(d + 4) as f32 * largest,
            error_of_offsets: 4.0 * f32::EPSILON * largest_offset,
            offsets,
        })
    }

    /// The index of the centre nearest to each of these rows of `x`, ascending, and their gaps; how
    /// many products were made in full.
    pub(super) fn assign(
        &self,
        x: &Samples<'_>,
        rows: &[usize],
        labels: &mut [i32],
        scratch: &mut Scratch,
    ) -> usize {
        let block = (SCORES / self.offsets.len() / MIN_ROWS * MIN_ROWS).max(MIN_ROWS);
        let mut products = 0;
        scratch.gaps.clear();
        for (labels, rows) in labels.chunks_mut(block).zip(rows.chunks(block)) {
            self.bound(rows, labels, scratch);
            if self.leave_open(rows, labels, scratch) {
                products += self.compare(x, rows, labels, scratch);
                self.settle(x, rows, labels, scratch);
            }
        }
        products
    }

    /// Lower bounds of all scores: the least, the second, and whose the least is.
    fn bound(&self, rows: &[usize], labels: &mut [i32], scratch: &mut Scratch) {
        let (m, width) = (labels.len(), self.projection.width());
        scratch.reset(m);
        labels.fill(0);
        let Scratch {
            scores: products,
            best,
            second,
            gathered,
            ..
        } = scratch;
        products.resize(self.offsets.len() * m, 0.0);
        let coordinates = &self.projection.points.coordinates;
        let points = gather(coordinates, width, rows, gathered);
        row_products(&self.coordinates, points, width, products);
        simd::dispatch(
            #[inline(always)]
            || {
                let products = products.chunks_exact(m);
                for ((products, &offset), center) in products.zip(&self.offsets).zip(0..) {
                    keep_best_two(products, offset, center, best, second, labels);
                }
            },
        );
    }

    /// For each row the largest lower bound that a nearest centre may have, or −∞ where that is
    /// known; whether any is not.
    fn leave_open(&self, rows: &[usize], labels: &[i32], scratch: &mut Scratch) -> bool {
        let width = self.projection.width();
        let points = &self.projection.points;
        scratch.limits.clear();
        let mut any = false;
        for (i, &row) in rows.iter().enumerate() {
            let (best, second) = (scratch.best[i], scratch.second[i]);
            let off_axes = points.of(row, width)[width - 1];
            let above = 2.001 * off_axes * self.off_axes[labels[i] as usize];
            let error = self.error_of_bounds * points.lengths[row] + self.error_of_offsets;
            let limit = best + above + error;
            let open = second <= limit;
            any |= open;
            scratch
                .limits
                .push(if open { limit } else { f32::NEG_INFINITY });
            scratch.gaps.push(self.gap(row, limit, second - error));
        }
        any
    }

    fn gap(&self, row: usize, own: f32, others: f32) -> f64 {
        let length = f64::from(self.projection.points.lengths[row]);
        gap(f64::from(own), f64::from(others), length * length)
    }

    /// The best two scores of the rows left open, among the centres left to each; how many.
    fn compare(
        &self,
        x: &Samples<'_>,
        rows: &[usize],
        labels: &mut [i32],
        scratch: &mut Scratch,
    ) -> usize {
        let (m, d) = (labels.len(), self.projection.n_features());
        scratch.reset(m);
        let Scratch {
            scores: products,
            best,
            second,
            limits,
            open,
            ..
        } = scratch;
        let mut compared = 0;
        let centers = self.shifted.chunks_exact(d).zip(&self.offsets).zip(0..);
        for (products, ((center, &offset), index)) in products.chunks_exact(m).zip(centers) {
            rows_within(products, limits, offset, open);
            compared += open.len();
            for &i in &*open {
                let i = i as usize;
                let row = x.row(rows[i]);
                let score = offset - centered_product(row, self.projection.mean(), center);
                if score < best[i] {
                    second[i] = best[i];
                    best[i] = score;
                    labels[i] = index;
                } else if score < second[i] {
                    second[i] = score;
                }
            }
        }
        compared
    }

    /// Decides by f64 what the best two scores do not tell.
    fn settle(&self, x: &Samples<'_>, rows: &[usize], labels: &mut [i32], scratch: &mut Scratch) {
        let start = scratch.gaps.len() - rows.len();
        for (i, &row) in rows.iter().enumerate() {
            let limit = scratch.limits[i];
            if limit == f32::NEG_INFINITY {
                continue;
            }
            let (best, second) = (scratch.best[i], scratch.second[i]);
            let length = self.projection.points.lengths[row];
            let error = self.error_of_products * length + self.error_of_offsets;
            if second - best <= error {
                labels[i] = nearest_exactly(x.row(row), self.centers);
                scratch.gaps[start + i] = f64::NAN;
            } else {
                let of_bounds = self.error_of_bounds * length + self.error_of_offsets;
                let others = (second - error).min(limit - of_bounds);
                scratch.gaps[start + i] = self.gap(row, best + error, others);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::kmeans::bounds::tests::gap_of;
    use crate::cluster::kmeans::projection::tests::projected;
    use ndarray::ArrayView2;
    use proptest::prelude::*;

    proptest! {
        /// Values of few kinds, so that many rows are as near to one centre as to another.
        #[test]
        fn labels_are_those_of_all_distances(
            n in 1usize..300,
            d in 2usize..50,
            k in 1usize..40,
            p in 1usize..8,
            values in prop::collection::vec(-3i8..3, 300 * 50),
            offset in prop::sample::select(vec![0.0f32, 7.5, 1000.0]),
            step in 1usize..4,
        ) {
            let x: Vec<f32> = values[..n * d].iter().map(|&v| f32::from(v) + offset).collect();
            let centers: Vec<f32> =
                values[..k * d].iter().rev().map(|&v| 0.5 * f32::from(v) + offset).collect();
            let projection = projected(&x, d, p.min(d));
            let nearest = PartialNearest::new(&projection, &centers).unwrap();
            let array = ArrayView2::from_shape((n, d), &x).unwrap();
            let rows: Vec<usize> = (0..n).step_by(step).collect();
            let mut labels = vec![-1; rows.len()];
            let mut scratch = Scratch::default();
            nearest.assign(&Samples::new(&array).unwrap(), &rows, &mut labels, &mut scratch);
            let row = |i: usize| &x[i * d..(i + 1) * d];
            let exact: Vec<i32> = rows.iter().map(|&i| nearest_exactly(row(i), &centers)).collect();
            prop_assert_eq!(&labels, &exact);
            for ((&i, &label), gap) in rows.iter().zip(&labels).zip(scratch.gaps) {
                prop_assert!(gap.is_nan() || gap <= gap_of(row(i), &centers, label));
            }
        }
    }

    #[test]
    fn centers_beyond_reach_are_left_to_the_plain_way() {
        let projection = projected(&[0.0, 1.0, 2.0, 3.0], 2, 1);
        assert!(PartialNearest::new(&projection, &[1e30, -1e30]).is_none());
    }
}
