//! A step of greedy k-means++ by partial products: most rows are nearer to a centre chosen before
//! than to any candidate, and their leading coordinates tell so.

use super::aligned::AlignedRows;
use super::bytes::{PREFETCHED, Rows};
use super::kernels::squared_distance;
use super::panels::Panels;
use super::projection::Projection;
use super::words::Point;
use crate::parallel::{BLOCK_ROWS, map_blocks};
use crate::simd::LANES;

// Blocks of rows are whole panels.
const _: () = assert!(BLOCK_ROWS.is_multiple_of(LANES));

/// Rows that come closer, and the squared distances to which they do.
type Closer = Vec<(usize, f32)>;

/// What a candidate does to the rows of a block.
#[derive(Default)]
struct Gain {
    closer: Closer,
    /// By how much the potential falls.
    fall: f64,
}

/// What a step looks at: all samples by their leading coordinates, panel by panel.
pub(super) struct PartialInit<'a> {
    x: Rows<'a>,
    weights: &'a [f64],
    projection: &'a Projection,
    panels: Panels,
    /// Half of the squared length of each row, at most.
    half_squares: Vec<f32>,
}

impl<'a> PartialInit<'a> {
    pub(super) fn new(x: Rows<'a>, weights: &'a [f64], projection: &'a Projection) -> Self {
        let (points, width) = (&projection.points, projection.width());
        // ‖x − c‖² is at least this share of ‖x‖² + ‖c‖², all less the mean, less twice the product of
        // the coordinates. That lengths were rounded up is less than the error of products.
        let share = 1.0 - 2.0 * projection.relative_error() as f32;
        let half_square = |&length: &f32| 0.5 * share * length * length;
        Self {
            x,
            weights,
            projection,
            panels: Panels::new(x.samples.n_samples(), width, |i| points.of(i)),
            half_squares: points.lengths.iter().map(half_square).collect(),
        }
    }

    /// Which of the `candidates` (rows) lowers the potential most; `closest`, the squared distance of
    /// each row to its nearest centre, becomes what that candidate leaves.
    pub(super) fn best_candidate(&self, candidates: &[usize], closest: &mut [f32]) -> usize {
        let points = &self.projection.points;
        let coordinates: Vec<Point<'_>> = candidates.iter().map(|&c| points.of(c)).collect();
        let offsets: Vec<f32> = candidates.iter().map(|&c| self.half_squares[c]).collect();
        let d = self.x.samples.n_features();
        let values = candidates.iter().map(|&c| self.x.samples.row(c));
        let values = AlignedRows::copied(values, d);
        let distance = |row: usize, candidate: usize| match self.x.bytes() {
            Some(bytes) => bytes.squared_distance(row, candidates[candidate]),
            None => squared_distance(self.x.samples.row(row), &values.row(candidate)[..d]),
        };
        let gains: Vec<Vec<Gain>> = map_blocks(closest.len(), BLOCK_ROWS, |rows| {
            let mut open = [0; BLOCK_ROWS];
            for (panel, open) in
                (rows.start / LANES..rows.end.div_ceil(LANES)).zip(open.chunks_exact_mut(LANES))
            {
                let rows = panel * LANES..rows.end.min((panel + 1) * LANES);
                let mut limits = [f32::NEG_INFINITY; LANES];
                for (limit, row) in limits.iter_mut().zip(rows) {
                    *limit = 0.5 * closest[row] - self.half_squares[row];
                }
                let found = self.panels.within(panel, &coordinates, &offsets, &limits);
                open.copy_from_slice(&found);
            }
            let mut gains: Vec<Gain> = candidates.iter().map(|_| Gain::default()).collect();
            let open: Vec<_> = rows.zip(open).filter(|&(_, open)| open != 0).collect();
            for rows in open.chunks(PREFETCHED) {
                self.x.prefetch(rows.iter().map(|&(row, _)| row));
                for &(row, mut open) in rows {
                    while open != 0 {
                        let candidate = open.trailing_zeros() as usize;
                        open &= open - 1;
                        let squared = distance(row, candidate);
                        let before = closest[row];
                        if squared < before {
                            let gain = &mut gains[candidate];
                            gain.closer.push((row, squared));
                            gain.fall +=
                                self.weights[row] * (f64::from(before) - f64::from(squared));
                        }
                    }
                }
            }
            gains
        });
        let fall = |c: usize| gains.iter().map(|block| block[c].fall).sum::<f64>();
        let best = (0..candidates.len())
            .rev()
            .max_by(|&a, &b| fall(a).total_cmp(&fall(b)))
            .expect("there is at least one candidate");
        for block in gains {
            for &(row, squared) in &block[best].closer {
                closest[row] = squared;
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::kmeans::bytes::Bytes;
    use crate::cluster::kmeans::bytes::tests::whole;
    use crate::cluster::kmeans::projection::tests::projected;
    use crate::input::Samples;
    use ndarray::ArrayView2;
    use proptest::prelude::*;

    proptest! {
        /// Whole numbers, the squared distances of which are exact.
        #[test]
        fn a_step_equals_one_that_measures_all_distances(
            n in 8usize..900,
            d in 2usize..20,
            p in 0usize..5,
            values in prop::collection::vec(-9i8..9, 900 * 20),
            steps in prop::collection::vec(prop::collection::vec(0usize..8, 1..5), 1..5),
            in_bytes: bool,
        ) {
            let values = whole(&values[..n * d], in_bytes);
            let array = ArrayView2::from_shape((n, d), &values).unwrap();
            let x = Samples::new(&array).unwrap();
            let weights: Vec<f64> = (0..n).map(|i| (i % 3) as f64 + 1.0).collect();
            let projection = projected(&values, d, p.min(d));
            let bytes = Bytes::of_any_size(&x).filter(|_| in_bytes);
            prop_assert_eq!(bytes.is_some(), in_bytes);
            let rows = Rows::new(&x, bytes.as_ref());
            let init = PartialInit::new(rows, &weights, &projection);
            let mut closest = vec![1e9f32; n];
            let mut naive = closest.clone();
            for candidates in steps {
                let candidates: Vec<usize> = candidates.iter().map(|c| c * n / 8).collect();
                let best = init.best_candidate(&candidates, &mut closest);
                let left: Vec<Vec<f32>> = candidates
                    .iter()
                    .map(|&c| {
                        let distance = |i| squared_distance(x.row(i), x.row(c));
                        (0..n).map(|i| naive[i].min(distance(i))).collect()
                    })
                    .collect();
                let potential = |c: usize| -> f64 {
                    left[c].iter().zip(&weights).map(|(&l, w)| w * f64::from(l)).sum()
                };
                prop_assert!((0..left.len()).all(|c| potential(best) <= potential(c)));
                naive = left[best].clone();
                prop_assert_eq!(&closest, &naive);
            }
        }
    }
}
