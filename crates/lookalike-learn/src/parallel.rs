//! Fixed blocks and in-order reduction: the two habits that make results independent of threads.
//!
//! Work is cut into blocks whose size depends on the data alone, each block is done by one thread,
//! and what the blocks yield is combined in the order of the blocks.

use std::ops::Range;

use rayon::prelude::*;

/// Rows that one task works on: a block of this many rows and a few hundred columns fits in L2.
pub(crate) const BLOCK_ROWS: usize = 512;

/// The blocks of `0..n`, each `size` long but for the last.
pub(crate) fn blocks(n: usize, size: usize) -> impl IndexedParallelIterator<Item = Range<usize>> {
    (0..n.div_ceil(size))
        .into_par_iter()
        .map(move |b| b * size..n.min((b + 1) * size))
}

/// Applies `work` to each block of `0..n` in parallel; the results stand in block order.
pub(crate) fn map_blocks<T: Send>(
    n: usize,
    size: usize,
    work: impl Fn(Range<usize>) -> T + Sync + Send,
) -> Vec<T> {
    blocks(n, size).map(work).collect()
}

/// Sums `work` over the blocks of `0..n`, in block order.
pub(crate) fn sum_blocks(
    n: usize,
    size: usize,
    work: impl Fn(Range<usize>) -> f64 + Sync + Send,
) -> f64 {
    map_blocks(n, size, work).into_iter().sum()
}
