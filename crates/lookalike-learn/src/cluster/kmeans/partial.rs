//! The nearest centre by partial products: most centres are ruled out by their leading coordinates.
//!
//! With y = x − m and z = c − m, the centre nearest to x has the smallest score ½‖z‖² − y·z. The
//! coordinates of a [`Projection`] give lower bounds of all scores by one matrix product of few
//! columns, and the length of z off the axes says how far above them the scores may be. Only where
//! the upper bound of one centre is not below the lower bounds of all others are x and those centres
//! multiplied in full; and where rounding leaves even that open, f64 decides. Labels are therefore
//! those of [`NearestCenter`](super::assign::NearestCenter), which is the plain way.

use super::aligned::AlignedRows;
use super::assign::nearest_exactly;
use super::bounds::gap;
use super::bytes::Rows;
use super::kernels::{GROUP, MOST_SCORES, best_two, each_within, product};
use super::projection::Projection;
use super::tiles::Tiles;
use crate::distance::{product_error, squared_norm};
use crate::input::Samples;

/// Centres farther than this from the mean are left to the plain way.
const SAFE_LENGTH: f32 = 1e15;

/// Centres prepared for assignments by partial products.
pub(super) struct PartialNearest<'a> {
    projection: &'a Projection,
    centers: &'a [f32],
    tiles: Tiles,
    /// z of each centre.
    shifted: AlignedRows,
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

/// Buffers that one thread uses again and again.
#[derive(Default)]
pub(super) struct Buffers {
    /// Lower bounds of the scores of the rows of a group.
    bounds: AlignedRows,
    /// One row, and its y.
    row: Vec<f32>,
    centered: AlignedRows,
    /// Rows of the group with centres that may be theirs.
    candidates: Vec<(usize, usize)>,
}

/// A row that bounds leave open.
struct Open<'a> {
    row: usize,
    y: &'a [f32],
    /// The centre of the least lower bound.
    likely: usize,
    /// The largest lower bound that the nearest centre may have.
    limit: f32,
    bounds: &'a [f32],
    /// The centres with lower bounds up to `limit`.
    candidates: &'a [(usize, usize)],
}

/// What full products tell of a row.
struct Found {
    label: usize,
    gap: f64,
    /// How many there were.
    products: usize,
}

impl<'a> PartialNearest<'a> {
    /// Prepares k×d `centers`, unless they lie so far away that scores might overflow, or are too many.
    pub(super) fn new(projection: &'a Projection, centers: &'a [f32]) -> Option<Self> {
        let (d, width) = (projection.n_features(), projection.width());
        let points = projection.project(Rows::new(&Samples::of_rows(centers, d), None));
        let largest = points.lengths.iter().copied().fold(0.0, f32::max);
        let k = centers.len() / d;
        if largest > SAFE_LENGTH || k > MOST_SCORES {
            return None;
        }
        let mut shifted = AlignedRows::zeros(k, d);
        let mut offsets = Vec::with_capacity(k);
        for (i, center) in centers.chunks_exact(d).enumerate() {
            let z = &mut shifted.row_mut(i)[..d];
            projection.center(center, z);
            offsets.push((0.5 * squared_norm(z)) as f32);
        }
        let largest_offset = offsets.iter().copied().fold(0.0, f32::max);
        Some(Self {
            projection,
            centers,
            tiles: Tiles::new(|i| points.of(i), width, &offsets),
            shifted,
            off_axes: points.off_axes.clone(),
            // Twice each, for two scores are compared.
            error_of_bounds: 2.02 * projection.relative_error() as f32 * largest,
            error_of_products: 2.02 * product_error(d + 6) as f32 * largest,
            error_of_offsets: 4.0 * f32::EPSILON * largest_offset,
            offsets,
        })
    }

    /// The index of the centre nearest to each of these rows of `x`, ascending, and their gaps; how
    /// many products were made in full.
    pub(super) fn assign(
        &self,
        x: Rows<'_>,
        rows: &[usize],
        labels: &mut [i32],
        gaps: &mut Vec<f64>,
        buffers: &mut Buffers,
    ) -> usize {
        gaps.resize(rows.len(), 0.0);
        buffers.row.resize(self.projection.n_features(), 0.0);
        buffers.centered.shape(1, self.projection.n_features());
        let found = labels.chunks_mut(GROUP).zip(gaps.chunks_mut(GROUP));
        found
            .zip(rows.chunks(GROUP))
            .map(|((labels, gaps), rows)| self.assign_group(x, rows, labels, gaps, buffers))
            .sum()
    }

    fn assign_group(
        &self,
        x: Rows<'_>,
        rows: &[usize],
        labels: &mut [i32],
        gaps: &mut [f64],
        buffers: &mut Buffers,
    ) -> usize {
        let Buffers {
            bounds,
            row,
            centered,
            candidates,
        } = buffers;
        let k = self.offsets.len();
        let points = &self.projection.points;
        self.tiles
            .scores(rows.iter().map(|&row| points.of(row)), bounds);
        // The largest lower bound that a nearest centre may have; −∞ where that is known already.
        let mut limits = [f32::NEG_INFINITY; GROUP];
        for (i, (&row, least)) in rows.iter().zip(best_two(bounds, k)).enumerate() {
            labels[i] = least.index as i32;
            let above = 2.001 * points.off_axes[row] * self.off_axes[least.index];
            let error = self.error_of_bounds * points.lengths[row] + self.error_of_offsets;
            let limit = least.best + above + error;
            if least.second <= limit {
                limits[i] = limit;
            } else {
                gaps[i] = self.gap(row, limit, least.second - error);
            }
        }
        candidates.clear();
        each_within(bounds, k, &limits, |i, center| candidates.push((i, center)));
        let open = limits.iter().zip(rows);
        let open = open.filter(|&(&limit, _)| limit > f32::NEG_INFINITY);
        x.prefetch(open.map(|(_, &row)| row));
        let mut products = 0;
        for candidates in candidates.chunk_by(|a, b| a.0 == b.0) {
            let i = candidates[0].0;
            let row = x.read(rows[i], row);
            let y = centered.row_mut(0);
            self.projection.center(row, &mut y[..row.len()]);
            let found = self.decide(
                x,
                &Open {
                    row: rows[i],
                    y,
                    likely: labels[i] as usize,
                    limit: limits[i],
                    bounds: bounds.row(i),
                    candidates,
                },
            );
            labels[i] = found.label as i32;
            gaps[i] = found.gap;
            products += found.products;
        }
        products
    }

    /// Which of the candidates is nearest to a row. That with the least bound is tried first, for it
    /// leaves few others to be tried.
    fn decide(&self, x: Rows<'_>, open: &Open<'_>) -> Found {
        let score =
            |center: usize| self.offsets[center] - product(open.y, self.shifted.row(center));
        let length = self.projection.points.lengths[open.row];
        let error_of_bounds = self.error_of_bounds * length + self.error_of_offsets;
        let error = self.error_of_products * length + self.error_of_offsets;
        // How far above a score a lower bound of a smaller one may be.
        let slack = error_of_bounds.max(error);
        let (mut best, mut second, mut label) = (score(open.likely), f32::INFINITY, open.likely);
        let mut least_left = open.limit;
        let mut products = 1;
        for &(_, center) in open.candidates {
            let bound = open.bounds[center];
            if center == open.likely {
                continue;
            }
            if bound > best + slack {
                least_left = least_left.min(bound);
                continue;
            }
            products += 1;
            let score = score(center);
            second = second.min(score.max(best));
            if score < best {
                (best, label) = (score, center);
            }
        }
        if second - best <= error {
            let near = |&(_, center): &(usize, usize)| {
                (open.bounds[center] <= best + slack).then_some(center)
            };
            let near = open.candidates.iter().filter_map(near);
            return Found {
                label: nearest_exactly(x.samples.row(open.row), self.centers, near) as usize,
                gap: f64::NAN,
                products,
            };
        }
        let others = (second - error).min(least_left - error_of_bounds);
        Found {
            label,
            gap: self.gap(open.row, best + error, others),
            products,
        }
    }

    fn gap(&self, row: usize, own: f32, others: f32) -> f64 {
        let length = f64::from(self.projection.points.lengths[row]);
        gap(f64::from(own), f64::from(others), length * length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::kmeans::bounds::tests::gap_of;
    use crate::cluster::kmeans::bytes::Bytes;
    use crate::cluster::kmeans::bytes::tests::few_kinds;
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
            p in 0usize..8,
            values in prop::collection::vec(-3i8..3, 300 * 50),
            offset in prop::sample::select(vec![0.0f32, 7.5, 1000.0]),
            step in 1usize..4,
            unit in prop::sample::select(vec![None, Some(1.0f32), Some(1.0 / 255.0)]),
        ) {
            let (x, centers) = few_kinds(&values, (n, k, d), unit, offset);
            let projection = projected(&x, d, p.min(d));
            let nearest = PartialNearest::new(&projection, &centers).unwrap();
            let array = ArrayView2::from_shape((n, d), &x).unwrap();
            let rows: Vec<usize> = (0..n).step_by(step).collect();
            let mut labels = vec![-1; rows.len()];
            let (mut gaps, mut buffers) = (Vec::new(), Buffers::default());
            let x_samples = Samples::new(&array).unwrap();
            let bytes = Bytes::of_any_size(&x_samples).filter(|_| unit.is_some());
            prop_assert_eq!(bytes.is_some(), unit.is_some());
            let x_rows = Rows::new(&x_samples, bytes.as_ref());
            nearest.assign(x_rows, &rows, &mut labels, &mut gaps, &mut buffers);
            let row = |i: usize| &x[i * d..(i + 1) * d];
            let exact: Vec<i32> = rows.iter().map(|&i| nearest_exactly(row(i), &centers, 0..k)).collect();
            prop_assert_eq!(&labels, &exact);
            for ((&i, &label), gap) in rows.iter().zip(&labels).zip(gaps) {
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
