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

/// Places of a row for candidates, beyond three for every two neighbours.
const SPARE: usize = 32;
/// Neighbours that are unpacked before their memory is given back.
const UNPACKED: usize = 1 << 16;

/// The exact `k` nearest other rows of each row; 1 ≤ `k` < number of rows.
pub(super) fn k_nearest(samples: &Samples<'_>, k: usize, context: &Context) -> Result<Neighbors> {
    let n = samples.n_samples();
    let bounds = DistanceBounds::new(samples);
    let places = n.min(k + k / 2 + SPARE);
    let mut candidates = vec![0u64; n * places];
    let blocks: Vec<Mutex<Searches<'_>>> = candidates
        .chunks_mut(ROWS * places)
        .enumerate()
        .map(|(block, candidates)| Mutex::new(Searches::new(block * ROWS, k, places, candidates)))
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
    blocks
        .into_par_iter()
        .for_each(|searches| lock(&searches).finish(samples, &bounds));
    keep_first(&mut candidates, places, k);
    let mut indices = vec![0u32; n * k];
    let mut distances = vec![0.0f32; n * k];
    // Memory is given back as it is read.
    for start in (0..n * k).step_by(UNPACKED).rev() {
        let nearest = candidates.drain(start..);
        let places = indices[start..].iter_mut().zip(&mut distances[start..]);
        for ((index, distance), nearest) in places.zip(nearest) {
            *index = index_of(nearest);
            *distance = number_of(nearest);
        }
        candidates.shrink_to_fit();
    }
    Ok(Neighbors {
        indices: Array2::from_shape_vec((n, k), indices).expect("n·k indices"),
        distances: Array2::from_shape_vec((n, k), distances).expect("n·k distances"),
    })
}

/// Keeps the first `k` of the places of each row, and no more memory than these need.
fn keep_first(values: &mut Vec<u64>, places: usize, k: usize) {
    let n = values.len() / places;
    for row in 1..n {
        values.copy_within(row * places..row * places + k, row * k);
    }
    values.truncate(n * k);
    values.shrink_to_fit();
}

fn lock<'a, 'b>(searches: &'a Mutex<Searches<'b>>) -> MutexGuard<'a, Searches<'b>> {
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
    fn offer_columns(&self, scratch: &mut Scratch, searches: &mut Searches<'_>) {
        let lower = &self.bounds.lower[self.columns.clone()];
        let products = scratch.products.chunks_exact(lower.len());
        for (at, products) in products.enumerate() {
            scratch.hits.clear();
            find_hits(lower, products, searches.thresholds[at], &mut scratch.hits);
            for &hit in &scratch.hits {
                let lower = lower[hit as usize] - 2.0 * products[hit as usize];
                let column = self.columns.start as u32 + hit;
                searches.offer(at, lower, column, self.samples, self.bounds);
            }
        }
    }

    /// Offers the rows to the searches of the columns.
    fn offer_rows(&self, scratch: &mut Scratch, searches: &mut Searches<'_>) {
        scratch.thresholds.clear();
        scratch
            .thresholds
            .extend(searches.thresholds.iter().map(|threshold| -threshold));
        let products = scratch.products.chunks_exact(self.columns.len());
        for (row, products) in self.rows.clone().zip(products) {
            let lower = self.bounds.lower[row];
            scratch.hits.clear();
            // lower − 2p ≤ t is −t − 2p ≤ −lower: here, what is compared with is the same for all
            // columns, and the thresholds are not.
            find_hits(&scratch.thresholds, products, -lower, &mut scratch.hits);
            for &hit in &scratch.hits {
                let (at, lower) = (hit as usize, lower - 2.0 * products[hit as usize]);
                searches.offer(at, lower, row as u32, self.samples, self.bounds);
            }
        }
    }
}

/// A row in one number with what ranks it, so that rows ascend as that does, and those of equal rank by index.
fn ranked(number: f32, index: u32) -> u64 {
    let bits = number.to_bits();
    let ascending = bits ^ if bits >> 31 == 0 { 1 << 31 } else { u32::MAX };
    u64::from(ascending) << u32::BITS | u64::from(index)
}

fn number_of(ranked: u64) -> f32 {
    let ascending = (ranked >> u32::BITS) as u32;
    f32::from_bits(
        ascending
            ^ if ascending >> 31 == 1 {
                1 << 31
            } else {
                u32::MAX
            },
    )
}

fn index_of(ranked: u64) -> u32 {
    ranked as u32
}

/// The searches for the nearest of a block of rows.
#[derive(Debug)]
struct Searches<'a> {
    first_row: usize,
    k: usize,
    /// Of each row, for its candidates.
    places: usize,
    /// A column whose lower bound exceeds that of a row is not among its nearest.
    thresholds: Vec<f32>,
    counts: Vec<usize>,
    /// Ranked by the lower bound of the squared distance, less the share of the row.
    candidates: &'a mut [u64],
}

impl<'a> Searches<'a> {
    fn new(first_row: usize, k: usize, places: usize, candidates: &'a mut [u64]) -> Self {
        let n = candidates.len() / places;
        Self {
            first_row,
            k,
            places,
            thresholds: vec![f32::INFINITY; n],
            counts: vec![0; n],
            candidates,
        }
    }

    /// Takes a column with its lower bound in, if it can still be among the nearest of row `at` of the block.
    fn offer(
        &mut self,
        at: usize,
        lower: f32,
        column: u32,
        samples: &Samples<'_>,
        bounds: &DistanceBounds,
    ) {
        if column as usize == self.first_row + at || lower > self.thresholds[at] {
            return;
        }
        self.push(at, ranked(lower, column));
        if self.counts[at] == self.places {
            self.tighten(at, bounds);
            if self.counts[at] > self.k + self.k / 4 + SPARE / 2 {
                self.settle(at, samples, bounds);
            }
        }
    }

    fn push(&mut self, at: usize, candidate: u64) {
        self.candidates[at * self.places + self.counts[at]] = candidate;
        self.counts[at] += 1;
    }

    fn candidates(&mut self, at: usize) -> &mut [u64] {
        let first = at * self.places;
        &mut self.candidates[first..first + self.counts[at]]
    }

    fn retain(&mut self, at: usize, keeps: impl Fn(u64) -> bool) {
        let candidates = self.candidates(at);
        let mut kept = 0;
        for i in 0..candidates.len() {
            candidates[kept] = candidates[i];
            kept += usize::from(keeps(candidates[i]));
        }
        self.counts[at] = kept;
    }

    /// Drops the candidates whose lower bound exceeds the upper bounds of the k with the least ones.
    fn tighten(&mut self, at: usize, bounds: &DistanceBounds) {
        let k = self.k;
        let (below, &mut kth, _) = self.candidates(at).select_nth_unstable(k - 1);
        let slack = |candidate: u64| bounds.slack[index_of(candidate) as usize];
        let largest = below.iter().map(|&c| slack(c)).fold(slack(kth), f32::max);
        let upper = number_of(kth) + largest + bounds.slack[self.first_row + at];
        let threshold = self.thresholds[at].min(upper);
        self.thresholds[at] = threshold;
        self.retain(at, |candidate| number_of(candidate) <= threshold);
    }

    /// Keeps the k best alone, by f64 distances: for data with so many near ties that bounds do not
    /// tell them apart.
    fn settle(&mut self, at: usize, samples: &Samples<'_>, bounds: &DistanceBounds) {
        let nearest = self.nearest(at, samples);
        let (kth, _) = nearest[self.k - 1];
        let lower = f64::from(bounds.lower[self.first_row + at]);
        let upper = (kth * bounds.squared_scale - lower) as f32;
        self.thresholds[at] = self.thresholds[at].min(upper);
        let mut kept: Vec<u32> = nearest[..self.k].iter().map(|&(_, index)| index).collect();
        kept.sort_unstable();
        self.retain(at, |candidate| {
            kept.binary_search(&index_of(candidate)).is_ok()
        });
    }

    /// The candidates as (squared distance, index), nearest first.
    fn nearest(&mut self, at: usize, samples: &Samples<'_>) -> Vec<(f64, u32)> {
        let row = samples.row(self.first_row + at);
        let mut nearest: Vec<(f64, u32)> = self
            .candidates(at)
            .iter()
            .map(|&candidate| {
                let index = index_of(candidate);
                (squared_distance(row, samples.row(index as usize)), index)
            })
            .collect();
        // Squares ascend as their bits do; in one number with the index, they are compared at once.
        let key = |&(squared, index): &(f64, u32)| {
            u128::from(squared.to_bits()) << u32::BITS | u128::from(index)
        };
        nearest.sort_unstable_by_key(key);
        nearest
    }

    /// Leaves the k nearest in the places of each row, ranked by their distances, once all rows were offered.
    fn finish(&mut self, samples: &Samples<'_>, bounds: &DistanceBounds) {
        for at in 0..self.counts.len() {
            self.tighten(at, bounds);
            let nearest = self.nearest(at, samples);
            for (candidate, (squared, index)) in self.candidates(at).iter_mut().zip(nearest) {
                *candidate = ranked(squared.sqrt() as f32, index);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_ascend_as_what_ranks_them() {
        let numbers = [
            f32::NEG_INFINITY,
            -2.5,
            -0.0,
            0.0,
            1e-40,
            7.0,
            f32::INFINITY,
        ];
        let all = numbers.map(|number| [0, u32::MAX].map(|index| ranked(number, index)));
        assert!(all.as_flattened().is_sorted());
        for (number, [first, last]) in numbers.into_iter().zip(all) {
            assert_eq!(number_of(first).to_bits(), number.to_bits());
            assert_eq!((index_of(first), index_of(last)), (0, u32::MAX));
        }
    }

    #[test]
    fn a_far_row_does_not_loosen_the_threshold_of_near_ones() {
        let far = |i: usize| if i == 0 { 1e6 } else { 0.0 };
        let x = Array2::from_shape_fn((50, 9), |(i, j)| far(i) + ((i * 7 + j) % 11) as f32);
        let samples = Samples::new(&x).unwrap();
        let bounds = DistanceBounds::new(&samples);
        let mut candidates = [0; 50];
        let mut searches = Searches::new(1, 3, 50, &mut candidates);
        for index in 0..50 {
            let lower = match index {
                0 => 100.0 * bounds.slack[0],
                _ => index as f32 * bounds.slack[0] / 10.0,
            };
            searches.push(0, ranked(lower, index));
        }
        searches.tighten(0, &bounds);
        // Those of lower bounds 1, 2 and 3, and what their own upper bounds leave open.
        assert_eq!(searches.counts, [3]);
    }
}
