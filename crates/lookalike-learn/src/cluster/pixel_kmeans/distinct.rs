//! Pixels of few features of 8 bits: far fewer distinct ones than pixels.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::blocks::{Columns, MemoryBlocks, PixelBlocks};
use crate::{Context, Result};

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
        let (keys, counts) = if n < SORT_BELOW && d <= MAX_FEATURES {
            count_by_sorting(blocks, context)?
        } else if by_table {
            count_by_table(blocks, d, context)?
        } else if d <= MAX_FEATURES && n <= MAX_SORTED {
            count_by_sorting(blocks, context)?
        } else {
            return Ok(None);
        };
        if n == 0 || keys.len() as u64 > n / 2 {
            return Ok(None);
        }
        let feature =
            |j: usize| -> Vec<u8> { keys.iter().map(|key| (key >> (8 * j)) as u8).collect() };
        let columns: Vec<Vec<u8>> = (0..d).map(feature).collect();
        let columns: Vec<&[u8]> = columns.iter().map(Vec::as_slice).collect();
        MemoryBlocks::new(&columns, Some(counts)).map(Some)
    })
}

/// The keys of the pixels of a block: feature j in byte j.
fn keys(columns: Columns<'_, u8>) -> Vec<u64> {
    let mut keys = vec![0; columns.n_pixels];
    for j in 0..columns.n_features() {
        for (key, &value) in keys.iter_mut().zip(columns.column(j)) {
            *key |= u64::from(value) << (8 * j);
        }
    }
    keys
}

fn count_by_table<B: PixelBlocks<Value = u8>>(
    blocks: &B,
    n_features: usize,
    context: &Context,
) -> Result<(Vec<u64>, Vec<u32>)> {
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
            for key in keys(blocks.read(block, buffer)?) {
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
    let counts = table.into_iter().map(AtomicU32::into_inner).enumerate();
    let seen = counts.filter(|&(_, count)| count > 0);
    Ok(seen.map(|(key, count)| (key as u64, count)).unzip())
}

fn count_by_sorting<B: PixelBlocks<Value = u8>>(
    blocks: &B,
    context: &Context,
) -> Result<(Vec<u64>, Vec<u32>)> {
    blocks.begin_pass();
    let of_blocks: Vec<Vec<u64>> = (0..blocks.n_blocks())
        .into_par_iter()
        .map_init(Vec::new, |buffer, block| {
            context.check()?;
            Ok(keys(blocks.read(block, buffer)?))
        })
        .collect::<Result<_>>()?;
    blocks.end_pass();
    let mut keys = of_blocks.concat();
    keys.par_sort_unstable();
    let runs = keys.chunk_by(|a, b| a == b);
    Ok(runs.map(|run| (run[0], run.len() as u32)).unzip())
}
