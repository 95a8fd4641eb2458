//! How long a row is sure to keep its centre: most rows need not be looked at in most iterations.
//!
//! Let a row be u from its centre and at least l from all others. When centres move, u grows by no
//! more than its centre moves, and l shrinks by no more than the farthest move among the others:
//! both together wear the gap l − u down. Until it is worn away, the label stays what it is.
//!
//! Hamerly, *Making k-means even faster*, SDM 2010. There is one number for a row: how far its
//! cluster may be worn in all before the row is looked at again.

use crate::distance::squared_distance;

/// All that rounding in f64 may do to gaps and wear within a million iterations.
const MARGIN: f64 = 1e-9;
/// Lengths of rows may be off by this, relative to their squares.
const ERROR_OF_SQUARES: f64 = 1e-6;

/// How much moves of centres have worn the gaps of each cluster's rows, over all iterations.
pub(super) struct Wear(Vec<f64>);

impl Wear {
    pub(super) fn none(k: usize) -> Self {
        Self(vec![0.0; k])
    }

    /// The centres, k×d, have moved.
    pub(super) fn add(&mut self, before: &[f32], after: &[f32], d: usize) {
        let moves: Vec<f64> = before
            .chunks_exact(d)
            .zip(after.chunks_exact(d))
            .map(|(a, b)| squared_distance(a, b).sqrt() * (1.0 + MARGIN))
            .collect();
        let (mut farthest, mut next) = ((0.0, 0), 0.0f64);
        for (cluster, &length) in moves.iter().enumerate() {
            if length > farthest.0 {
                next = farthest.0;
                farthest = (length, cluster);
            } else {
                next = next.max(length);
            }
        }
        for (cluster, (wear, length)) in self.0.iter_mut().zip(moves).enumerate() {
            let other = if cluster == farthest.1 {
                next
            } else {
                farthest.0
            };
            *wear += (length + other) * (1.0 + MARGIN);
        }
    }

    /// The wear of a cluster until which a row with this `gap` stays in it.
    pub(super) fn until(&self, cluster: i32, gap: f64) -> f64 {
        let wear = self.0[cluster as usize];
        gap + wear * (1.0 - MARGIN)
    }

    /// Whether a row of the cluster is sure to stay in it. Not where there is no label yet.
    #[inline(always)]
    pub(super) fn is_sure(&self, label: i32, until: f64) -> bool {
        self.0.get(label as usize).is_some_and(|wear| *wear < until)
    }
}

/// At most the gap of a row y of this squared length, from half the squared distance less ½‖y‖²:
/// that to its own centre is at most `own`, that to any other at least `others`.
///
/// NaN where nothing is known.
pub(super) fn gap(own: f64, others: f64, square: f64) -> f64 {
    let square = square * (1.0 + ERROR_OF_SQUARES);
    let sum = (2.0 * own + square).sqrt() + (2.0 * others + square).sqrt();
    // l − u = (l² − u²)/(l + u), where the length of y cancels.
    2.0 * (others - own) / sum * (1.0 - MARGIN) - MARGIN * sum
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By how much a row is nearer to the centre of its label than to all others.
    pub(in crate::cluster::kmeans) fn gap_of(row: &[f32], centers: &[f32], label: i32) -> f64 {
        let distances = centers
            .chunks_exact(row.len())
            .map(|center| squared_distance(row, center).sqrt());
        let (mut own, mut others) = (0.0, f64::INFINITY);
        for (center, distance) in (0..).zip(distances) {
            if center == label {
                own = distance;
            } else {
                others = others.min(distance);
            }
        }
        others - own
    }

    proptest! {
        #[test]
        fn a_row_that_is_sure_is_nearest_to_its_centre(
            d in 1usize..6,
            k in 1usize..6,
            row in prop::collection::vec(-9f32..9.0, 6),
            centers in prop::collection::vec(-9f32..9.0, 36),
            moves in prop::collection::vec(prop::collection::vec(-0.5f32..0.5, 36), 1..6),
        ) {
            let row = &row[..d];
            let mut centers = centers[..k * d].to_vec();
            let mut wear = Wear::none(k);
            let label = (0..k as i32)
                .max_by(|&a, &b| gap_of(row, &centers, a).total_cmp(&gap_of(row, &centers, b)))
                .unwrap();
            let until = wear.until(label, gap_of(row, &centers, label));
            for step in moves {
                let moved: Vec<f32> = centers.iter().zip(&step).map(|(c, s)| c + s).collect();
                wear.add(&centers, &moved, d);
                centers = moved;
                if wear.is_sure(label, until) {
                    prop_assert!(gap_of(row, &centers, label) > 0.0);
                }
            }
        }
    }
}
