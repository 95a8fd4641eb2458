//! A k-d tree over few dimensions (Bentley 1975; Friedman, Bentley and Finkel 1977).
//!
//! The tree is balanced by count, so that equal points cannot make it deep. Its leaves hold
//! [`LEAF`] points each, in an order that lets one query be compared with all of them at once.
//! All distances are f64 sums in the order of the features, of boxes as of points: rounding is
//! monotone, so that a bound of a box is a bound of the computed distances in it, to the last bit.

use std::collections::BinaryHeap;
use std::ops::Range;

use rayon::prelude::*;

use super::Neighbors;
use crate::distance::{GROUP, group_distances, lay_out_group};
use crate::input::Samples;
use crate::{Context, Result};

/// Points of a leaf.
pub(crate) const LEAF: usize = GROUP;

/// Points get positions in the order of the leaves.
#[derive(Debug)]
pub(crate) struct KdTree {
    n_features: usize,
    n_points: usize,
    /// Leaf by leaf, feature by feature, point by point; infinity where the last leaf has none.
    coordinates: Vec<f32>,
    /// Which row of the samples is at each position.
    rows: Vec<u32>,
    /// Node by node: the least, then the largest value of each feature.
    boxes: Vec<f32>,
}

/// A node: a run of leaves. Nodes stand in preorder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    pub(crate) id: usize,
    first_leaf: usize,
    n_leaves: usize,
}

impl Node {
    /// The number of the leaf that this node is, if it is one.
    pub(crate) fn leaf(self) -> Option<usize> {
        (self.n_leaves == 1).then_some(self.first_leaf)
    }

    /// The two halves of a node that is not a leaf. A node of m leaves has 2m − 1 nodes below and
    /// with it.
    pub(crate) fn children(self) -> [Self; 2] {
        let half = self.n_leaves / 2;
        [
            Self {
                id: self.id + 1,
                first_leaf: self.first_leaf,
                n_leaves: half,
            },
            Self {
                id: self.id + 2 * half,
                first_leaf: self.first_leaf + half,
                n_leaves: self.n_leaves - half,
            },
        ]
    }
}

impl KdTree {
    pub(crate) fn new(samples: &Samples<'_>) -> Self {
        let (n, d) = (samples.n_samples(), samples.n_features());
        let n_leaves = n.div_ceil(LEAF);
        let mut tree = Self {
            n_features: d,
            n_points: n,
            coordinates: vec![f32::INFINITY; n_leaves * d * LEAF],
            rows: (0..n as u32).collect(),
            boxes: vec![0.0; (2 * n_leaves - 1) * 2 * d],
        };
        let root = tree.root();
        build(samples, root, &mut tree.rows, &mut tree.boxes);
        tree.coordinates
            .par_chunks_mut(d * LEAF)
            .zip(tree.rows.par_chunks(LEAF))
            .for_each(|(group, rows)| {
                lay_out_group(rows.iter().map(|&row| samples.row(row as usize)), group);
            });
        tree
    }

    pub(crate) fn root(&self) -> Node {
        Node {
            id: 0,
            first_leaf: 0,
            n_leaves: self.n_points.div_ceil(LEAF),
        }
    }

    pub(crate) fn n_nodes(&self) -> usize {
        self.boxes.len() / (2 * self.n_features)
    }

    /// Which row of the samples is at each position.
    pub(crate) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The positions that a node holds.
    pub(crate) fn positions(&self, node: Node) -> Range<usize> {
        let end = (node.first_leaf + node.n_leaves) * LEAF;
        node.first_leaf * LEAF..end.min(self.n_points)
    }

    /// Copies the point at a position into `point`.
    pub(crate) fn copy_point(&self, position: usize, point: &mut [f32]) {
        let start = position / LEAF * LEAF * self.n_features + position % LEAF;
        for (j, value) in point.iter_mut().enumerate() {
            *value = self.coordinates[start + j * LEAF];
        }
    }

    fn node_box(&self, node: Node) -> (&[f32], &[f32]) {
        let width = 2 * self.n_features;
        self.boxes[node.id * width..(node.id + 1) * width].split_at(self.n_features)
    }

    /// A lower bound of the squared distances of `query` to the points of a node.
    #[inline]
    pub(crate) fn nearest(&self, node: Node, query: &[f32]) -> f64 {
        let (low, high) = self.node_box(node);
        let mut sum = 0.0;
        for ((&q, &low), &high) in query.iter().zip(low).zip(high) {
            let (q, low, high) = (f64::from(q), f64::from(low), f64::from(high));
            let outside = (low - q).max(q - high).max(0.0);
            sum += outside * outside;
        }
        sum
    }

    /// An upper bound of the squared distances of `query` to the points of a node.
    #[inline]
    pub(crate) fn farthest(&self, node: Node, query: &[f32]) -> f64 {
        let (low, high) = self.node_box(node);
        let mut sum = 0.0;
        for ((&q, &low), &high) in query.iter().zip(low).zip(high) {
            let (q, low, high) = (f64::from(q), f64::from(low), f64::from(high));
            let across = (q - low).max(high - q);
            sum += across * across;
        }
        sum
    }

    /// An upper bound of the squared distances between the points of a node.
    pub(crate) fn squared_diameter(&self, node: Node) -> f64 {
        let (low, high) = self.node_box(node);
        low.iter()
            .zip(high)
            .map(|(&low, &high)| (f64::from(high) - f64::from(low)).powi(2))
            .sum()
    }

    /// The squared distances of `query` to the points of a leaf; infinite where there is none.
    pub(crate) fn leaf_distances(&self, leaf: usize, query: &[f32]) -> [f64; LEAF] {
        let size = self.n_features * LEAF;
        group_distances(query, &self.coordinates[leaf * size..(leaf + 1) * size])
    }
}

/// Orders the rows of a node and below, and finds their boxes.
fn build(samples: &Samples<'_>, node: Node, rows: &mut [u32], boxes: &mut [f32]) {
    let d = samples.n_features();
    let (own, below) = boxes.split_at_mut(2 * d);
    let (low, high) = own.split_at_mut(d);
    low.fill(f32::INFINITY);
    high.fill(f32::NEG_INFINITY);
    for &row in rows.iter() {
        for ((low, high), &value) in low
            .iter_mut()
            .zip(&mut *high)
            .zip(samples.row(row as usize))
        {
            *low = low.min(value);
            *high = high.max(value);
        }
    }
    if node.leaf().is_some() {
        return;
    }
    let width = |j: usize| f64::from(high[j]) - f64::from(low[j]);
    let widest = (1..d).fold(0, |best, j| if width(j) > width(best) { j } else { best });
    let [left, right] = node.children();
    let middle = left.n_leaves * LEAF;
    let value = |row: u32| samples.row(row as usize)[widest];
    rows.select_nth_unstable_by(middle, |&a, &b| {
        value(a).total_cmp(&value(b)).then(a.cmp(&b))
    });
    let (left_rows, right_rows) = rows.split_at_mut(middle);
    let (left_boxes, right_boxes) = below.split_at_mut((right.id - left.id) * 2 * d);
    rayon::join(
        || build(samples, left, left_rows, left_boxes),
        || build(samples, right, right_rows, right_boxes),
    );
}

/// The exact `k` nearest other rows of each row; 1 ≤ `k` < number of rows.
pub(super) fn k_nearest(samples: &Samples<'_>, k: usize, context: &Context) -> Result<Neighbors> {
    let tree = KdTree::new(samples);
    let found = tree
        .rows
        .par_chunks(LEAF)
        .enumerate()
        .map(|(leaf, rows)| {
            context.check()?;
            let mut query = vec![0.0; samples.n_features()];
            let mut nearest = Vec::with_capacity(rows.len() * k);
            for (at, &row) in rows.iter().enumerate() {
                tree.copy_point(leaf * LEAF + at, &mut query);
                let mut search = Search {
                    tree: &tree,
                    query: &query,
                    row,
                    k,
                    nearest: BinaryHeap::with_capacity(k + 1),
                };
                search.descend(tree.root());
                nearest.extend(search.nearest.into_sorted_vec());
            }
            Ok(nearest)
        })
        .collect::<Result<Vec<_>>>()?;
    let mut neighbors = Neighbors::zeros(samples.n_samples(), k);
    for (&row, nearest) in tree
        .rows
        .iter()
        .zip(found.iter().flat_map(|nearest| nearest.chunks_exact(k)))
    {
        let indices = neighbors.indices.row_mut(row as usize);
        let distances = neighbors.distances.row_mut(row as usize);
        for ((index, distance), &(squared, i)) in indices.into_iter().zip(distances).zip(nearest) {
            *index = i;
            *distance = f64::from_bits(squared).sqrt() as f32;
        }
    }
    Ok(neighbors)
}

/// The search for the nearest of one row.
#[derive(Debug)]
struct Search<'a> {
    tree: &'a KdTree,
    query: &'a [f32],
    row: u32,
    k: usize,
    /// Squared distance and row of the best so far, the worst of them on top. The bits of
    /// non-negative floats are in the order of the floats.
    nearest: BinaryHeap<(u64, u32)>,
}

impl Search<'_> {
    /// The squared distance beyond which nothing is of use.
    fn limit(&self) -> f64 {
        match self.nearest.peek() {
            Some(&(worst, _)) if self.nearest.len() == self.k => f64::from_bits(worst),
            _ => f64::MAX,
        }
    }

    fn descend(&mut self, node: Node) {
        if let Some(leaf) = node.leaf() {
            self.scan(leaf);
            return;
        }
        let mut children = node
            .children()
            .map(|child| (self.tree.nearest(child, self.query), child));
        if children[1].0 < children[0].0 {
            children.swap(0, 1);
        }
        for (nearest, child) in children {
            if nearest <= self.limit() {
                self.descend(child);
            }
        }
    }

    fn scan(&mut self, leaf: usize) {
        let distances = self.tree.leaf_distances(leaf, self.query);
        let mut limit = self.limit();
        for (at, &squared) in distances.iter().enumerate() {
            if squared > limit {
                continue;
            }
            let row = self.tree.rows[leaf * LEAF + at];
            if row == self.row {
                continue;
            }
            let candidate = (squared.to_bits(), row);
            if self.nearest.len() < self.k {
                self.nearest.push(candidate);
            } else if let Some(mut worst) = self.nearest.peek_mut()
                && candidate < *worst
            {
                *worst = candidate;
            }
            limit = self.limit();
        }
    }
}
