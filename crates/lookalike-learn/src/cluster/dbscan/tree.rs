//! Neighbourhoods in few dimensions, by a k-d tree.

use rayon::prelude::*;

use super::{Neighborhoods, UnionFind, WeightedNeighborhoods};
use crate::input::Samples;
use crate::neighbors::kd_tree::{KdTree, LEAF, Node};
use crate::{Context, Result};

pub(super) struct Tree<'a> {
    index: KdTree,
    n_features: usize,
    squared_eps: f64,
    context: &'a Context,
}

/// What is known of all points of a node at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    NoCore,
    Mixed,
    /// All are core points and within reach of each other: they share a cluster, so that one of
    /// them within reach stands for all. This is what keeps dense regions cheap.
    OneCluster,
}

impl<'a> Tree<'a> {
    pub(super) fn new(samples: &Samples<'_>, squared_eps: f64, context: &'a Context) -> Self {
        Self {
            index: KdTree::new(samples),
            n_features: samples.n_features(),
            squared_eps,
            context,
        }
    }

    /// Applies `work` to each position and its point, in parallel.
    fn map_points<T: Send>(&self, work: impl Fn(usize, &[f32]) -> T + Sync) -> Result<Vec<T>> {
        let n = self.index.rows().len();
        let leaves = (0..n.div_ceil(LEAF))
            .into_par_iter()
            .map(|leaf| {
                self.context.check()?;
                let mut query = vec![0.0; self.n_features];
                let positions = leaf * LEAF..n.min((leaf + 1) * LEAF);
                Ok(positions
                    .map(|position| {
                        self.index.copy_point(position, &mut query);
                        work(position, &query)
                    })
                    .collect::<Vec<T>>())
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(leaves.into_iter().flatten().collect())
    }

    /// The children of a node, the one nearer to `query` first.
    fn nearer_first(&self, node: Node, query: &[f32]) -> [Node; 2] {
        let [left, right] = node.children();
        if self.index.nearest(right, query) < self.index.nearest(left, query) {
            [right, left]
        } else {
            [left, right]
        }
    }

    /// The positions in a leaf within reach of `query`.
    fn within_reach(&self, leaf: usize, query: &[f32]) -> impl Iterator<Item = usize> {
        let squared_eps = self.squared_eps;
        self.index
            .leaf_distances(leaf, query)
            .into_iter()
            .enumerate()
            .filter(move |&(_, distance)| {
                // Where the leaf holds no point, the distance is infinite, and so may be squared_eps.
                distance <= squared_eps && distance < f64::INFINITY
            })
            .map(move |(at, _)| leaf * LEAF + at)
    }

    /// How many points are within reach of `query`; counting ends at `enough`.
    fn count(&self, node: Node, query: &[f32], enough: usize) -> usize {
        if self.index.nearest(node, query) > self.squared_eps {
            return 0;
        }
        if self.index.farthest(node, query) <= self.squared_eps {
            return self.index.positions(node).len();
        }
        if let Some(leaf) = node.leaf() {
            return self.within_reach(leaf, query).count();
        }
        let mut count = 0;
        for child in self.nearer_first(node, query) {
            count += self.count(child, query, enough - count);
            if count >= enough {
                break;
            }
        }
        count
    }

    /// The weight of all points within reach of `query`; `weights` are those of the positions.
    fn weigh(&self, node: Node, query: &[f32], weights: &[f64]) -> f64 {
        if self.index.nearest(node, query) > self.squared_eps {
            return 0.0;
        }
        if self.index.farthest(node, query) <= self.squared_eps {
            return weights[self.index.positions(node)].iter().sum();
        }
        match node.leaf() {
            Some(leaf) => self.within_reach(leaf, query).map(|at| weights[at]).sum(),
            None => node
                .children()
                .map(|child| self.weigh(child, query, weights))
                .iter()
                .sum(),
        }
    }

    /// Whether any point of a node is within reach of `query`.
    fn any_within_reach(&self, node: Node, query: &[f32]) -> bool {
        self.count(node, query, 1) > 0
    }

    /// Fills in what each node from `node` on holds.
    fn describe(&self, node: Node, core: &[bool], contents: &mut [Content]) {
        contents[node.id] = if node.leaf().is_some() {
            let core = &core[self.index.positions(node)];
            let n_core = core.iter().filter(|&&core| core).count();
            if n_core == 0 {
                Content::NoCore
            } else if n_core == core.len() && self.is_compact(node) {
                Content::OneCluster
            } else {
                Content::Mixed
            }
        } else {
            let children = node.children();
            for child in children {
                self.describe(child, core, contents);
            }
            match children.map(|child| contents[child.id]) {
                [Content::NoCore, Content::NoCore] => Content::NoCore,
                [Content::OneCluster, Content::OneCluster] if self.is_compact(node) => {
                    Content::OneCluster
                }
                _ => Content::Mixed,
            }
        };
    }

    /// Whether all points of a node are within reach of each other.
    fn is_compact(&self, node: Node) -> bool {
        self.index.squared_diameter(node) <= self.squared_eps
    }

    fn contents(&self, core: &[bool]) -> Vec<Content> {
        let mut contents = vec![Content::Mixed; self.index.n_nodes()];
        self.describe(self.index.root(), core, &mut contents);
        contents
    }

    /// Unites the points of each node that holds one cluster.
    fn unite_nodes(&self, node: Node, contents: &[Content], sets: &UnionFind) {
        match contents[node.id] {
            Content::NoCore => {}
            Content::OneCluster => {
                let positions = self.index.positions(node);
                let first = positions.start;
                positions.for_each(|position| sets.unite(first, position));
            }
            Content::Mixed if node.leaf().is_some() => {}
            Content::Mixed => {
                for child in node.children() {
                    self.unite_nodes(child, contents, sets);
                }
            }
        }
    }
}

/// Unites a core point with the core points within reach that stand before it.
struct Unite<'a> {
    neighborhoods: &'a Tree<'a>,
    core: &'a [bool],
    contents: &'a [Content],
    sets: &'a UnionFind,
    position: usize,
    query: &'a [f32],
}

impl Unite<'_> {
    fn descend(&self, node: Node) {
        let Tree {
            index, squared_eps, ..
        } = self.neighborhoods;
        let first = index.positions(node).start;
        let content = self.contents[node.id];
        if first >= self.position
            || content == Content::NoCore
            || index.nearest(node, self.query) > *squared_eps
        {
            return;
        }
        if content == Content::OneCluster {
            if self.sets.find(first) != self.sets.find(self.position)
                && self.neighborhoods.any_within_reach(node, self.query)
            {
                self.sets.unite(first, self.position);
            }
        } else if let Some(leaf) = node.leaf() {
            for other in self.neighborhoods.within_reach(leaf, self.query) {
                if other < self.position && self.core[other] {
                    self.sets.unite(other, self.position);
                }
            }
        } else {
            for child in node.children() {
                self.descend(child);
            }
        }
    }
}

/// Finds the least label of the core points within reach.
struct LeastLabel<'a> {
    neighborhoods: &'a Tree<'a>,
    core: &'a [bool],
    contents: &'a [Content],
    labels: &'a [i32],
    query: &'a [f32],
}

impl LeastLabel<'_> {
    /// The lesser of `least` and what a node holds.
    fn descend(&self, node: Node, least: i32) -> i32 {
        let Tree {
            index, squared_eps, ..
        } = self.neighborhoods;
        let content = self.contents[node.id];
        if content == Content::NoCore || index.nearest(node, self.query) > *squared_eps {
            return least;
        }
        if content == Content::OneCluster {
            let label = self.labels[index.positions(node).start];
            if label < least && self.neighborhoods.any_within_reach(node, self.query) {
                return label;
            }
            return least;
        }
        if let Some(leaf) = node.leaf() {
            return self
                .neighborhoods
                .within_reach(leaf, self.query)
                .filter(|&other| self.core[other])
                .map(|other| self.labels[other])
                .fold(least, i32::min);
        }
        node.children()
            .into_iter()
            .fold(least, |least, child| self.descend(child, least))
    }
}

impl Neighborhoods for Tree<'_> {
    fn rows(&self) -> Vec<u32> {
        self.index.rows().to_vec()
    }

    fn find_core(&self, min_samples: usize) -> Result<Vec<bool>> {
        self.map_points(|_, query| self.count(self.index.root(), query, min_samples) >= min_samples)
    }

    fn unite_core(&self, core: &[bool], sets: &UnionFind) -> Result<()> {
        let contents = self.contents(core);
        self.unite_nodes(self.index.root(), &contents, sets);
        self.map_points(|position, query| {
            if core[position] {
                let unite = Unite {
                    neighborhoods: self,
                    core,
                    contents: &contents,
                    sets,
                    position,
                    query,
                };
                unite.descend(self.index.root());
            }
        })?;
        Ok(())
    }

    fn label_border(&self, core: &[bool], labels: &mut [i32]) -> Result<()> {
        let contents = self.contents(core);
        let of_core = &*labels;
        let found = self.map_points(|position, query| {
            if core[position] {
                return of_core[position];
            }
            let search = LeastLabel {
                neighborhoods: self,
                core,
                contents: &contents,
                labels: of_core,
                query,
            };
            match search.descend(self.index.root(), i32::MAX) {
                i32::MAX => super::NOISE,
                label => label,
            }
        })?;
        labels.copy_from_slice(&found);
        Ok(())
    }
}

impl WeightedNeighborhoods for Tree<'_> {
    fn find_heavy(&self, weights: &[f64], min_weight: f64) -> Result<Vec<bool>> {
        let rows = self.index.rows().iter();
        let weights: Vec<f64> = rows.map(|&row| weights[row as usize]).collect();
        let root = self.index.root();
        self.map_points(|_, query| self.weigh(root, query, &weights) >= min_weight)
    }
}
