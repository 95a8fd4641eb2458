//! Single linkage: the edges of a minimum spanning tree, by Prim's algorithm, in O(n·d) memory.

use rayon::prelude::*;

use super::nn_chain::{Found, first_minimum};
use crate::distance::squared_distance;
use crate::input::Samples;
use crate::simd::dispatch;
use crate::{Context, Result};

/// Samples that one task compares with the one that joined last.
const BLOCK: usize = 1024;
/// Joins between two reports.
const REPORT_EVERY: usize = 64;

/// The samples that are not in the tree yet, in their own order.
struct Outside {
    n_features: usize,
    rows: Vec<usize>,
    values: Vec<f32>,
    /// The squared distance of each to the tree; infinite once it has joined.
    distances: Vec<f64>,
}

pub(super) fn merges(samples: &Samples<'_>, context: &Context) -> Result<Vec<Found>> {
    let (n, d) = (samples.n_samples(), samples.n_features());
    let mut outside = Outside {
        n_features: d,
        rows: (1..n).collect(),
        values: samples.block(1..n).to_vec(),
        distances: vec![f64::MAX; n - 1],
    };
    let mut merges = Vec::with_capacity(n - 1);
    let mut last = 0;
    let mut n_left = n - 1;
    while n_left > 0 {
        context.check()?;
        if n_left % REPORT_EVERY == 0 {
            context.report("linkage", n - 1 - n_left, n - 1, None);
        }
        let (at, squared) = outside.nearest(samples.row(last));
        let next = outside.rows[at];
        merges.push(Found {
            pair: [last, next],
            height: squared.sqrt(),
            ordered: true,
        });
        outside.distances[at] = f64::INFINITY;
        n_left -= 1;
        if n_left < outside.rows.len() / 4 * 3 {
            outside.compact();
        }
        last = next;
    }
    Ok(merges)
}

impl Outside {
    /// Lowers distances to those from `joined`; the place and squared distance of the nearest,
    /// lowest row first.
    fn nearest(&mut self, joined: &[f32]) -> (usize, f64) {
        let d = self.n_features;
        self.distances
            .par_chunks_mut(BLOCK)
            .zip(self.values.par_chunks(BLOCK * d))
            .enumerate()
            .map(|(block, (distances, values))| {
                dispatch(
                    #[inline(always)]
                    || {
                        for (distance, row) in distances.iter_mut().zip(values.chunks_exact(d)) {
                            if *distance < f64::INFINITY {
                                *distance = distance.min(squared_distance(joined, row));
                            }
                        }
                    },
                );
                let (at, least) = first_minimum(distances);
                (block * BLOCK + at, least)
            })
            // The place decides between equals, so that it does not matter how rayon pairs them.
            .reduce(
                || (usize::MAX, f64::INFINITY),
                |a, b| match a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)) {
                    std::cmp::Ordering::Greater => b,
                    _ => a,
                },
            )
    }

    /// Removes the samples that have joined the tree.
    fn compact(&mut self) {
        let d = self.n_features;
        let left: Vec<usize> = (0..self.rows.len())
            .filter(|&at| self.distances[at] < f64::INFINITY)
            .collect();
        for (to, &from) in left.iter().enumerate() {
            self.rows[to] = self.rows[from];
            self.distances[to] = self.distances[from];
            self.values.copy_within(from * d..(from + 1) * d, to * d);
        }
        self.rows.truncate(left.len());
        self.distances.truncate(left.len());
        self.values.truncate(left.len() * d);
    }
}
