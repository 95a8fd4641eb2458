//! How long a row is sure to keep its centre: most rows need not be looked at in most iterations.
//!
//! Let a row be u from its centre and at least l from another. When centres move, u grows by no
//! more than its centre moves, and l shrinks by no more than the other does: both together wear the gap
//! l − u down. Until it is worn away, the label stays what it is.
//!
//! Where there are few centres, a gap is kept to each of them: Elkan, *Using the triangle inequality to
//! accelerate k-means*, ICML 2003. Otherwise one to all others, which the farthest move among them
//! wears: Hamerly, *Making k-means even faster*, SDM 2010. Kept is how far the gap may be worn in all
//! before the row is looked at again.

use crate::distance::squared_distance;
use crate::simd;

/// All that rounding in f64 may do to gaps and wear within a million iterations.
const MARGIN: f64 = 1e-9;
/// Lengths of rows may be off by this, relative to their squares.
const ERROR_OF_SQUARES: f64 = 1e-6;
/// Less than this part of a number is lost in f32; it is taken off before.
const LOST_IN_F32: f64 = 3e-7;

/// How much moves of centres have worn gaps, over all iterations.
pub(super) struct Wear {
    /// Whether a gap is kept to each centre.
    each: bool,
    /// Of each cluster, how far its centre has come in all; where one gap is kept, with the farthest way
    /// of another centre in each iteration.
    ways: Vec<f64>,
}

impl Wear {
    pub(super) fn none(k: usize, each: bool) -> Self {
        Self {
            each,
            ways: vec![0.0; k],
        }
    }

    /// Gaps that are kept of a row.
    pub(super) fn n_gaps(&self) -> usize {
        if self.each { self.ways.len() } else { 1 }
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
        for (cluster, (way, length)) in self.ways.iter_mut().zip(moves).enumerate() {
            let other = if self.each {
                0.0
            } else if cluster == farthest.1 {
                next
            } else {
                farthest.0
            };
            *way += (length + other) * (1.0 + MARGIN);
        }
    }

    /// How far gaps of a row of the cluster may be worn before it has to be looked at.
    pub(super) fn until(&self, cluster: i32, gaps: impl Iterator<Item = f64>, until: &mut [f32]) {
        let way = self.ways[cluster as usize];
        let others = self.others();
        for ((until, gap), other) in until.iter_mut().zip(gaps).zip(others) {
            let worn = gap + (way + other) * (1.0 - MARGIN);
            *until = (worn - LOST_IN_F32 * worn.abs()) as f32;
        }
    }

    /// The rows that are not sure to stay in the cluster of their label: all that have none yet, of which
    /// no gap may be worn.
    pub(super) fn open_rows(&self, labels: &[i32], until: &[f32]) -> Vec<usize> {
        let n_gaps = self.n_gaps();
        let worn: Vec<f32> = (self.ways.iter())
            .flat_map(|way| {
                self.others()
                    .map(move |other| ((way + other) as f32).next_up())
            })
            .collect();
        let mut open = vec![0; labels.len()];
        let mut n_open = 0;
        simd::dispatch(
            #[inline(always)]
            || {
                for (row, (&label, until)) in
                    labels.iter().zip(until.chunks_exact(n_gaps)).enumerate()
                {
                    let worn = &worn[label.max(0) as usize * n_gaps..][..n_gaps];
                    // All are compared, and every row is noted, without a branch for each.
                    let mut sure = true;
                    for (worn, until) in worn.iter().zip(until) {
                        sure &= worn < until;
                    }
                    open[n_open] = row;
                    n_open += usize::from(!sure);
                }
            },
        );
        open.truncate(n_open);
        open
    }

    /// What the others add to the wear of each gap that is kept.
    fn others(&self) -> impl Iterator<Item = f64> {
        let each = if self.each { &self.ways[..] } else { &[0.0] };
        each.iter().copied()
    }
}

/// At most the gap of a row y of this squared length, from half the squared distance less ½‖y‖²:
/// that to its own centre is at most `own`, that to any other at least `others`.
///
/// NaN where nothing is known.
#[inline(always)]
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

    /// By how much a row is nearer to the centre of its label than to each.
    pub(in crate::cluster::kmeans) fn gaps_of(
        row: &[f32],
        centers: &[f32],
        label: i32,
    ) -> Vec<f64> {
        let distances: Vec<f64> = centers
            .chunks_exact(row.len())
            .map(|center| squared_distance(row, center).sqrt())
            .collect();
        let own = distances[label as usize];
        let gap = |(center, distance)| {
            if center == label {
                f64::MAX
            } else {
                distance - own
            }
        };
        (0..).zip(distances).map(gap).collect()
    }

    /// By how much a row is nearer to the centre of its label than to all others.
    pub(in crate::cluster::kmeans) fn gap_of(row: &[f32], centers: &[f32], label: i32) -> f64 {
        gaps_of(row, centers, label)
            .into_iter()
            .fold(f64::INFINITY, f64::min)
    }

    proptest! {
        #[test]
        fn a_row_that_is_sure_is_nearest_to_its_centre(
            d in 1usize..6,
            k in 1usize..6,
            each in prop::bool::ANY,
            row in prop::collection::vec(-9f32..9.0, 6),
            centers in prop::collection::vec(-9f32..9.0, 36),
            moves in prop::collection::vec(prop::collection::vec(-0.5f32..0.5, 36), 1..6),
        ) {
            let row = &row[..d];
            let mut centers = centers[..k * d].to_vec();
            let mut wear = Wear::none(k, each);
            let label = (0..k as i32)
                .max_by(|&a, &b| gap_of(row, &centers, a).total_cmp(&gap_of(row, &centers, b)))
                .unwrap();
            let gaps = if each {
                gaps_of(row, &centers, label)
            } else {
                vec![gap_of(row, &centers, label)]
            };
            let mut until = vec![0.0; wear.n_gaps()];
            wear.until(label, gaps.into_iter(), &mut until);
            for step in moves {
                let moved: Vec<f32> = centers.iter().zip(&step).map(|(c, s)| c + s).collect();
                wear.add(&centers, &moved, d);
                centers = moved;
                if wear.open_rows(&[label], &until).is_empty() {
                    prop_assert!(gap_of(row, &centers, label) > 0.0);
                }
            }
        }
    }
}
