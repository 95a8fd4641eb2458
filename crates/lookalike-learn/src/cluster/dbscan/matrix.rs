//! Neighbourhoods by a matrix of distances.

use ndarray::ArrayRef2;
use rayon::prelude::*;

use super::{Neighborhoods, UnionFind, WeightedNeighborhoods};
use crate::input::check_distances;
use crate::{Context, Result};

/// The position of a point is its row.
#[derive(Debug)]
pub(super) struct Matrix<'a> {
    distances: &'a ArrayRef2<f64>,
    eps: f64,
    context: &'a Context,
}

impl<'a> Matrix<'a> {
    pub(super) fn new(
        distances: &'a ArrayRef2<f64>,
        eps: f64,
        context: &'a Context,
    ) -> Result<Self> {
        check_distances(distances)?;
        Ok(Self {
            distances,
            eps,
            context,
        })
    }

    /// Applies `work` to the points within reach of each point, in parallel.
    fn map_neighbors<T: Send>(
        &self,
        work: impl Fn(usize, &mut dyn Iterator<Item = usize>) -> T + Sync,
    ) -> Result<Vec<T>> {
        (0..self.distances.nrows())
            .into_par_iter()
            .map(|i| {
                self.context.check()?;
                let row = self.distances.row(i);
                let near = row.iter().enumerate().filter(|(_, d)| **d <= self.eps);
                Ok(work(i, &mut near.map(|(j, _)| j)))
            })
            .collect()
    }
}

impl Neighborhoods for Matrix<'_> {
    fn rows(&self) -> Vec<u32> {
        (0..self.distances.nrows() as u32).collect()
    }

    fn find_core(&self, min_samples: usize) -> Result<Vec<bool>> {
        self.map_neighbors(|_, near| near.count() >= min_samples)
    }

    fn unite_core(&self, core: &[bool], sets: &UnionFind) -> Result<()> {
        self.map_neighbors(|i, near| {
            if core[i] {
                near.filter(|&j| core[j]).for_each(|j| sets.unite(i, j));
            }
        })?;
        Ok(())
    }

    fn label_border(&self, core: &[bool], labels: &mut [i32]) -> Result<()> {
        let least = self.map_neighbors(|i, near| {
            (!core[i])
                .then(|| near.filter(|&j| core[j]).map(|j| labels[j]).min())
                .flatten()
        })?;
        for (label, least) in labels.iter_mut().zip(least) {
            *label = least.unwrap_or(*label);
        }
        Ok(())
    }
}

impl WeightedNeighborhoods for Matrix<'_> {
    fn find_heavy(&self, weights: &[f64], min_weight: f64) -> Result<Vec<bool>> {
        self.map_neighbors(|_, near| near.map(|j| weights[j]).sum::<f64>() >= min_weight)
    }
}
