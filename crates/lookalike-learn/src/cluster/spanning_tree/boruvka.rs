//! Borůvka's algorithm on a k-d tree: every component is connected with its nearest other one, and the
//! components that come of it again, until one is left.
//!
//! The rows of a leaf that are of one component ask the tree together for the nearest rows of others, and
//! stop at whatever lies farther than the nearest that their component has found so far. Nodes all of whose
//! rows are of their own component are passed over (March, Ram and Gray, *Fast Euclidean minimum spanning
//! tree*, KDD 2010). Components only grow, so that what a row has found stays right until its own component
//! takes that in, and is a lower bound from then on: most rows ask but a few times.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use super::Connection;
use crate::cluster::union_find::UnionFind;
use crate::input::Samples;
use crate::neighbors::kd_tree::{KdTree, LEAF, Node};
use crate::{Context, Result};

/// Neighbours of each row that are found beforehand: the first rounds seldom need more.
const NEIGHBORS: usize = 6;

/// Of a node whose rows are of more than one component.
const MIXED: u32 = u32::MAX;

pub(super) struct Tree {
    pub(super) connections: Vec<Connection>,
    /// Whether no other tree is as short; may be false where that is so.
    pub(super) only: bool,
}

/// A connection of two components, in the order of preference. Positions are those of the k-d tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    /// The bits of squared lengths, which are in the order of the lengths: mutual reachability first.
    length: u64,
    distance: u64,
    positions: [u32; 2],
}

impl Link {
    /// Longer than any: squares of f32 are far below.
    const NONE: Self = Self {
        length: f64::MAX.to_bits(),
        distance: f64::MAX.to_bits(),
        positions: [0; 2],
    };

    fn is_some(self) -> bool {
        self.length < Self::NONE.length
    }
}

/// The nearest position of another component.
#[derive(Debug, Clone, Copy)]
struct Nearest {
    link: Link,
    /// Which end of the link is the other component's.
    to: u32,
    /// Whether another link is as short.
    tie: bool,
}

impl Nearest {
    const NONE: Self = Self {
        link: Link::NONE,
        to: 0,
        tie: false,
    };

    fn improve(&mut self, link: Link, to: u32) {
        let tie = link.length == self.link.length;
        if link < self.link {
            (self.link, self.to) = (link, to);
            self.tie = tie;
        } else {
            self.tie |= tie;
        }
    }
}

/// What a position knows of other components.
#[derive(Debug, Clone, Copy)]
struct Known {
    nearest: Nearest,
    /// No position of another component is nearer, as the bits of its squared length.
    bound: u64,
    /// Whether its list of neighbours is of no more use.
    exhausted: bool,
}

struct Forest<'a> {
    index: &'a KdTree,
    /// The neighbours of each position, `n_neighbors` a position.
    neighbors: Vec<(f64, u32)>,
    n_neighbors: usize,
    squared_cores: Vec<f64>,
    /// The least core distance in each node, squared.
    node_cores: Vec<f64>,
    /// The component of each position; they are numbered in the order of their least positions.
    components: Vec<u32>,
    n_components: usize,
    leaves: Vec<Node>,
    node_components: Vec<u32>,
    /// The length of the shortest link of each component so far, as bits. Threads lower it in any order: it
    /// only decides which searches end early, never what is found.
    limits: Vec<AtomicU64>,
}

/// The minimum spanning tree of mutual reachability; Euclidean where `min_samples` is 1.
pub(super) fn tree(samples: &Samples<'_>, min_samples: usize, context: &Context) -> Result<Tree> {
    let n = samples.n_samples();
    let mut connections = Vec::with_capacity(n - 1);
    let mut only = true;
    if n == 1 {
        return Ok(Tree { connections, only });
    }
    let index = KdTree::new(samples);
    let mut forest = Forest::new(&index, min_samples, context)?;
    let sets = UnionFind::new(n);
    let mut known = vec![
        Known {
            nearest: Nearest::NONE,
            bound: 0,
            exhausted: false,
        };
        n
    ];
    while connections.len() < n - 1 {
        context.report("spanning tree", connections.len(), n - 1, None);
        forest.find_links(&mut known, context)?;
        let shortest = forest.shortest(&known);
        for nearest in shortest.iter().filter(|nearest| nearest.link.is_some()) {
            only &= !nearest.tie;
            let [a, b] = nearest.link.positions.map(|position| position as usize);
            // Two components may have chosen the same link.
            if sets.find(a) != sets.find(b) {
                sets.unite(a, b);
                connections.push(Connection {
                    rows: [a, b].map(|position| index.rows()[position] as usize),
                    squared: f64::from_bits(nearest.link.length),
                });
            }
        }
        forest.name_components(&sets);
    }
    Ok(Tree { connections, only })
}

impl<'a> Forest<'a> {
    /// Every position a component of its own.
    fn new(index: &'a KdTree, min_samples: usize, context: &Context) -> Result<Self> {
        let n = index.rows().len();
        let n_neighbors = NEIGHBORS.max(min_samples - 1).min(n - 1);
        let mut neighbors = index.k_nearest(n_neighbors, context)?;
        let mut positions = vec![0; n];
        for (position, &row) in index.rows().iter().enumerate() {
            positions[row as usize] = position as u32;
        }
        neighbors.par_iter_mut().for_each(|(_, neighbor)| {
            *neighbor = positions[*neighbor as usize];
        });
        let squared_cores = if min_samples == 1 {
            vec![0.0; n]
        } else {
            let lists = neighbors.chunks_exact(n_neighbors);
            lists.map(|nearest| nearest[min_samples - 2].0).collect()
        };
        let mut forest = Self {
            index,
            neighbors,
            n_neighbors,
            squared_cores,
            node_cores: vec![0.0; index.n_nodes()],
            components: (0..n as u32).collect(),
            n_components: n,
            leaves: index.leaves(),
            node_components: vec![MIXED; index.n_nodes()],
            limits: (0..n).map(|_| AtomicU64::new(u64::MAX)).collect(),
        };
        forest.bound_cores(index.root());
        Ok(forest)
    }

    fn bound_cores(&mut self, node: Node) -> f64 {
        let least = if node.leaf().is_some() {
            let cores = &self.squared_cores[self.index.positions(node)];
            cores.iter().copied().fold(f64::INFINITY, f64::min)
        } else {
            let [left, right] = node.children().map(|child| self.bound_cores(child));
            left.min(right)
        };
        self.node_cores[node.id] = least;
        least
    }

    /// Takes the components from `sets`.
    fn name_components(&mut self, sets: &UnionFind) {
        let n = self.components.len();
        let least: Vec<usize> = (0..n).into_par_iter().map(|i| sets.find(i)).collect();
        let mut numbers = vec![0; n];
        self.n_components = 0;
        for (position, &least) in least.iter().enumerate() {
            if least == position {
                numbers[position] = self.n_components as u32;
                self.n_components += 1;
            }
            self.components[position] = numbers[least];
        }
        self.name_nodes(self.index.root());
    }

    fn name_nodes(&mut self, node: Node) -> u32 {
        let [first, last] = if node.leaf().is_some() {
            let components = &self.components[self.index.positions(node)];
            let first = components[0];
            let same = components.iter().all(|&component| component == first);
            [first, if same { first } else { MIXED }]
        } else {
            node.children().map(|child| self.name_nodes(child))
        };
        let name = if first == last { first } else { MIXED };
        self.node_components[node.id] = name;
        name
    }

    /// Sees to it that of each component the position with the shortest link to another knows it.
    fn find_links(&self, known: &mut [Known], context: &Context) -> Result<()> {
        for limit in &self.limits[..self.n_components] {
            limit.store(u64::MAX, Relaxed);
        }
        known
            .par_chunks_mut(LEAF)
            .enumerate()
            .try_for_each(|(leaf, known)| {
                context.check()?;
                for (at, known) in known.iter_mut().enumerate() {
                    self.recall(leaf * LEAF + at, known);
                }
                Ok(())
            })?;
        known
            .par_chunks_mut(LEAF)
            .enumerate()
            .try_for_each(|(leaf, known)| {
                context.check()?;
                let start = leaf * LEAF;
                let mut asking: Vec<usize> = (start..start + known.len())
                    .filter(|&position| {
                        let known = &known[position - start];
                        !known.nearest.link.is_some() && known.bound <= self.limit(position)
                    })
                    .collect();
                asking.sort_by_key(|&position| self.components[position]);
                for group in asking.chunk_by(|&a, &b| self.components[a] == self.components[b]) {
                    self.search(self.leaves[leaf], group, known);
                }
                Ok(())
            })
    }

    fn limit(&self, position: usize) -> u64 {
        self.limits[self.components[position] as usize].load(Relaxed)
    }

    fn lower_limit(&self, position: usize, length: u64) {
        self.limits[self.components[position] as usize].fetch_min(length, Relaxed);
    }

    fn link(&self, position: usize, other: usize, squared: f64) -> Link {
        let cores = self.squared_cores[position].max(self.squared_cores[other]);
        let (a, b) = (position as u32, other as u32);
        Link {
            length: squared.max(cores).to_bits(),
            distance: squared.to_bits(),
            positions: [a.min(b), a.max(b)],
        }
    }

    /// What a position knows without asking the tree.
    fn recall(&self, position: usize, known: &mut Known) {
        let own = self.components[position];
        let is_other = |other: u32| self.components[other as usize] != own;
        if known.nearest.link.is_some() && is_other(known.nearest.to) {
            self.lower_limit(position, known.nearest.link.length);
            return;
        }
        known.nearest = Nearest::NONE;
        if known.exhausted {
            return;
        }
        // Whatever the list does not hold is at least as far as its last.
        let list = &self.neighbors[position * self.n_neighbors..][..self.n_neighbors];
        let (last, _) = list[self.n_neighbors - 1];
        let beyond = last.max(self.squared_cores[position]).to_bits();
        let mut nearest = Nearest::NONE;
        for &(squared, other) in list.iter().filter(|(_, other)| is_other(*other)) {
            nearest.improve(self.link(position, other as usize, squared), other);
        }
        if (nearest.link.length, nearest.link.distance) < (beyond, last.to_bits()) {
            self.lower_limit(position, nearest.link.length);
            known.nearest = nearest;
            known.bound = nearest.link.length;
        } else {
            known.bound = known.bound.max(beyond);
            known.exhausted = true;
        }
    }

    /// Asks for positions of one component in a leaf; `known` is that of all its positions.
    fn search(&self, leaf: Node, positions: &[usize], known: &mut [Known]) {
        let d = self.index.n_features();
        let mut points = vec![0.0; positions.len() * d];
        for (&position, point) in positions.iter().zip(points.chunks_exact_mut(d)) {
            self.index.copy_point(position, point);
        }
        let mut search = Search {
            forest: self,
            leaf,
            positions,
            points: &points,
            core: positions
                .iter()
                .map(|&position| self.squared_cores[position])
                .fold(f64::INFINITY, f64::min),
            nearest: vec![Nearest::NONE; positions.len()],
        };
        search.descend(self.index.root());
        let nearest = search.nearest;
        // What was passed over lies beyond the limit, which other threads may have lowered meanwhile.
        let limit = self.limit(positions[0]);
        let start = self.index.positions(leaf).start;
        for (&position, nearest) in positions.iter().zip(nearest) {
            let found = nearest.link.length <= limit;
            let known = &mut known[position - start];
            known.nearest = if found { nearest } else { Nearest::NONE };
            known.bound = limit;
        }
    }

    /// The shortest link of each component.
    fn shortest(&self, known: &[Known]) -> Vec<Nearest> {
        let mut shortest = vec![Nearest::NONE; self.n_components];
        for (&component, known) in self.components.iter().zip(known) {
            let Nearest { link, to, tie } = known.nearest;
            if link.is_some() {
                let shortest = &mut shortest[component as usize];
                let shorter = link.length < shortest.link.length;
                shortest.improve(link, to);
                shortest.tie = tie || (shortest.tie && !shorter);
            }
        }
        shortest
    }
}

/// The search for the nearest positions of other components, from some of one component in one leaf.
struct Search<'a> {
    forest: &'a Forest<'a>,
    leaf: Node,
    positions: &'a [usize],
    /// Their points, row by row.
    points: &'a [f32],
    /// The least of their core distances, squared.
    core: f64,
    nearest: Vec<Nearest>,
}

impl Search<'_> {
    fn descend(&mut self, node: Node) {
        let forest = self.forest;
        if forest.node_components[node.id] == forest.components[self.positions[0]] {
            return;
        }
        if let Some(leaf) = node.leaf() {
            self.scan(node, leaf);
            return;
        }
        let mut children = node
            .children()
            .map(|child| (forest.index.between(self.leaf, child), child));
        if children[1].0 < children[0].0 {
            children.swap(0, 1);
        }
        for (distance, child) in children {
            let length = distance.max(self.core).max(forest.node_cores[child.id]);
            if length.to_bits() <= forest.limit(self.positions[0]) {
                self.descend(child);
            }
        }
    }

    fn scan(&mut self, node: Node, leaf: usize) {
        let forest = self.forest;
        let own = forest.components[self.positions[0]];
        let others = &forest.components[forest.index.positions(node)];
        let points = self.points.chunks_exact(forest.index.n_features());
        for ((&position, point), nearest) in
            self.positions.iter().zip(points).zip(&mut self.nearest)
        {
            let distance = forest.index.nearest(node, point);
            let core = forest.squared_cores[position].max(forest.node_cores[node.id]);
            let least = (distance.max(core).to_bits(), distance.to_bits());
            if least > (nearest.link.length, nearest.link.distance)
                || least.0 > forest.limit(position)
            {
                continue;
            }
            let mut distances = forest.index.leaf_distances(leaf, point);
            // Not by a branch: which points are of other components no predictor foresees.
            for (squared, &other) in distances.iter_mut().zip(others) {
                *squared = if other == own {
                    f64::INFINITY
                } else {
                    *squared
                };
            }
            for (at, &squared) in distances[..others.len()].iter().enumerate() {
                if squared.to_bits() <= nearest.link.length {
                    let other = leaf * LEAF + at;
                    nearest.improve(forest.link(position, other, squared), other as u32);
                }
            }
            forest.lower_limit(position, nearest.link.length);
        }
    }
}
