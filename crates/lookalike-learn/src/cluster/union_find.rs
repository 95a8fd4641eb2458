//! Disjoint sets that threads may unite at the same time.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A partition of `0..n`; at first every item is alone.
///
/// The representative of a set is its least item, so that the outcome does not depend on the order
/// of the unions, nor on who made them. Lock-free, after Anderson and Woll (STOC 1991); parents
/// only ever become smaller, which is what makes relaxed ordering enough.
#[derive(Debug)]
pub(super) struct UnionFind {
    parents: Vec<AtomicU32>,
}

impl UnionFind {
    pub(super) fn new(n: usize) -> Self {
        Self {
            parents: (0..n as u32).map(AtomicU32::new).collect(),
        }
    }

    /// The representative of the set of `item`.
    pub(super) fn find(&self, item: usize) -> usize {
        let mut item = item as u32;
        loop {
            let parent = self.parents[item as usize].load(Relaxed);
            let grandparent = self.parents[parent as usize].load(Relaxed);
            if parent == grandparent {
                return parent as usize;
            }
            // Losing this race to another thread only leaves the path longer.
            let _ =
                self.parents[item as usize].compare_exchange(parent, grandparent, Relaxed, Relaxed);
            item = grandparent;
        }
    }

    pub(super) fn unite(&self, a: usize, b: usize) {
        let (mut a, mut b) = (a, b);
        loop {
            (a, b) = (self.find(a), self.find(b));
            if a == b {
                return;
            }
            let (least, largest) = (a.min(b) as u32, a.max(b) as u32);
            let united =
                self.parents[largest as usize].compare_exchange(largest, least, Relaxed, Relaxed);
            if united.is_ok() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::UnionFind;
    use crate::random::Random;

    #[test]
    fn equals_repeated_relabelling() {
        const N: usize = 2000;
        let random = Random::new(0, 0);
        let pairs: Vec<(usize, usize)> = (0..1800)
            .map(|i| (random.below(2 * i, N), random.below(2 * i + 1, N)))
            .collect();
        let sets = UnionFind::new(N);
        pairs.par_iter().for_each(|&(a, b)| sets.unite(a, b));
        let mut least: Vec<usize> = (0..N).collect();
        for &(a, b) in &pairs {
            let (keep, drop) = (least[a].min(least[b]), least[a].max(least[b]));
            for label in &mut least {
                if *label == drop {
                    *label = keep;
                }
            }
        }
        assert!((0..N).all(|i| sets.find(i) == least[i]));
    }
}
