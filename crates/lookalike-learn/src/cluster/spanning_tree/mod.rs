//! Minimum spanning trees of rows: what single linkage and density clustering are made of.

mod boruvka;
mod prim;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use ndarray::ArrayRef2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::distance::squared_distance;
use crate::input::Samples;
use crate::neighbors::{TREE_FEATURES, nearest_of_samples};
use crate::{Context, Error, Result};

/// Two rows that a spanning tree connects.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Edge {
    /// The lower row.
    pub a: usize,
    /// The higher row.
    pub b: usize,
    /// How far the two are from each other, in units of the data.
    pub length: f64,
}

/// An edge by its squared length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Connection {
    /// Where a tree grows from its first row, the second is the one that it did not hold before.
    pub(super) rows: [usize; 2],
    pub(super) squared: f64,
}

/// The minimum spanning tree of the rows of `x` (samples × features): the n − 1 edges of the least total
/// length that connect them all, ascending by length, then by row.
///
/// The length of an edge is the mutual reachability distance (Campello, Moulavi and Sander, *Density-based
/// clustering based on hierarchical density estimates*, PAKDD 2013): the largest of the Euclidean distance of
/// its rows and the core distances of both. The core distance of a row is the radius within which
/// `min_samples` rows are, itself counted, as for DBSCAN. With `min_samples` 1 it is 0, so that the tree is
/// the Euclidean one.
///
/// Exact, on distances in f64. In up to 8 dimensions by Borůvka's algorithm on a k-d tree; above, by Prim's,
/// in O(n·d) memory and O(n²·d) time. Where edges are equally long, more than one tree can be the shortest.
///
/// ```
/// use lookalike_learn::cluster::minimum_spanning_tree;
/// use ndarray::array;
///
/// let tree = minimum_spanning_tree(&array![[0.0], [5.0], [1.0], [3.0]], 1)?;
/// let edges: Vec<_> = tree.iter().map(|edge| (edge.a, edge.b, edge.length)).collect();
/// assert_eq!(edges, [(0, 2, 1.0), (1, 3, 2.0), (2, 3, 2.0)]);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
///
/// # Errors
/// When `min_samples` is 0 or above the number of rows, or `x` is empty or not finite.
pub fn minimum_spanning_tree(x: &ArrayRef2<f32>, min_samples: usize) -> Result<Vec<Edge>> {
    minimum_spanning_tree_with(x, min_samples, &Context::default())
}

/// As [`minimum_spanning_tree`], with the threads, progress and cancellation of `context`.
///
/// # Errors
/// As [`minimum_spanning_tree`], and when the caller cancels.
pub fn minimum_spanning_tree_with(
    x: &ArrayRef2<f32>,
    min_samples: usize,
    context: &Context,
) -> Result<Vec<Edge>> {
    context.run(|| {
        let samples = Samples::new(x)?;
        samples.check_indices()?;
        let n = samples.n_samples();
        if min_samples == 0 || min_samples > n {
            let rule = format!("be between 1 and the number of samples ({n})");
            return Err(Error::parameter("min_samples", rule, min_samples));
        }
        let connections = if samples.n_features() <= TREE_FEATURES {
            boruvka::tree(&samples, min_samples, context)?.connections
        } else {
            let squared_cores = squared_cores(&samples, min_samples, context)?;
            prim::tree(&samples, &squared_cores, context)?
        };
        let mut edges: Vec<Edge> = connections
            .into_iter()
            .map(
                |Connection {
                     rows: [a, b],
                     squared,
                 }| Edge {
                    a: a.min(b),
                    b: a.max(b),
                    length: squared.sqrt(),
                },
            )
            .collect();
        edges.par_sort_unstable_by(|one, other| {
            let lengths = one.length.total_cmp(&other.length);
            lengths.then((one.a, one.b).cmp(&(other.a, other.b)))
        });
        Ok(edges)
    })
}

/// The Euclidean tree as Prim's algorithm grows it from row 0; among equally near rows the lowest joins first.
pub(super) fn grown(samples: &Samples<'_>, context: &Context) -> Result<Vec<Connection>> {
    let n = samples.n_samples();
    if samples.n_features() <= TREE_FEATURES {
        let tree = boruvka::tree(samples, 1, context)?;
        // Of several shortest trees Prim's algorithm finds a certain one.
        if tree.only {
            return Ok(in_order_of_prim(n, &tree.connections));
        }
    }
    prim::tree(samples, &vec![0.0; n], context)
}

fn squared_cores(samples: &Samples<'_>, min_samples: usize, context: &Context) -> Result<Vec<f64>> {
    let n = samples.n_samples();
    if min_samples == 1 {
        return Ok(vec![0.0; n]);
    }
    let nearest = nearest_of_samples(samples, min_samples - 1, context)?;
    let last = nearest.indices().column(min_samples - 2);
    Ok(last
        .iter()
        .enumerate()
        .map(|(row, &other)| squared_distance(samples.row(row), samples.row(other as usize)))
        .collect())
}

/// Orders the only shortest tree as Prim's algorithm grows it.
fn in_order_of_prim(n: usize, tree: &[Connection]) -> Vec<Connection> {
    // The neighbours of row i are from place starts[i] on.
    let mut starts = vec![0; n + 2];
    for &row in tree.iter().flat_map(|connection| &connection.rows) {
        starts[row + 2] += 1;
    }
    for row in 0..=n {
        starts[row + 1] += starts[row];
    }
    let mut neighbors = vec![(0, 0); 2 * tree.len()];
    for &Connection {
        rows: [a, b],
        squared,
    } in tree
    {
        for (row, other) in [(a, b), (b, a)] {
            // The bits of non-negative floats are in the order of the floats.
            neighbors[starts[row + 1]] = (squared.to_bits(), other);
            starts[row + 1] += 1;
        }
    }
    let mut grown = Vec::with_capacity(tree.len());
    let mut outside = BinaryHeap::new();
    let (mut last, mut parent) = (0, usize::MAX);
    loop {
        for &(bits, row) in &neighbors[starts[last]..starts[last + 1]] {
            if row != parent {
                outside.push(Reverse((bits, row, last)));
            }
        }
        let Some(Reverse((bits, row, from))) = outside.pop() else {
            return grown;
        };
        grown.push(Connection {
            rows: [from, row],
            squared: f64::from_bits(bits),
        });
        (last, parent) = (row, from);
    }
}
