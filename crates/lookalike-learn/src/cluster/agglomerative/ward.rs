//! Ward's clusters by their centres and sizes, in O(n·d) memory: in rounds, all clusters that are each
//! other's nearest merge at once.
//!
//! A merge never brings a cluster nearer to others than its parts were, so that any two that are each
//! other's nearest merge at some time, and only those clusters have to look for their nearest again whose
//! nearest has merged. Source: F. Murtagh, *A survey of recent advances in hierarchical clustering
//! algorithms*, 1983 (reciprocal nearest neighbours); S. Yu et al., *`ParChain`*, VLDB 2022.
//!
//! Many rows look at once, by matrix products in f32. Whatever their rounding error leaves open is decided
//! in f64.

use std::ops::Range;

use rayon::prelude::*;

use super::nn_chain::Found;
use crate::distance::{SCALED_EXPONENT, product_error, scaling_exponent};
use crate::input::Samples;
use crate::linalg::row_products;
use crate::simd::dispatch;
use crate::{Context, Result};

/// Clusters that a task's rows are compared with at once.
const TILE: usize = 512;

/// Rows of a task, at most and at least; there are at least so many tasks where rows allow it.
const MAX_ROWS: usize = 64;
const MIN_ROWS: usize = 4;
const TASKS: usize = 8;

/// Clusters that bounds are found of at once.
const LANES: usize = 16;

/// All merges of `samples`, in any order.
///
/// None when two clusters are exactly as near to a third and `breaks_ties` is false; otherwise the one
/// with the lower number comes first.
///
/// # Errors
/// When the caller cancels.
pub(super) fn merges(
    samples: &Samples<'_>,
    breaks_ties: bool,
    context: &Context,
) -> Result<Option<Vec<Found>>> {
    let n = samples.n_samples();
    let mut clusters = Clusters::new(samples);
    let mut open: Vec<usize> = (0..n).collect();
    let mut found = Vec::with_capacity(n - 1);
    while found.len() < n - 1 {
        context.report("linkage", found.len(), n - 1, None);
        let nearest = clusters.nearest(&open, context)?;
        if !breaks_ties && nearest.iter().any(|nearest| nearest.is_tied) {
            return Ok(None);
        }
        for (&slot, nearest) in open.iter().zip(nearest) {
            clusters.nearest[slot] = nearest;
        }
        clusters.merge_pairs(&open, &mut found);
        open = clusters.reopen();
    }
    Ok(Some(found))
}

/// The nearest cluster of a cluster.
#[derive(Debug, Clone, Copy)]
struct Nearest {
    slot: usize,
    /// The square of the height at which the two would merge.
    squared_height: f64,
    is_tied: bool,
}

/// The clusters that are left, each in a slot, by ascending number.
struct Clusters {
    n_features: usize,
    centers: Vec<f64>,
    /// Centres as f32, without the mean of all samples, and their squared lengths; infinite where the
    /// cluster is gone.
    shifted: Vec<f32>,
    norms: Vec<f32>,
    sizes: Vec<f64>,
    sizes_f32: Vec<f32>,
    numbers: Vec<usize>,
    nearest: Vec<Nearest>,
    /// Whether the cluster in a slot was part of a merge of this round.
    has_merged: Vec<bool>,
    mean: Vec<f64>,
    scale: f64,
    /// How far squared distances in f32 may be off, relative to the sum of both squared lengths.
    relative_error: f32,
}

/// Buffers of a task.
struct Scratch {
    rows: Vec<f32>,
    products: Vec<f32>,
    lowest: Vec<f32>,
}

/// A row that looks for its nearest.
struct Search {
    slot: usize,
    /// No nearest is farther than this.
    limit: f32,
    /// Slots that may be the nearest, with the least that their squared height can be.
    candidates: Vec<(usize, f32)>,
}

/// What bounds need of the row.
struct Row {
    norm: f32,
    size: f32,
    relative_error: f32,
}

impl Row {
    /// At least the squared heights with some clusters, of their squared lengths, their sizes and
    /// their scalar products with the row; at most them where they lower the limits.
    #[inline(always)]
    fn bounds<const N: usize>(
        &self,
        norms: &[f32; N],
        sizes: &[f32; N],
        products: &[f32; N],
        lows: &mut [f32; N],
        limits: &mut [f32; N],
    ) {
        for i in 0..N {
            let both = self.norm + norms[i];
            let weight = 2.0 * self.size * sizes[i] / (self.size + sizes[i]);
            let squared = both - 2.0 * products[i];
            let error = self.relative_error * both;
            lows[i] = weight * (squared - error);
            let high = weight * (squared + error);
            limits[i] = if high < limits[i] { high } else { limits[i] };
        }
    }
}

impl Clusters {
    fn new(samples: &Samples<'_>) -> Self {
        let (n, d) = (samples.n_samples(), samples.n_features());
        let columns = samples.columns();
        let exponent = scaling_exponent(columns.largest_deviation(), SCALED_EXPONENT);
        let unknown = Nearest {
            slot: usize::MAX,
            squared_height: f64::INFINITY,
            is_tied: false,
        };
        // Twice the error of a product, the rounding of centres, lengths and weights.
        let relative_error = product_error(d) + 16.0 * f64::from(f32::EPSILON);
        let mut clusters = Self {
            n_features: d,
            centers: samples.values().iter().map(|&v| f64::from(v)).collect(),
            shifted: vec![0.0; n * d],
            norms: vec![0.0; n],
            sizes: vec![1.0; n],
            sizes_f32: vec![1.0; n],
            numbers: (0..n).collect(),
            nearest: vec![unknown; n],
            has_merged: vec![false; n],
            mean: columns.means,
            scale: 2f64.powi(exponent),
            relative_error: relative_error as f32,
        };
        (0..n).for_each(|slot| clusters.shift(slot));
        clusters
    }

    fn center(&self, slot: usize) -> &[f64] {
        &self.centers[slot * self.n_features..(slot + 1) * self.n_features]
    }

    fn shift(&mut self, slot: usize) {
        let d = self.n_features;
        let columns = slot * d..(slot + 1) * d;
        let mut norm = 0.0;
        let shifted = self.shifted[columns.clone()].iter_mut();
        for ((to, &center), mean) in shifted.zip(&self.centers[columns]).zip(&self.mean) {
            *to = ((center - mean) * self.scale) as f32;
            norm += f64::from(*to) * f64::from(*to);
        }
        self.norms[slot] = norm as f32;
    }

    /// The square of the height at which two clusters would merge.
    fn squared_height(&self, a: usize, b: usize) -> f64 {
        let (size_a, size_b) = (self.sizes[a], self.sizes[b]);
        let squared = squared_distance(self.center(a), self.center(b));
        2.0 * size_a * size_b / (size_a + size_b) * squared
    }

    /// The nearest of each of these clusters.
    fn nearest(&self, open: &[usize], context: &Context) -> Result<Vec<Nearest>> {
        let n_rows = open.len().div_ceil(TASKS).clamp(MIN_ROWS, MAX_ROWS);
        let scratch = || Scratch {
            rows: Vec::new(),
            products: vec![0.0; MAX_ROWS * TILE],
            lowest: vec![0.0; TILE],
        };
        let found: Vec<Vec<Nearest>> = open
            .par_chunks(n_rows)
            .map_init(scratch, |scratch, open| {
                context.check()?;
                Ok(self.nearest_of_rows(open, scratch))
            })
            .collect::<Result<_>>()?;
        Ok(found.into_iter().flatten().collect())
    }

    fn nearest_of_rows(&self, open: &[usize], scratch: &mut Scratch) -> Vec<Nearest> {
        let d = self.n_features;
        scratch.rows.clear();
        for slot in open {
            let row = &self.shifted[slot * d..(slot + 1) * d];
            scratch.rows.extend_from_slice(row);
        }
        let search = |&slot: &usize| Search {
            slot,
            limit: f32::INFINITY,
            candidates: Vec::new(),
        };
        let mut searches: Vec<Search> = open.iter().map(search).collect();
        let n = self.numbers.len();
        for start in (0..n).step_by(TILE) {
            let tile = start..n.min(start + TILE);
            let products = &mut scratch.products[..open.len() * tile.len()];
            let others = &self.shifted[tile.start * d..tile.end * d];
            row_products(&scratch.rows, others, d, products);
            dispatch(
                #[inline(always)]
                || {
                    for (search, products) in searches
                        .iter_mut()
                        .zip(products.chunks_exact_mut(tile.len()))
                    {
                        if tile.contains(&search.slot) {
                            // Infinitely far from itself.
                            products[search.slot - tile.start] = f32::NEG_INFINITY;
                        }
                        self.look(search, &tile, products, &mut scratch.lowest[..tile.len()]);
                    }
                },
            );
        }
        searches.iter().map(|search| self.decide(search)).collect()
    }

    /// Looks at the clusters of a tile, whose scalar products with the row are given.
    #[inline(always)]
    fn look(&self, search: &mut Search, tile: &Range<usize>, products: &[f32], lowest: &mut [f32]) {
        let row = Row {
            norm: self.norms[search.slot],
            size: self.sizes_f32[search.slot],
            relative_error: self.relative_error,
        };
        let mut limit = [search.limit; LANES];
        let (chunks, rest) = products.as_chunks::<LANES>();
        let (norms, norms_rest) = self.norms[tile.clone()].as_chunks::<LANES>();
        let (sizes, sizes_rest) = self.sizes_f32[tile.clone()].as_chunks::<LANES>();
        let (lows, lows_rest) = lowest.as_chunks_mut::<LANES>();
        for (((products, norms), sizes), lows) in chunks.iter().zip(norms).zip(sizes).zip(lows) {
            row.bounds(norms, sizes, products, lows, &mut limit);
        }
        let rest = rest.iter().zip(norms_rest).zip(sizes_rest).zip(lows_rest);
        for (((&product, &norm), &size), low) in rest {
            let mut lows = [0.0];
            row.bounds(
                &[norm],
                &[size],
                &[product],
                &mut lows,
                limit.first_chunk_mut().expect("LANES > 0"),
            );
            [*low] = lows;
        }
        search.limit = limit.into_iter().fold(search.limit, f32::min);
        for (chunk, at) in lowest.chunks(LANES).zip((tile.start..).step_by(LANES)) {
            let mut any = false;
            for low in chunk {
                any |= *low <= search.limit;
            }
            if any {
                let open = chunk
                    .iter()
                    .zip(at..)
                    .filter(|(low, _)| **low <= search.limit);
                search
                    .candidates
                    .extend(open.map(|(low, slot)| (slot, *low)));
            }
        }
    }

    /// The nearest among the candidates, in f64.
    fn decide(&self, search: &Search) -> Nearest {
        let mut nearest = Nearest {
            slot: usize::MAX,
            squared_height: f64::INFINITY,
            is_tied: false,
        };
        for &(slot, low) in &search.candidates {
            // Infinity: itself, or one that is gone.
            if low <= search.limit && low < f32::INFINITY {
                let squared_height = self.squared_height(search.slot, slot);
                if squared_height < nearest.squared_height || nearest.slot == usize::MAX {
                    nearest = Nearest {
                        slot,
                        squared_height,
                        is_tied: false,
                    };
                } else if squared_height <= nearest.squared_height {
                    nearest.is_tied = true;
                }
            }
        }
        nearest
    }

    /// Merges those of the open clusters that are their nearest's nearest.
    fn merge_pairs(&mut self, open: &[usize], found: &mut Vec<Found>) {
        for &slot in open {
            let other = self.nearest[slot].slot;
            if !self.has_merged[slot] && !self.has_merged[other] && self.nearest[other].slot == slot
            {
                let (dropped, kept) = (slot.min(other), slot.max(other));
                found.push(Found {
                    pair: [self.numbers[dropped], self.numbers[kept]],
                    height: self.nearest[slot].squared_height.sqrt(),
                    ordered: false,
                });
                self.merge(dropped, kept);
            }
        }
    }

    fn merge(&mut self, dropped: usize, kept: usize) {
        let d = self.n_features;
        let (size_x, size_y) = (self.sizes[dropped], self.sizes[kept]);
        for j in 0..d {
            let (a, b) = (self.centers[dropped * d + j], self.centers[kept * d + j]);
            self.centers[kept * d + j] = (size_x * a + size_y * b) / (size_x + size_y);
        }
        self.sizes[kept] = size_x + size_y;
        self.sizes_f32[kept] = self.sizes[kept] as f32;
        self.shift(kept);
        self.norms[dropped] = f32::INFINITY;
        self.has_merged[dropped] = true;
        self.has_merged[kept] = true;
    }

    /// The clusters that have to look again: those that merged, and those whose nearest did.
    fn reopen(&mut self) -> Vec<usize> {
        let is_open = |slot: &usize| {
            let nearest = self.nearest[*slot].slot;
            !self.is_gone(*slot) && (self.has_merged[*slot] || self.has_merged[nearest])
        };
        let open: Vec<usize> = (0..self.numbers.len()).filter(is_open).collect();
        self.has_merged.fill(false);
        let n_gone = (0..self.numbers.len())
            .filter(|&slot| self.is_gone(slot))
            .count();
        if 4 * n_gone < self.numbers.len() {
            return open;
        }
        let places = self.compact();
        open.into_iter().map(|slot| places[slot]).collect()
    }

    fn is_gone(&self, slot: usize) -> bool {
        self.norms[slot] == f32::INFINITY
    }

    /// Removes the slots of clusters that are gone; where each of the others is now.
    fn compact(&mut self) -> Vec<usize> {
        let d = self.n_features;
        let mut places = vec![usize::MAX; self.numbers.len()];
        let mut n_left = 0;
        for (slot, place) in places.iter_mut().enumerate() {
            if self.is_gone(slot) {
                continue;
            }
            let columns = slot * d..(slot + 1) * d;
            self.centers.copy_within(columns.clone(), n_left * d);
            self.shifted.copy_within(columns, n_left * d);
            self.norms[n_left] = self.norms[slot];
            self.sizes[n_left] = self.sizes[slot];
            self.sizes_f32[n_left] = self.sizes_f32[slot];
            self.numbers[n_left] = self.numbers[slot];
            self.nearest[n_left] = self.nearest[slot];
            *place = n_left;
            n_left += 1;
        }
        self.centers.truncate(n_left * d);
        self.shifted.truncate(n_left * d);
        self.norms.truncate(n_left);
        self.sizes.truncate(n_left);
        self.sizes_f32.truncate(n_left);
        self.numbers.truncate(n_left);
        self.nearest.truncate(n_left);
        self.has_merged.truncate(n_left);
        for nearest in &mut self.nearest {
            nearest.slot = places[nearest.slot];
        }
        places
    }
}

#[inline]
fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0f64; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for l in 0..LANES {
            let difference = a[l] - b[l];
            lanes[l] += difference * difference;
        }
    }
    let mut sum: f64 = lanes.iter().sum();
    for (&a, &b) in a_rest.iter().zip(b_rest) {
        let difference = a - b;
        sum += difference * difference;
    }
    sum
}
