//! Pixels of few features of 8 bits: far fewer distinct ones than pixels.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::blocks::{Columns, MemoryBlocks, PixelBlocks};
use crate::{Context, Result};

/// Values of a feature.
const VALUES: usize = 1 << u8::BITS;
/// Features up to which there is a counter for each distinct pixel.
const MAX_TABLE_FEATURES: usize = 3;
/// Features that fit in a key.
const MAX_FEATURES: usize = 8;
/// Up to so many pixels are sorted, which takes less time than a large table.
const SORT_BELOW: u64 = 1 << 22;
/// Of more features than a table can have, so many; more would take too long and too much memory.
const MAX_SORTED: u64 = 1 << 24;

/// The distinct pixels of `blocks`, each with the number of times it occurs, in ascending order.
///
/// None where that saves nothing: when pixels have more than eight features, when they are too many,
/// or when more than half of them are distinct.
///
/// # Errors
/// When cancelled, or a block cannot be read.
pub fn distinct<B: PixelBlocks<Value = u8>>(
    blocks: &B,
    context: &Context,
) -> Result<Option<MemoryBlocks<u8>>> {
    context.run(|| {
        let n = blocks.moments().n_pixels;
        let d = blocks.moments().n_features();
        let by_table = d <= MAX_TABLE_FEATURES && n < u64::from(u32::MAX);
        let by_sorting = n < SORT_BELOW || (!by_table && n <= MAX_SORTED);
        match d {
            // Keys of half the size are sorted in half the time.
            1..=4 if by_sorting => count_by_sorting::<u32, B>(blocks, context)?.blocks(n, d),
            1..=MAX_FEATURES if by_sorting => {
                count_by_sorting::<u64, B>(blocks, context)?.blocks(n, d)
            }
            _ if by_table => count_by_table(blocks, d, context)?.blocks(n, d),
            _ => Ok(None),
        }
    })
}

/// A pixel as a number: feature j in byte j.
trait Key: Copy + Ord + Send + Sync + Default {
    /// With `value` as feature `j`, which must be 0 yet.
    fn with(self, j: usize, value: u8) -> Self;

    /// Feature `j`.
    fn feature(self, j: usize) -> u8;
}

macro_rules! keys {
    ($($type:ty),*) => {$(
        impl Key for $type {
            fn with(self, j: usize, value: u8) -> Self {
                self | Self::from(value) << (8 * j)
            }

            fn feature(self, j: usize) -> u8 {
                (self >> (8 * j)) as u8
            }
        }
    )*};
}
keys!(u32, u64);

/// Distinct pixels and how often each occurs.
struct Counted<K> {
    keys: Vec<K>,
    counts: Vec<u32>,
}

impl<K: Key> Counted<K> {
    /// As blocks of `d` features, where that saves something of `n` pixels.
    fn blocks(self, n: u64, d: usize) -> Result<Option<MemoryBlocks<u8>>> {
        if n == 0 || self.keys.len() as u64 > n / 2 {
            return Ok(None);
        }
        let feature =
            |j: usize| -> Vec<u8> { self.keys.iter().map(|key| key.feature(j)).collect() };
        let columns: Vec<Vec<u8>> = (0..d).map(feature).collect();
        let columns: Vec<&[u8]> = columns.iter().map(Vec::as_slice).collect();
        MemoryBlocks::new(&columns, Some(self.counts)).map(Some)
    }
}

/// The keys of the pixels of a block.
fn keys<K: Key>(columns: Columns<'_, u8>) -> Vec<K> {
    let mut keys = vec![K::default(); columns.n_pixels];
    for j in 0..columns.n_features() {
        for (key, &value) in keys.iter_mut().zip(columns.column(j)) {
            *key = key.with(j, value);
        }
    }
    keys
}

fn count_by_table<B: PixelBlocks<Value = u8>>(
    blocks: &B,
    n_features: usize,
    context: &Context,
) -> Result<Counted<u32>> {
    let table: Vec<AtomicU32> = (0..1u32 << (8 * n_features))
        .map(|_| AtomicU32::new(0))
        .collect();
    blocks.begin_pass();
    (0..blocks.n_blocks())
        .into_par_iter()
        .try_for_each_init(Vec::new, |buffer, block| {
            context.check()?;
            // Neighbours are often alike, and all threads would want the same counter.
            let (mut last, mut run) = (0, 0);
            for key in keys::<u32>(blocks.read(block, buffer)?) {
                if key != last {
                    table[last as usize].fetch_add(run, Ordering::Relaxed);
                    (last, run) = (key, 0);
                }
                run += 1;
            }
            table[last as usize].fetch_add(run, Ordering::Relaxed);
            Ok(())
        })?;
    blocks.end_pass();
    let counts = (0..).zip(table.into_iter().map(AtomicU32::into_inner));
    let (keys, counts) = counts.filter(|&(_, count)| count > 0).unzip();
    Ok(Counted { keys, counts })
}

/// A radix sort: the keys of each value of the last feature, which decides first, are sorted alone, by one
/// feature after the other from the least significant on.
fn count_by_sorting<K: Key, B: PixelBlocks<Value = u8>>(
    blocks: &B,
    context: &Context,
) -> Result<Counted<K>> {
    let d = blocks.moments().n_features();
    blocks.begin_pass();
    let of_blocks: Vec<Sorted<K>> = (0..blocks.n_blocks())
        .into_par_iter()
        .map_init(Vec::new, |buffer, block| {
            context.check()?;
            Ok(Sorted::by(d - 1, &keys(blocks.read(block, buffer)?)))
        })
        .collect::<Result<_>>()?;
    blocks.end_pass();
    let counted: Vec<Counted<K>> = (0..VALUES)
        .into_par_iter()
        .map(|value| {
            context.check()?;
            let of_value: Vec<&[K]> = of_blocks.iter().map(|block| block.of(value)).collect();
            let mut keys = of_value.concat();
            if keys.len() < VALUES {
                keys.sort_unstable();
            } else {
                for feature in 0..d - 1 {
                    keys = Sorted::by(feature, &keys).keys;
                }
            }
            let runs = keys.chunk_by(|a, b| a == b);
            let (keys, counts) = runs.map(|run| (run[0], run.len() as u32)).unzip();
            Ok(Counted { keys, counts })
        })
        .collect::<Result<_>>()?;
    Ok(Counted {
        keys: counted
            .iter()
            .flat_map(|c| c.keys.iter().copied())
            .collect(),
        counts: counted
            .iter()
            .flat_map(|c| c.counts.iter().copied())
            .collect(),
    })
}

/// Keys in ascending order of one feature, equal ones in the order that they had.
struct Sorted<K> {
    keys: Vec<K>,
    /// Where the keys of each value of the feature end.
    ends: [usize; VALUES],
}

impl<K: Key> Sorted<K> {
    fn by(feature: usize, unsorted: &[K]) -> Self {
        let mut counts = [0; VALUES];
        for key in unsorted {
            counts[usize::from(key.feature(feature))] += 1;
        }
        let mut end = 0;
        let mut ends = counts.map(|count| {
            let start = end;
            end += count;
            start
        });
        let mut keys = vec![K::default(); unsorted.len()];
        for &key in unsorted {
            let end = &mut ends[usize::from(key.feature(feature))];
            keys[*end] = key;
            *end += 1;
        }
        Self { keys, ends }
    }

    fn of(&self, value: usize) -> &[K] {
        let start = value.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.keys[start..self.ends[value]]
    }
}
