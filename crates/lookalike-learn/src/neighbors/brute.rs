//! Nearest neighbours by comparing all pairs, block by block.
//!
//! Distances are symmetric, so that a block of products serves its rows and its columns. It is
//! scanned once for each of them, for the few pairs that can still be among the nearest, which go
//! into a small buffer for each row. What is left at the end is ranked by f64 distances: in which
//! order blocks come to a row does not matter.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

use ndarray::Array2;
use rayon::prelude::*;

use super::Neighbors;
use super::bounds::{DistanceBounds, find_hits};
use crate::distance::squared_distance;
use crate::input::Samples;
use crate::{Context, Result};

/// Rows and columns of a block of products: with these it stays in the L2 cache.
const ROWS: usize = 256;

#[derive(Debug, Clone, Copy)]
struct Candidate {
    /// The lower bound of the squared distance, less the share of the row.
    lower: f32,
    index: u32,
}

/// The exact `k` nearest other rows of each row; 1 ≤ `k` < number of rows.
pub(super) fn k_nearest(samples: &Samples<'_>, k: usize, context: &Context) -> Result<Neighbors> {
    let n = samples.n_samples();
    let bounds = DistanceBounds::new(samples);
    let blocks: Vec<Mutex<Vec<Search>>> = (0..n)
        .step_by(ROWS)
        .map(|first| {
            let searches = (first..n.min(first + ROWS)).map(|row| Search::new(row, k, n));
            Mutex::new(searches.collect())
        })
        .collect();
    (0..blocks.len())
        .into_par_iter()
        .try_for_each_init(Scratch::default, |scratch, block| {
            for other in block..blocks.len() {
                context.check()?;
                let tile = Tile {
                    samples,
                    bounds: &bounds,
                    rows: block * ROWS..n.min((block + 1) * ROWS),
                    columns: other * ROWS..n.min((other + 1) * ROWS),
                };
                tile.multiply(scratch);
                tile.offer_columns(scratch, &mut lock(&blocks[block]));
                if other != block {
                    tile.offer_rows(scratch, &mut lock(&blocks[other]));
                }
            }
            Ok(())
        })?;

    let mut indices = vec![0u32; n * k];
    let mut distances = vec![0.0f32; n * k];
    indices
        .par_chunks_mut(ROWS * k)
        .zip(distances.par_chunks_mut(ROWS * k))
        .zip(&blocks)
        .for_each(|((indices, distances), searches)| {
            for ((search, indices), distances) in lock(searches)
                .drain(..)
                .zip(indices.chunks_exact_mut(k))
                .zip(distances.chunks_exact_mut(k))
            {
                let nearest = search.nearest(samples, &bounds);
                for ((index, distance), (squared, i)) in
                    indices.iter_mut().zip(distances).zip(nearest)
                {
                    *index = i;
                    *distance = squared.sqrt() as f32;
                }
            }
        });
    Ok(Neighbors {
        indices: Array2::from_shape_vec((n, k), indices).expect("n·k indices"),
        distances: Array2::from_shape_vec((n, k), distances).expect("n·k distances"),
    })
}

fn lock(searches: &Mutex<Vec<Search>>) -> MutexGuard<'_, Vec<Search>> {
    searches.lock().expect("searches do not panic")
}

/// Buffers that a thread uses again.
#[derive(Debug, Default)]
struct Scratch {
    products: Vec<f32>,
    thresholds: Vec<f32>,
    hits: Vec<u32>,
}

/// A block of the matrix of all pairs.
struct Tile<'a> {
    samples: &'a Samples<'a>,
    bounds: &'a DistanceBounds,
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Tile<'_> {
    fn multiply(&self, scratch: &mut Scratch) {
        let size = self.rows.len() * self.columns.len();
        scratch.products.resize(size, 0.0);
        let (rows, columns) = (self.rows.clone(), self.columns.clone());
        self.bounds
            .products(rows, self.bounds, columns, &mut scratch.products);
    }

    /// Offers the columns to the searches of the rows.
    fn offer_columns(&self, scratch: &mut Scratch, searches: &mut [Search]) {
        let lower = &self.bounds.lower[self.columns.clone()];
        let products = scratch.products.chunks_exact(lower.len());
        for (search, products) in searches.iter_mut().zip(products) {
            scratch.hits.clear();
            find_hits(lower, products, search.threshold, &mut scratch.hits);
            for &hit in &scratch.hits {
                let candidate = Candidate {
                    lower: lower[hit as usize] - 2.0 * products[hit as usize],
                    index: self.columns.start as u32 + hit,
                };
                search.push(candidate, self.samples, self.bounds);
            }
        }
    }

    /// Offers the rows to the searches of the columns.
    fn offer_rows(&self, scratch: &mut Scratch, searches: &mut [Search]) {
        scratch.thresholds.clear();
        scratch
            .thresholds
            .extend(searches.iter().map(|search| -search.threshold));
        let products = scratch.products.chunks_exact(searches.len());
        for (row, products) in self.rows.clone().zip(products) {
            let lower = self.bounds.lower[row];
            scratch.hits.clear();
            // lower − 2p ≤ t is −t − 2p ≤ −lower: here, what is compared with is the same for all
            // columns, and the thresholds are not.
            find_hits(&scratch.thresholds, products, -lower, &mut scratch.hits);
            for &hit in &scratch.hits {
                let candidate = Candidate {
                    lower: lower - 2.0 * products[hit as usize],
                    index: row as u32,
                };
                searches[hit as usize].push(candidate, self.samples, self.bounds);
            }
        }
    }
}

/// Places in a buffer beyond three for every two neighbours.
const SPARE: usize = 32;

/// The search for the nearest of one row.
#[derive(Debug)]
struct Search {
    row: usize,
    k: usize,
    /// A column whose lower bound exceeds this is not among the nearest.
    threshold: f32,
    candidates: Vec<Candidate>,
}

impl Search {
    fn new(row: usize, k: usize, n: usize) -> Self {
        Self {
            row,
            k,
            threshold: f32::INFINITY,
            candidates: Vec::with_capacity(n.min(k + k / 2 + SPARE)),
        }
    }

    fn push(&mut self, candidate: Candidate, samples: &Samples<'_>, bounds: &DistanceBounds) {
        if candidate.index as usize == self.row || candidate.lower > self.threshold {
            return;
        }
        self.candidates.push(candidate);
        if self.candidates.len() == self.candidates.capacity() {
            self.tighten(bounds);
            if self.candidates.len() > self.k + self.k / 4 + SPARE / 2 {
                self.settle(samples, bounds);
            }
        }
    }

    /// The nearest as (squared distance, index), once all rows were offered.
    fn nearest(
        mut self,
        samples: &Samples<'_>,
        bounds: &DistanceBounds,
    ) -> impl Iterator<Item = (f64, u32)> {
        self.tighten(bounds);
        self.ranked(samples).into_iter().take(self.k)
    }

    /// Drops the candidates whose lower bound exceeds the upper bounds of the k with the least ones.
    fn tighten(&mut self, bounds: &DistanceBounds) {
        let by_lower = |a: &Candidate, b: &Candidate| a.lower.total_cmp(&b.lower);
        let (below, kth, _) = self.candidates.select_nth_unstable_by(self.k - 1, by_lower);
        let slack = |candidate: &Candidate| bounds.slack[candidate.index as usize];
        let largest = below.iter().map(slack).fold(slack(kth), f32::max);
        let upper = kth.lower + largest + bounds.slack[self.row];
        self.threshold = self.threshold.min(upper);
        self.candidates.retain(|c| c.lower <= self.threshold);
    }

    /// Keeps the k best alone, by f64 distances: for data with so many near ties that bounds do not
    /// tell them apart.
    fn settle(&mut self, samples: &Samples<'_>, bounds: &DistanceBounds) {
        let ranked = self.ranked(samples);
        let (kth, _) = ranked[self.k - 1];
        let lower = f64::from(bounds.lower[self.row]);
        self.threshold = self
            .threshold
            .min((kth * bounds.squared_scale - lower) as f32);
        let mut kept: Vec<u32> = ranked[..self.k].iter().map(|&(_, index)| index).collect();
        kept.sort_unstable();
        self.candidates
            .retain(|c| kept.binary_search(&c.index).is_ok());
    }

    /// The candidates as (squared distance, index), nearest first.
    fn ranked(&self, samples: &Samples<'_>) -> Vec<(f64, u32)> {
        let row = samples.row(self.row);
        let mut ranked: Vec<(f64, u32)> = self
            .candidates
            .iter()
            .map(|c| {
                let squared = squared_distance(row, samples.row(c.index as usize));
                (squared, c.index)
            })
            .collect();
        // Squares ascend as their bits do; in one number with the index, they are compared at once.
        let key = |&(squared, index): &(f64, u32)| {
            u128::from(squared.to_bits()) << u32::BITS | u128::from(index)
        };
        ranked.sort_unstable_by_key(key);
        ranked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_row_does_not_loosen_the_threshold_of_near_ones() {
        let far = |i: usize| if i == 0 { 1e6 } else { 0.0 };
        let x = Array2::from_shape_fn((50, 9), |(i, j)| far(i) + ((i * 7 + j) % 11) as f32);
        let samples = Samples::new(&x).unwrap();
        let bounds = DistanceBounds::new(&samples);
        let mut search = Search::new(1, 3, 50);
        let lower = |index: u32| match index {
            0 => 100.0 * bounds.slack[0],
            _ => index as f32 * bounds.slack[0] / 10.0,
        };
        let candidates = (0..50).map(|index| Candidate {
            lower: lower(index),
            index,
        });
        search.candidates.extend(candidates);
        search.tighten(&bounds);
        // Those of lower bounds 1, 2 and 3, and what their own upper bounds leave open.
        assert_eq!(search.candidates.len(), 3);
    }
}
