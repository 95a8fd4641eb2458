//! A k-d tree over few dimensions (Bentley 1975; Friedman, Bentley and Finkel 1977).
//!
//! The tree is balanced by count, so that equal points cannot make it deep. Its leaves hold
//! [`LEAF`] points each, in an order that lets one query be compared with all of them at once.
//! All distances are f64 sums in the order of the features, of boxes as of points: rounding is
//! monotone, so that a bound of a box is a bound of the computed distances in it, to the last bit.

use std::ops::Range;

use rayon::prelude::*;

use super::Neighbors;
use crate::distance::{GROUP, group_distances, lay_out_group};
use crate::input::Samples;
use crate::simd::dispatch;
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
    /// Node by node: the least and the largest value of each feature.
    boxes: Vec<[f32; 2]>,
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
            boxes: vec![[f32::INFINITY, f32::NEG_INFINITY]; (2 * n_leaves - 1) * d],
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

    pub(crate) fn n_features(&self) -> usize {
        self.n_features
    }

    pub(crate) fn root(&self) -> Node {
        Node {
            id: 0,
            first_leaf: 0,
            n_leaves: self.n_points.div_ceil(LEAF),
        }
    }

    /// The leaves in the order of the positions.
    pub(crate) fn leaves(&self) -> Vec<Node> {
        let mut leaves = Vec::with_capacity(self.n_points.div_ceil(LEAF));
        let mut open = vec![self.root()];
        while let Some(node) = open.pop() {
            match node.leaf() {
                Some(_) => leaves.push(node),
                None => open.extend(node.children().into_iter().rev()),
            }
        }
        leaves
    }

    pub(crate) fn n_nodes(&self) -> usize {
        self.boxes.len() / self.n_features
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

    /// The `k` nearest other points of each position, nearest first: squared distance and row.
    pub(crate) fn k_nearest(&self, k: usize, context: &Context) -> Result<Vec<(f64, u32)>> {
        let mut found = vec![(f64::INFINITY, u32::MAX); self.n_points * k];
        found
            .par_chunks_mut(LEAF * k)
            .enumerate()
            .try_for_each(|(leaf, found)| {
                context.check()?;
                let around = self.around(leaf);
                let mut query = vec![0.0; self.n_features];
                for (at, nearest) in found.chunks_exact_mut(k).enumerate() {
                    let position = leaf * LEAF + at;
                    self.copy_point(position, &mut query);
                    let mut search = Search {
                        tree: self,
                        query: &query,
                        row: self.rows[position],
                        nearest,
                    };
                    search.begin(leaf);
                    for &(apart, node) in &around {
                        if apart <= search.limit() {
                            search.visit(node);
                        }
                    }
                }
                Ok(())
            })?;
        Ok(found)
    }

    /// The nodes that hold all leaves but one, from its next to the farthest up, and lower bounds of the squared
    /// distances of their points to those of the leaf.
    fn around(&self, leaf: usize) -> Vec<(f64, Node)> {
        let mut node = self.root();
        let mut beside = Vec::new();
        while node.leaf().is_none() {
            let [left, right] = node.children();
            let (own, other) = if leaf < right.first_leaf {
                (left, right)
            } else {
                (right, left)
            };
            beside.push(other);
            node = own;
        }
        let nodes = beside.into_iter().rev();
        nodes
            .map(|other| (self.between(node, other), other))
            .collect()
    }

    fn node_box(&self, node: Node) -> &[[f32; 2]] {
        &self.boxes[node.id * self.n_features..][..self.n_features]
    }

    /// A lower bound of the squared distances of `query` to the points of a node.
    #[inline]
    pub(crate) fn nearest(&self, node: Node, query: &[f32]) -> f64 {
        let mut sum = 0.0;
        for (&[low, high], &q) in self.node_box(node).iter().zip(query) {
            let (q, low, high) = (f64::from(q), f64::from(low), f64::from(high));
            let outside = larger(larger(low - q, q - high), 0.0);
            sum += outside * outside;
        }
        sum
    }

    /// A lower bound of the squared distances of the points of one node to those of another.
    #[inline]
    pub(crate) fn between(&self, node: Node, other: Node) -> f64 {
        let mut sum = 0.0;
        for (a, b) in self.node_box(node).iter().zip(self.node_box(other)) {
            let ([a_low, a_high], [b_low, b_high]) = (a.map(f64::from), b.map(f64::from));
            let apart = larger(larger(a_low - b_high, b_low - a_high), 0.0);
            sum += apart * apart;
        }
        sum
    }

    /// An upper bound of the squared distances of `query` to the points of a node.
    #[inline]
    pub(crate) fn farthest(&self, node: Node, query: &[f32]) -> f64 {
        let mut sum = 0.0;
        for (&[low, high], &q) in self.node_box(node).iter().zip(query) {
            let (q, low, high) = (f64::from(q), f64::from(low), f64::from(high));
            let across = larger(q - low, high - q);
            sum += across * across;
        }
        sum
    }

    /// An upper bound of the squared distances between the points of a node.
    pub(crate) fn squared_diameter(&self, node: Node) -> f64 {
        let sides = self.node_box(node).iter();
        sides
            .map(|&[low, high]| (f64::from(high) - f64::from(low)).powi(2))
            .sum()
    }

    /// The squared distances of `query` to the points of a leaf; infinite where there is none.
    pub(crate) fn leaf_distances(&self, leaf: usize, query: &[f32]) -> [f64; LEAF] {
        let size = self.n_features * LEAF;
        group_distances(query, &self.coordinates[leaf * size..(leaf + 1) * size])
    }
}

/// One instruction, where `f64::max` takes three to see to NaN, which boxes do not have.
#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// Orders the rows of a node and below, and finds their boxes.
fn build(samples: &Samples<'_>, node: Node, rows: &mut [u32], boxes: &mut [[f32; 2]]) {
    let d = samples.n_features();
    let (own, below) = boxes.split_at_mut(d);
    for &row in rows.iter() {
        for ([low, high], &value) in own.iter_mut().zip(samples.row(row as usize)) {
            *low = low.min(value);
            *high = high.max(value);
        }
    }
    if node.leaf().is_some() {
        return;
    }
    let width = |j: usize| f64::from(own[j][1]) - f64::from(own[j][0]);
    let widest = (1..d).fold(0, |best, j| if width(j) > width(best) { j } else { best });
    let [left, right] = node.children();
    let middle = left.n_leaves * LEAF;
    let value = |row: u32| samples.row(row as usize)[widest];
    rows.select_nth_unstable_by(middle, |&a, &b| {
        value(a).total_cmp(&value(b)).then(a.cmp(&b))
    });
    let (left_rows, right_rows) = rows.split_at_mut(middle);
    let (left_boxes, right_boxes) = below.split_at_mut((right.id - left.id) * d);
    rayon::join(
        || build(samples, left, left_rows, left_boxes),
        || build(samples, right, right_rows, right_boxes),
    );
}

/// The exact `k` nearest other rows of each row; 1 ≤ `k` < number of rows.
pub(super) fn k_nearest(samples: &Samples<'_>, k: usize, context: &Context) -> Result<Neighbors> {
    let tree = KdTree::new(samples);
    let found = tree.k_nearest(k, context)?;
    let mut neighbors = Neighbors::zeros(samples.n_samples(), k);
    for (&row, nearest) in tree.rows.iter().zip(found.chunks_exact(k)) {
        let indices = neighbors.indices.row_mut(row as usize);
        let distances = neighbors.distances.row_mut(row as usize);
        for ((index, distance), &(squared, i)) in indices.into_iter().zip(distances).zip(nearest) {
            *index = i;
            *distance = squared.sqrt() as f32;
        }
    }
    Ok(neighbors)
}

/// The place of each distance in ascending order, unless some are equal in f32.
fn ranks(distances: &[f64; LEAF]) -> Option<[u32; LEAF]> {
    let mut ranks = [0; LEAF];
    dispatch(
        #[inline(always)]
        || {
            let distances = distances.map(|distance| distance as f32);
            for other in distances {
                for (rank, &distance) in ranks.iter_mut().zip(&distances) {
                    *rank += u32::from(other < distance);
                }
            }
        },
    );
    // Of each pair of distances that differ, one is the greater.
    let distinct = ranks.iter().sum::<u32>() as usize == LEAF * (LEAF - 1) / 2;
    distinct.then_some(ranks)
}

/// The search for the nearest of one row.
#[derive(Debug)]
struct Search<'a> {
    tree: &'a KdTree,
    query: &'a [f32],
    row: u32,
    /// Squared distance and row of the best so far, nearest first; at infinity where there is none yet.
    nearest: &'a mut [(f64, u32)],
}

impl Search<'_> {
    /// The squared distance beyond which nothing is of use.
    fn limit(&self) -> f64 {
        self.nearest[self.nearest.len() - 1].0
    }

    /// Looks first at the leaf that holds the row. Nearly all of its points would be inserted one by one, which
    /// no branch predictor foresees.
    fn begin(&mut self, leaf: usize) {
        let distances = self.tree.leaf_distances(leaf, self.query);
        let Some(ranks) = ranks(&distances) else {
            self.insert_all(leaf, &distances);
            return;
        };
        let mut sorted = [(f64::INFINITY, u32::MAX); LEAF];
        let rows = &self.tree.rows[leaf * LEAF..];
        for ((&squared, &row), rank) in distances.iter().zip(rows).zip(ranks) {
            sorted[rank as usize] = (squared, row);
        }
        // The nearest is the row itself.
        for (nearest, &point) in self.nearest.iter_mut().zip(&sorted[1..]) {
            *nearest = point;
        }
    }

    fn visit(&mut self, node: Node) {
        if self.tree.nearest(node, self.query) <= self.limit() {
            self.descend(node);
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
        self.insert_all(leaf, &distances);
    }

    fn insert_all(&mut self, leaf: usize, distances: &[f64; LEAF]) {
        // The last leaf has infinite distances beyond its rows.
        let rows = &self.tree.rows[leaf * LEAF..];
        for (&squared, &row) in distances.iter().zip(rows) {
            if squared <= self.limit() && row != self.row {
                self.insert(squared, row);
            }
        }
    }

    /// Drops the last for a row that comes before it; among equally near rows the lowest come first.
    fn insert(&mut self, squared: f64, row: u32) {
        let before = |other| (squared, row) < other;
        let mut at = self.nearest.len() - 1;
        if !before(self.nearest[at]) {
            return;
        }
        while at > 0 && before(self.nearest[at - 1]) {
            self.nearest[at] = self.nearest[at - 1];
            at -= 1;
        }
        self.nearest[at] = (squared, row);
    }
}
