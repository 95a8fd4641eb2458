//! Neighbourhoods in many dimensions, by blocks of matrix products.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rayon::prelude::*;

use super::pairs::Pairs;
use super::{Neighborhoods, UnionFind, WeightedNeighborhoods};
use crate::distance::squared_distance;
use crate::input::Samples;
use crate::neighbors::bounds::{DistanceBounds, find_hits};
use crate::parallel::blocks;
use crate::{Context, Result};

/// Rows and columns of a block of products: with these it stays in the L2 cache.
const ROWS: usize = 256;
const COLUMNS: usize = 512;

/// Pairs within reach are kept where there are no more than so many for each row, as far as a sample tells: ...
const PAIRS_OF_ROW: usize = 64;
/// ... of this many rows ...
const SAMPLE: usize = 256;
/// ... but no more than one in so many, for what that costs.
const LEAST_STEP: usize = 64;

/// All pairs are compared; the position of a point is its row.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    samples: &'a Samples<'a>,
    bounds: DistanceBounds,
    squared_eps: f64,
    context: &'a Context,
}

/// Buffers that a thread uses again.
#[derive(Debug, Default)]
struct Scratch {
    products: Vec<f32>,
    hits: Vec<u32>,
}

/// Which columns a block of rows is compared with.
#[derive(Debug, Clone, Copy)]
enum Columns {
    All,
    /// Those from its first row on: the rest are the rows of other blocks.
    FromRows,
}

/// Some rows of the samples, with their bounds one after another.
#[derive(Debug)]
struct Selection {
    rows: Vec<u32>,
    bounds: DistanceBounds,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(samples: &'a Samples<'a>, squared_eps: f64, context: &'a Context) -> Self {
        Self {
            samples,
            bounds: DistanceBounds::new(samples),
            squared_eps,
            context,
        }
    }

    /// All pairs within reach, unless there are too many to keep.
    pub(super) fn pairs(&self) -> Result<Option<Pairs>> {
        let n = self.samples.n_samples();
        let all = self.select(|_| true);
        let step = n.div_ceil(SAMPLE).max(LEAST_STEP);
        let sample = self.select(|row| row % step == 0);
        let met = self.fold_pairs(
            &sample,
            (&all, Columns::All),
            |_| 0,
            |count, _, _| *count += 1,
        )?;
        // The other row of a pair meets it too.
        if met.into_iter().sum::<usize>() > 2 * PAIRS_OF_ROW * sample.rows.len() {
            return Ok(None);
        }
        let lists = self.fold_pairs(
            &all,
            (&all, Columns::FromRows),
            |_| Vec::new(),
            |pairs, i, j| {
                if i < j {
                    pairs.push([i as u32, j as u32]);
                }
            },
        )?;
        Ok(Some(Pairs::new(n, lists)))
    }

    fn select(&self, wanted: impl Fn(usize) -> bool) -> Selection {
        let rows: Vec<u32> = (0..self.samples.n_samples())
            .filter(|&row| wanted(row))
            .map(|row| row as u32)
            .collect();
        Selection {
            bounds: self.bounds.select(&rows),
            rows,
        }
    }

    /// Calls `found(i, j)` for each pair of `a[i]` and `b[j]` within reach of each other.
    fn find_pairs(
        &self,
        (a, rows): (&Selection, Range<usize>),
        (b, columns): (&Selection, Range<usize>),
        scratch: &mut Scratch,
        mut found: impl FnMut(usize, usize),
    ) {
        let width = columns.len();
        scratch.products.resize(rows.len() * width, 0.0);
        a.bounds.products(
            rows.clone(),
            &b.bounds,
            columns.clone(),
            &mut scratch.products,
        );
        let lower = &b.bounds.lower[columns.clone()];
        for (i, products) in rows.zip(scratch.products.chunks_exact(width)) {
            scratch.hits.clear();
            find_hits(lower, products, self.threshold(a, i), &mut scratch.hits);
            for &hit in &scratch.hits {
                let at = hit as usize;
                let bound = lower[at] - 2.0 * products[at];
                if self.is_pair((a, i), (b, columns.start + at), bound) {
                    found(i, columns.start + at);
                }
            }
        }
    }

    /// Above this, a lower bound less the share of `a[i]` says that no pair is within reach.
    fn threshold(&self, a: &Selection, i: usize) -> f32 {
        (self.squared_eps * a.bounds.squared_scale - f64::from(a.bounds.lower[i])) as f32
    }

    /// Whether a pair is within reach whose lower bound, less the share of `a[i]`, leaves it open.
    fn is_pair(
        &self,
        (a, i): (&Selection, usize),
        (b, j): (&Selection, usize),
        bound: f32,
    ) -> bool {
        let certain = self.threshold(a, i) - a.bounds.slack[i];
        bound + b.bounds.slack[j] <= certain || self.decide(a.rows[i], b.rows[j])
    }

    /// Whether two rows are within reach of each other, in f64: where the bounds leave it open.
    fn decide(&self, a: u32, b: u32) -> bool {
        squared_distance(self.samples.row(a as usize), self.samples.row(b as usize))
            <= self.squared_eps
    }

    /// For each block of rows of `a`, what `found(_, i, j)` makes of the start for each pair of `a[i]` and `b[j]`
    /// within reach of each other; of `Columns::FromRows`, `b` being `a`, all pairs i < j are found, and few others.
    fn fold_pairs<T: Send>(
        &self,
        a: &Selection,
        (b, columns): (&Selection, Columns),
        start: impl Fn(&Range<usize>) -> T + Sync,
        found: impl Fn(&mut T, usize, usize) + Sync,
    ) -> Result<Vec<T>> {
        blocks(a.rows.len(), ROWS)
            .map_init(Scratch::default, |scratch, rows| {
                let mut folded = start(&rows);
                let first = match columns {
                    Columns::All => 0,
                    Columns::FromRows => rows.start,
                };
                for start in (first..b.rows.len()).step_by(COLUMNS) {
                    self.context.check()?;
                    let columns = start..b.rows.len().min(start + COLUMNS);
                    self.find_pairs((a, rows.clone()), (b, columns), scratch, |i, j| {
                        found(&mut folded, i, j);
                    });
                }
                Ok(folded)
            })
            .collect()
    }

    /// Calls `found(i, j)` once for each pair i < j within reach, in parallel; leaves out a block
    /// of pairs when `settled` says of both its sides that nothing more is to be learnt.
    fn for_each_pair(
        &self,
        selection: &Selection,
        settled: impl Fn(&[u32], &[u32]) -> bool + Sync,
        found: impl Fn(usize, usize) + Sync,
    ) -> Result<()> {
        let n = selection.rows.len();
        blocks(n, ROWS).try_for_each_init(Scratch::default, |scratch, rows| {
            for start in (rows.start..n).step_by(COLUMNS) {
                self.context.check()?;
                let columns = start..n.min(start + COLUMNS);
                if settled(
                    &selection.rows[rows.clone()],
                    &selection.rows[columns.clone()],
                ) {
                    continue;
                }
                self.find_pairs(
                    (selection, rows.clone()),
                    (selection, columns),
                    scratch,
                    |i, j| {
                        if i < j {
                            found(i, j);
                        }
                    },
                );
            }
            Ok(())
        })
    }
}

impl Neighborhoods for Blocks<'_> {
    fn rows(&self) -> Vec<u32> {
        (0..self.samples.n_samples() as u32).collect()
    }

    fn find_core(&self, min_samples: usize) -> Result<Vec<bool>> {
        let all = self.select(|_| true);
        let counts: Vec<AtomicUsize> = all.rows.iter().map(|_| AtomicUsize::new(1)).collect();
        let is_core = |row: usize| counts[row].load(Relaxed) >= min_samples;
        self.for_each_pair(
            &all,
            |rows, columns| rows.iter().chain(columns).all(|&row| is_core(row as usize)),
            |i, j| {
                counts[i].fetch_add(1, Relaxed);
                counts[j].fetch_add(1, Relaxed);
            },
        )?;
        Ok((0..counts.len()).map(is_core).collect())
    }

    fn unite_core(&self, core: &[bool], sets: &UnionFind) -> Result<()> {
        let core = self.select(|row| core[row]);
        self.for_each_pair(
            &core,
            |rows, columns| {
                let set = sets.find(rows[0] as usize);
                rows.iter()
                    .chain(columns)
                    .all(|&row| sets.find(row as usize) == set)
            },
            |i, j| sets.unite(core.rows[i] as usize, core.rows[j] as usize),
        )
    }

    fn label_border(&self, core: &[bool], labels: &mut [i32]) -> Result<()> {
        let others = self.select(|row| !core[row]);
        let core = self.select(|row| core[row]);
        let of_core: Vec<i32> = core.rows.iter().map(|&row| labels[row as usize]).collect();
        let found = self.fold_pairs(
            &others,
            (&core, Columns::All),
            |rows| (rows.start, vec![i32::MAX; rows.len()]),
            |(start, least), i, j| {
                let least = &mut least[i - *start];
                *least = of_core[j].min(*least);
            },
        )?;
        let found = found.into_iter().flat_map(|(_, least)| least);
        for (&row, label) in others.rows.iter().zip(found) {
            if label != i32::MAX {
                labels[row as usize] = label;
            }
        }
        Ok(())
    }
}

impl WeightedNeighborhoods for Blocks<'_> {
    fn find_heavy(&self, weights: &[f64], min_weight: f64) -> Result<Vec<bool>> {
        let all = self.select(|_| true);
        // Each pair is met twice: only by its row are the weights added in one order.
        let found = self.fold_pairs(
            &all,
            (&all, Columns::All),
            |rows| (rows.start, vec![0.0; rows.len()]),
            |(start, sums), i, j| {
                // Of a sample with itself nothing is to be computed.
                if i != j {
                    sums[i - *start] += weights[j];
                }
            },
        )?;
        let sums = found.into_iter().flat_map(|(_, sums)| sums);
        let heavy = sums.zip(weights).map(|(sum, own)| sum + own >= min_weight);
        Ok(heavy.collect())
    }
}
