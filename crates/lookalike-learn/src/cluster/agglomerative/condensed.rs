//! Clusters by the matrix of their distances, its upper triangle row by row.

use ndarray::ArrayRef2;
use rayon::prelude::*;

use super::Linkage;
use super::nn_chain::Clusters;
use crate::cluster::first_minimum;
use crate::distance::{GROUP, group_distances, lay_out_group};
use crate::input::Samples;
use crate::simd::dispatch;
use crate::{Context, Error, Result};

/// What the matrix of `n` samples takes.
pub(super) fn bytes(n: usize) -> u64 {
    let n = n as u64;
    n * (n - 1) / 2 * size_of::<f64>() as u64
}

/// Rows of the matrix that one task fills.
const ROWS: usize = 64;

/// From how many slots on a row is gathered by several threads, and how many by each task.
const PARALLEL_SLOTS: usize = 8192;
const GATHER: usize = 2048;

/// Gathered rows that are kept: the chain soon comes back to them.
const KEPT_ROWS: usize = 8;

/// The clusters that are left, each in a slot. Slots ascend with the numbers of the clusters; the
/// slots of clusters that are gone are removed when they are a quarter of all.
#[derive(Debug)]
pub(super) struct Condensed {
    linkage: Linkage,
    /// Row i holds the distances of slot i to the slots i + 1, i + 2 and so on.
    distances: Vec<f64>,
    /// The number of the cluster in each slot.
    clusters: Vec<usize>,
    /// The slot of each cluster that is left.
    slots: Vec<usize>,
    /// The samples in the cluster of each slot, 0 where it is gone.
    sizes: Vec<f64>,
    n_left: usize,
    /// The rows that were gathered last, the last one first.
    rows: [GatheredRow; KEPT_ROWS],
    merged: Vec<f64>,
}

/// The distances of a slot to all slots, infinite to itself and to those that are gone.
#[derive(Debug, Default)]
struct GatheredRow {
    slot: Option<usize>,
    values: Vec<f64>,
}

impl Condensed {
    pub(super) fn new(
        samples: &Samples<'_>,
        linkage: Linkage,
        memory_limit: u64,
        context: &Context,
    ) -> Result<Self> {
        let n = samples.n_samples();
        let mut distances = reserve(n, memory_limit)?;
        distances.resize(n * (n - 1) / 2, 0.0);
        fill(samples, &mut distances, context)?;
        Ok(Self::of(n, distances, linkage))
    }

    /// Of the upper triangle of a square matrix.
    pub(super) fn of_matrix(
        matrix: &ArrayRef2<f64>,
        linkage: Linkage,
        memory_limit: u64,
    ) -> Result<Self> {
        let n = matrix.nrows();
        let mut distances = reserve(n, memory_limit)?;
        for (i, row) in matrix.rows().into_iter().enumerate() {
            distances.extend(row.iter().skip(i + 1));
        }
        Ok(Self::of(n, distances, linkage))
    }

    fn of(n: usize, distances: Vec<f64>, linkage: Linkage) -> Self {
        Self {
            linkage,
            distances,
            clusters: (0..n).collect(),
            slots: (0..n).collect(),
            sizes: vec![1.0; n],
            n_left: n,
            rows: Default::default(),
            merged: Vec::with_capacity(n),
        }
    }

    /// Where row `slot` begins.
    fn row_start(&self, slot: usize) -> usize {
        slot * (2 * self.clusters.len() - slot - 1) / 2
    }

    /// Makes `rows[0]` the row of `slot`.
    fn gather(&mut self, slot: usize) {
        let kept = self.rows.iter().position(|row| row.slot == Some(slot));
        self.rows[..=kept.unwrap_or(KEPT_ROWS - 1)].rotate_right(1);
        if kept.is_some() {
            return;
        }
        let n = self.clusters.len();
        let mut values = std::mem::take(&mut self.rows[0].values);
        values.resize(n, 0.0);
        let (before, rest) = values.split_at_mut(slot);
        let distances = &self.distances;
        let column = |first: usize, out: &mut [f64]| {
            let mut at = self.row_start(first) + slot - first - 1;
            for (i, value) in out.iter_mut().enumerate() {
                *value = distances[at];
                // From row i to row i + 1, which is shorter by one and begins one further right.
                at += n - (first + i) - 2;
            }
        };
        if n >= PARALLEL_SLOTS {
            before
                .par_chunks_mut(GATHER)
                .enumerate()
                .for_each(|(chunk, out)| column(chunk * GATHER, out));
        } else {
            column(0, before);
        }
        rest[0] = f64::INFINITY;
        let start = self.row_start(slot);
        rest[1..].copy_from_slice(&distances[start..start + n - slot - 1]);
        for (value, &size) in values.iter_mut().zip(&self.sizes) {
            *value = if size == 0.0 { f64::INFINITY } else { *value };
        }
        self.rows[0] = GatheredRow {
            slot: Some(slot),
            values,
        };
    }

    /// Removes the slots of clusters that are gone.
    fn compact(&mut self) {
        let n = self.clusters.len();
        let left: Vec<usize> = (0..n).filter(|&slot| self.sizes[slot] > 0.0).collect();
        let mut end = 0;
        for (i, &slot) in left.iter().enumerate() {
            let start = self.row_start(slot);
            for &other in &left[i + 1..] {
                self.distances[end] = self.distances[start + other - slot - 1];
                end += 1;
            }
        }
        self.distances.truncate(end);
        self.clusters = left.iter().map(|&slot| self.clusters[slot]).collect();
        self.sizes = left.iter().map(|&slot| self.sizes[slot]).collect();
        for (slot, &cluster) in self.clusters.iter().enumerate() {
            self.slots[cluster] = slot;
        }
        for row in &mut self.rows {
            row.slot = None;
        }
    }
}

impl Clusters for Condensed {
    fn nearest(&mut self, cluster: usize, preferred: Option<usize>) -> (usize, f64) {
        self.gather(self.slots[cluster]);
        let row = &self.rows[0].values;
        let (slot, distance) = dispatch(
            #[inline(always)]
            || first_minimum(row),
        );
        match preferred {
            Some(preferred) if row[self.slots[preferred]] <= distance => (preferred, distance),
            _ => (self.clusters[slot], distance),
        }
    }

    fn merge(&mut self, dropped: usize, kept: usize, height: f64) {
        let (x, y) = (self.slots[dropped], self.slots[kept]);
        self.gather(y);
        self.gather(x);
        let [from_x, from_y, ..] = &self.rows;
        let update = Update {
            linkage: self.linkage,
            height,
            size_x: self.sizes[x],
            size_y: self.sizes[y],
        };
        self.merged.clear();
        self.merged.resize(from_x.values.len(), 0.0);
        update.apply(
            &from_x.values,
            &from_y.values,
            &self.sizes,
            &mut self.merged,
        );
        self.sizes[y] += self.sizes[x];
        self.sizes[x] = 0.0;
        self.n_left -= 1;
        let n = self.clusters.len();
        let mut at = y.wrapping_sub(1);
        for i in 0..y {
            self.distances[at] = self.merged[i];
            at += n - i - 2;
        }
        let start = self.row_start(y);
        self.distances[start..start + n - y - 1].copy_from_slice(&self.merged[y + 1..]);

        for row in &mut self.rows {
            match row.slot {
                Some(slot) if slot != x && slot != y => {
                    row.values[x] = f64::INFINITY;
                    row.values[y] = self.merged[slot];
                }
                _ => row.slot = None,
            }
        }
        if self.n_left < n / 4 * 3 {
            self.compact();
        }
    }
}

/// The formulas of Lance and Williams for the distance of a merged cluster to the others, rounded
/// as SciPy rounds them.
struct Update {
    linkage: Linkage,
    height: f64,
    size_x: f64,
    size_y: f64,
}

impl Update {
    fn apply(&self, from_x: &[f64], from_y: &[f64], sizes: &[f64], merged: &mut [f64]) {
        let Self {
            linkage,
            height,
            size_x,
            size_y,
        } = *self;
        let pairs = from_x.iter().zip(from_y);
        dispatch(
            #[inline(always)]
            || match linkage {
                Linkage::Ward => {
                    for ((merged, (&dx, &dy)), &size) in merged.iter_mut().zip(pairs).zip(sizes) {
                        let t = 1.0 / (size_x + size_y + size);
                        let squared = (size + size_x) * t * dx * dx + (size + size_y) * t * dy * dy
                            - size * t * height * height;
                        *merged = squared.max(0.0).sqrt();
                    }
                }
                Linkage::Complete => {
                    for (merged, (&dx, &dy)) in merged.iter_mut().zip(pairs) {
                        *merged = dx.max(dy);
                    }
                }
                Linkage::Average => {
                    for (merged, (&dx, &dy)) in merged.iter_mut().zip(pairs) {
                        *merged = (size_x * dx + size_y * dy) / (size_x + size_y);
                    }
                }
                Linkage::Single => {
                    for (merged, (&dx, &dy)) in merged.iter_mut().zip(pairs) {
                        *merged = dx.min(dy);
                    }
                }
            },
        );
    }
}

/// Room for the distances of all pairs.
fn reserve(n: usize, memory_limit: u64) -> Result<Vec<f64>> {
    let bytes = bytes(n);
    let what = || format!("the distance matrix of {n} samples");
    let hint = "take fewer samples, or Ward or single linkage, which do without the matrix";
    if bytes > memory_limit {
        return Err(Error::memory(what(), bytes, memory_limit, hint));
    }
    let mut distances = Vec::new();
    distances
        .try_reserve_exact(n * (n - 1) / 2)
        .map_err(|_| Error::out_of_memory(what(), bytes, hint))?;
    Ok(distances)
}

/// Computes the distances of all pairs.
fn fill(samples: &Samples<'_>, distances: &mut [f64], context: &Context) -> Result<()> {
    let (n, d) = (samples.n_samples(), samples.n_features());
    let mut rest = distances;
    let mut rows = Vec::with_capacity(n);
    for i in 0..n {
        let (row, after) = rest.split_at_mut(n - i - 1);
        rows.push(row);
        rest = after;
    }
    rows.par_chunks_mut(ROWS)
        .enumerate()
        .try_for_each(|(chunk, rows)| {
            let first = chunk * ROWS;
            let mut group = vec![0.0; d * GROUP];
            for start in (first..n).step_by(GROUP) {
                context.check()?;
                let others = start..n.min(start + GROUP);
                lay_out_group(others.clone().map(|j| samples.row(j)), &mut group);
                for (i, row) in (first..).zip(rows.iter_mut()) {
                    let squared = group_distances(samples.row(i), &group);
                    let after = others.start.max(i + 1)..others.end;
                    for j in after {
                        row[j - i - 1] = squared[j - start].sqrt();
                    }
                }
            }
            Ok(())
        })
}
