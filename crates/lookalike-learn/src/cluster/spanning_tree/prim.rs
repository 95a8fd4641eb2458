//! Prim's algorithm, in O(n·d) memory.

use rayon::prelude::*;

use super::Connection;
use crate::cluster::first_minimum;
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
    squared_cores: Vec<f64>,
    /// The squared distance of each to the tree; infinite once it has joined.
    distances: Vec<f64>,
    /// The row of the tree at that distance.
    nearest: Vec<u32>,
}

/// All rows after the first, as they join. `squared_cores` are least squared lengths of a row's connections.
pub(super) fn tree(
    samples: &Samples<'_>,
    squared_cores: &[f64],
    context: &Context,
) -> Result<Vec<Connection>> {
    let n = samples.n_samples();
    let mut outside = Outside {
        samples,
        rows: (1..n).collect(),
        groups: Vec::new(),
        squared_cores: squared_cores[1..].to_vec(),
        distances: vec![f64::MAX; n - 1],
        nearest: vec![0; n - 1],
    };
    outside.lay_out();
    let mut tree = Vec::with_capacity(n - 1);
    let mut last = 0;
    for n_left in (1..n).rev() {
        context.check()?;
        if n_left % REPORT_EVERY == 0 {
            context.report("spanning tree", n - 1 - n_left, n - 1, None);
        }
        if n_left < outside.rows.len() / 4 * 3 {
            outside.compact();
        }
        let (at, squared) = outside.nearest(last, squared_cores[last]);
        tree.push(Connection {
            rows: [outside.nearest[at] as usize, outside.rows[at]],
            squared,
        });
        outside.distances[at] = f64::INFINITY;
        last = outside.rows[at];
    }
    Ok(tree)
}

impl Outside<'_> {
    /// Lowers distances to those from `joined`; the place and squared distance of the nearest,
    /// lowest row first.
    fn nearest(&mut self, joined: usize, squared_core: f64) -> (usize, f64) {
        let point = self.samples.row(joined);
        let size = point.len() * GROUP;
        self.distances
            .par_chunks_mut(BLOCK * GROUP)
            .zip(self.nearest.par_chunks_mut(BLOCK * GROUP))
            .zip(self.squared_cores.par_chunks(BLOCK * GROUP))
            .zip(self.groups.par_chunks(BLOCK * size))
            .enumerate()
            .map(|(block, (((distances, nearest), squared_cores), groups))| {
                for (((distances, nearest), squared_cores), group) in distances
                    .chunks_mut(GROUP)
                    .zip(nearest.chunks_mut(GROUP))
                    .zip(squared_cores.chunks(GROUP))
                    .zip(groups.chunks_exact(size))
                {
                    let squared = group_distances(point, group);
                    for (((distance, nearest), &core), squared) in distances
                        .iter_mut()
                        .zip(nearest)
                        .zip(squared_cores)
                        .zip(squared)
                    {
                        let squared = squared.max(core).max(squared_core);
                        if squared < *distance && *distance < f64::INFINITY {
                            (*distance, *nearest) = (squared, joined as u32);
                        }
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
        self.squared_cores = left.iter().map(|&at| self.squared_cores[at]).collect();
        self.nearest = left.iter().map(|&at| self.nearest[at]).collect();
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
