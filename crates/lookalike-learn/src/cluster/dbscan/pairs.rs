//! Neighbourhoods by a list of all pairs within reach, where there are few.

use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::Relaxed};

use rayon::prelude::*;

use super::{Neighborhoods, UnionFind};
use crate::Result;

/// The position of a point is its row.
#[derive(Debug)]
pub(super) struct Pairs {
    n: usize,
    /// Each pair once, in lists of any length.
    lists: Vec<Vec<[u32; 2]>>,
}

impl Pairs {
    /// Of `n` points.
    pub(super) fn new(n: usize, lists: Vec<Vec<[u32; 2]>>) -> Self {
        Self { n, lists }
    }

    fn for_each(&self, work: impl Fn(usize, usize) + Sync) {
        self.lists.par_iter().for_each(|pairs| {
            for &[i, j] in pairs {
                work(i as usize, j as usize);
            }
        });
    }
}

impl Neighborhoods for Pairs {
    fn rows(&self) -> Vec<u32> {
        (0..self.n as u32).collect()
    }

    fn find_core(&self, min_samples: usize) -> Result<Vec<bool>> {
        let counts: Vec<AtomicUsize> = (0..self.n).map(|_| AtomicUsize::new(1)).collect();
        self.for_each(|i, j| {
            counts[i].fetch_add(1, Relaxed);
            counts[j].fetch_add(1, Relaxed);
        });
        let counts = counts.into_iter().map(AtomicUsize::into_inner);
        Ok(counts.map(|count| count >= min_samples).collect())
    }

    fn unite_core(&self, core: &[bool], sets: &UnionFind) -> Result<()> {
        self.for_each(|i, j| {
            if core[i] && core[j] {
                sets.unite(i, j);
            }
        });
        Ok(())
    }

    fn label_border(&self, core: &[bool], labels: &mut [i32]) -> Result<()> {
        let least: Vec<AtomicI32> = labels.iter().map(|_| AtomicI32::new(i32::MAX)).collect();
        self.for_each(|i, j| {
            if core[i] != core[j] {
                let (of_core, border) = if core[i] { (i, j) } else { (j, i) };
                least[border].fetch_min(labels[of_core], Relaxed);
            }
        });
        for (label, least) in labels.iter_mut().zip(least) {
            let least = least.into_inner();
            if least != i32::MAX {
                *label = least;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::Blocks;
    use super::super::{Neighborhoods, cluster};
    use crate::Context;
    use crate::input::Samples;
    use ndarray::Array2;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn clusters_are_those_of_blocks(
            n in 1usize..900,
            d in 1usize..12,
            min_samples in 1usize..9,
            values in prop::collection::vec(0u8..6, 900 * 12),
            squared_eps in 0.5f64..12.0,
        ) {
            let x = Array2::from_shape_fn((n, d), |(i, j)| f32::from(values[i * d + j]));
            let samples = Samples::new(&x).unwrap();
            let context = Context::default();
            let blocks = Blocks::new(&samples, squared_eps, &context);
            let core = blocks.find_core(min_samples).unwrap();
            let expected = cluster(&blocks, &core).unwrap();
            let pairs = blocks.pairs().unwrap();
            // A point cannot have more others than these, which are kept.
            prop_assert!(pairs.is_some() || n > 128);
            if let Some(pairs) = pairs {
                prop_assert_eq!(&pairs.find_core(min_samples).unwrap(), &core);
                prop_assert_eq!(cluster(&pairs, &core).unwrap(), expected);
            }
        }
    }

    #[test]
    fn there_are_too_many_where_all_points_are_near() {
        let context = Context::default();
        let pairs_within = |squared_eps: f64| {
            let x = Array2::from_shape_fn((1000, 10), |(i, j)| (i * (j + 1) % 97) as f32);
            let samples = Samples::new(&x).unwrap();
            Blocks::new(&samples, squared_eps, &context)
                .pairs()
                .unwrap()
        };
        assert!(pairs_within(1e6).is_none());
        assert!(pairs_within(1.0).is_some());
    }
}
