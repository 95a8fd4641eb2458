//! Nearest neighbours by comparing all pairs, block by block.
//!
//! A block of products is scanned once for the few columns that can still be among the nearest,
//! which go into a small buffer for each row. What is left at the end is ranked by f64 distances.

use ndarray::Array2;
use rayon::prelude::*;

use super::Neighbors;
use super::bounds::{DistanceBounds, find_hits};
use crate::distance::squared_distance;
use crate::input::Samples;
use crate::{Context, Result};

/// Rows and columns of a block of products: with these it stays in the L2 cache.
const ROWS: usize = 256;
const COLUMNS: usize = 512;

#[derive(Debug, Clone, Copy)]
struct Candidate {
    /// The bounds of the squared distance, less the share of the row.
    lower: f32,
    upper: f32,
    index: u32,
}

/// The exact `k` nearest other rows of each row; 1 ≤ `k` < number of rows.
pub(super) fn k_nearest(samples: &Samples<'_>, k: usize, context: &Context) -> Result<Neighbors> {
    let n = samples.n_samples();
    let bounds = DistanceBounds::new(samples);
    let mut indices = vec![0u32; n * k];
    let mut distances = vec![0.0f32; n * k];
    indices
        .par_chunks_mut(ROWS * k)
        .zip(distances.par_chunks_mut(ROWS * k))
        .enumerate()
        .try_for_each_init(
            Scratch::default,
            |scratch, (block, (indices, distances))| {
                let first = block * ROWS;
                let rows = first..n.min(first + ROWS);
                let mut searches: Vec<Search> =
                    rows.clone().map(|row| Search::new(row, k)).collect();
                for start in (0..n).step_by(COLUMNS) {
                    context.check()?;
                    let columns = start..n.min(start + COLUMNS);
                    let width = columns.len();
                    scratch.products.resize(rows.len() * width, 0.0);
                    bounds.products(
                        rows.clone(),
                        &bounds,
                        columns.clone(),
                        &mut scratch.products,
                    );
                    let (lower, slack) = (&bounds.lower[columns.clone()], &bounds.slack[columns]);
                    for (search, products) in searches
                        .iter_mut()
                        .zip(scratch.products.chunks_exact(width))
                    {
                        scratch.hits.clear();
                        find_hits(lower, products, search.threshold, &mut scratch.hits);
                        for &hit in &scratch.hits {
                            let at = hit as usize;
                            let lower = lower[at] - 2.0 * products[at];
                            let candidate = Candidate {
                                lower,
                                upper: lower + slack[at],
                                index: start as u32 + hit,
                            };
                            search.push(candidate, samples, &bounds);
                        }
                    }
                }
                for ((search, indices), distances) in searches
                    .iter_mut()
                    .zip(indices.chunks_exact_mut(k))
                    .zip(distances.chunks_exact_mut(k))
                {
                    search.tighten(&bounds);
                    let nearest = search.ranked(samples);
                    for ((index, distance), (squared, i)) in
                        indices.iter_mut().zip(distances).zip(nearest)
                    {
                        *index = i;
                        *distance = squared.sqrt() as f32;
                    }
                }
                Ok(())
            },
        )?;
    Ok(Neighbors {
        indices: Array2::from_shape_vec((n, k), indices).expect("n·k indices"),
        distances: Array2::from_shape_vec((n, k), distances).expect("n·k distances"),
    })
}

/// Buffers that a thread uses again.
#[derive(Debug, Default)]
struct Scratch {
    products: Vec<f32>,
    hits: Vec<u32>,
}

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
    fn new(row: usize, k: usize) -> Self {
        Self {
            row,
            k,
            threshold: f32::INFINITY,
            candidates: Vec::new(),
        }
    }

    fn capacity(&self) -> usize {
        2 * self.k + 64
    }

    fn push(&mut self, candidate: Candidate, samples: &Samples<'_>, bounds: &DistanceBounds) {
        if candidate.index as usize == self.row || candidate.lower > self.threshold {
            return;
        }
        self.candidates.push(candidate);
        if self.candidates.len() >= self.capacity() {
            self.tighten(bounds);
            if self.candidates.len() > self.k + self.k / 2 + 32 {
                self.settle(samples, bounds);
            }
        }
    }

    /// Drops the candidates whose lower bound exceeds the k-th least upper bound.
    fn tighten(&mut self, bounds: &DistanceBounds) {
        let mut upper: Vec<f32> = self.candidates.iter().map(|c| c.upper).collect();
        let (_, &mut kth, _) = upper.select_nth_unstable_by(self.k - 1, f32::total_cmp);
        self.threshold = self.threshold.min(kth + bounds.slack[self.row]);
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
        ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        ranked
    }
}
