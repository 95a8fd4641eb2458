//! Single linkage: the edges of a minimum spanning tree, by Prim's algorithm, in O(n·d) memory.

use ndarray::ArrayRef2;
use rayon::prelude::*;

use super::nn_chain::{Found, first_minimum};
use crate::distance::{GROUP, group_distances, lay_out_group};
use crate::input::Samples;
use crate::{Context, Result};

/// Groups of samples that one task compares with the one that joined last.
const BLOCK: usize = 32;
/// Joins between two reports.
const REPORT_EVERY: usize = 64;

/// The samples that are not in the tree yet, in their own order.
#[derive(Debug)]
struct Outside<'a> {
    samples: &'a Samples<'a>,
    rows: Vec<usize>,
    groups: Vec<f32>,
    /// The squared distance of each to the tree; infinite once it has joined.
    distances: Vec<f64>,
}

pub(super) fn merges(samples: &Samples<'_>, context: &Context) -> Result<Vec<Found>> {
    let n = samples.n_samples();
    let mut outside = Outside {
        samples,
        rows: (1..n).collect(),
        groups: Vec::new(),
        distances: vec![f64::MAX; n - 1],
    };
    outside.lay_out();
    let mut merges = Vec::with_capacity(n - 1);
    let mut last = 0;
    for n_left in (1..n).rev() {
        context.check()?;
        if n_left % REPORT_EVERY == 0 {
            context.report("linkage", n - 1 - n_left, n - 1, None);
        }
        if n_left < outside.rows.len() / 4 * 3 {
            outside.compact();
        }
        let (at, squared) = outside.nearest(samples.row(last));
        let next = outside.rows[at];
        merges.push(Found {
            pair: [last, next],
            height: squared.sqrt(),
            ordered: true,
        });
        outside.distances[at] = f64::INFINITY;
        last = next;
    }
    Ok(merges)
}

/// Of samples of which only the distances are known; the upper triangle is read.
pub(super) fn merges_of_matrix(matrix: &ArrayRef2<f64>, context: &Context) -> Result<Vec<Found>> {
    let n = matrix.nrows();
    let mut to_tree = vec![f64::MAX; n];
    let mut merges = Vec::with_capacity(n - 1);
    let mut last = 0;
    to_tree[0] = f64::INFINITY;
    for _ in 1..n {
        context.check()?;
        for (i, to_tree) in to_tree.iter_mut().enumerate() {
            if *to_tree < f64::INFINITY {
                *to_tree = to_tree.min(matrix[[i.min(last), i.max(last)]]);
            }
        }
        let (next, height) = first_minimum(&to_tree);
        merges.push(Found {
            pair: [last, next],
            height,
            ordered: false,
        });
        to_tree[next] = f64::INFINITY;
        last = next;
    }
    Ok(merges)
}

impl Outside<'_> {
    /// Lowers distances to those from `joined`; the place and squared distance of the nearest,
    /// lowest row first.
    fn nearest(&mut self, joined: &[f32]) -> (usize, f64) {
        let size = joined.len() * GROUP;
        self.distances
            .par_chunks_mut(BLOCK * GROUP)
            .zip(self.groups.par_chunks(BLOCK * size))
            .enumerate()
            .map(|(block, (distances, groups))| {
                for (distances, group) in distances.chunks_mut(GROUP).zip(groups.chunks_exact(size))
                {
                    let squared = group_distances(joined, group);
                    for (distance, squared) in distances.iter_mut().zip(squared) {
                        *distance = if *distance < f64::INFINITY {
                            distance.min(squared)
                        } else {
                            f64::INFINITY
                        };
                    }
                }
                let (at, least) = first_minimum(distances);
                (block * BLOCK * GROUP + at, least)
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
        let left: Vec<usize> = (0..self.rows.len())
            .filter(|&at| self.distances[at] < f64::INFINITY)
            .collect();
        self.rows = left.iter().map(|&at| self.rows[at]).collect();
        self.distances = left.iter().map(|&at| self.distances[at]).collect();
        self.lay_out();
    }

    fn lay_out(&mut self) {
        let (samples, rows) = (self.samples, &self.rows);
        let size = samples.n_features() * GROUP;
        self.groups.resize(rows.len().div_ceil(GROUP) * size, 0.0);
        self.groups
            .par_chunks_mut(size)
            .zip(rows.par_chunks(GROUP))
            .for_each(|(group, rows)| {
                lay_out_group(rows.iter().map(|&row| samples.row(row)), group);
            });
    }
}
