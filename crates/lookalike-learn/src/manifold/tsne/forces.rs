//! What pulls and pushes the points of a map.

use pulp::Simd;
use rayon::prelude::*;

use crate::simd::{self, LANES};

/// Points of a map, one vector an axis.
pub(crate) type Coordinates<const D: usize> = [Vec<f32>; D];

/// Rows that one task works on: small enough that two thousand points keep eight threads busy.
pub(crate) const TASK_ROWS: usize = 64;

/// A way to add up what pushes the points apart.
pub(crate) trait Repulsion<const D: usize>: Send {
    /// Sets `forces` to Σⱼ qᵢⱼ²·(yᵢ − yⱼ) for each point and returns the sum of qᵢⱼ over all
    /// ordered pairs, with qᵢⱼ = 1/(1 + ‖yᵢ − yⱼ‖²).
    fn add_up(&mut self, y: &Coordinates<D>, forces: &mut Coordinates<D>) -> f64;

    /// Tells that the points come in another order from now on.
    fn reordered(&mut self) {}
}

/// 1/x of each of R vectors by one division: the inverse of their product is taken apart again, from the last
/// to the first. The product must not overflow.
#[inline(always)]
pub(crate) fn inverses<S: Simd, const R: usize>(simd: S, of: [S::f32s; R]) -> [S::f32s; R] {
    let mut product = of;
    for r in 1..R {
        product[r] = simd.mul_f32s(product[r - 1], of[r]);
    }
    let mut inverse = simd.div_f32s(simd.splat_f32s(1.0), product[R - 1]);
    let mut inverses = of;
    for r in (1..R).rev() {
        inverses[r] = simd.mul_f32s(inverse, product[r - 1]);
        inverse = simd.mul_f32s(inverse, of[r]);
    }
    inverses[0] = inverse;
    inverses
}

/// The least and the largest of the values, NaN left out.
pub(crate) fn range(values: &[f32]) -> (f32, f32) {
    let (groups, rest) = values.as_chunks::<LANES>();
    let mut low = [f32::INFINITY; LANES];
    let mut high = [f32::NEG_INFINITY; LANES];
    simd::dispatch(
        #[inline(always)]
        || {
            for group in groups {
                for lane in 0..LANES {
                    let value = group[lane];
                    low[lane] = if value < low[lane] { value } else { low[lane] };
                    high[lane] = if value > high[lane] {
                        value
                    } else {
                        high[lane]
                    };
                }
            }
        },
    );
    let low = low
        .iter()
        .chain(rest)
        .copied()
        .fold(f32::INFINITY, f32::min);
    let high = high
        .iter()
        .chain(rest)
        .copied()
        .fold(f32::NEG_INFINITY, f32::max);
    (low, high)
}

/// Calls `work` with the first row and the values of each block of `size` rows, in parallel; the
/// results stand in the order of the blocks.
pub(crate) fn row_blocks<const D: usize, const N: usize, T: Send>(
    values: [&mut Coordinates<D>; N],
    size: usize,
    work: impl Fn(usize, &mut [[&mut [f32]; D]; N]) -> T + Sync,
) -> Vec<T> {
    let nothing = std::iter::repeat(());
    row_blocks_with(values, size, nothing, |first, block, ()| work(first, block))
}

/// As [`row_blocks`], with one of the `others` for each block.
pub(crate) fn row_blocks_with<const D: usize, const N: usize, O: Send, T: Send>(
    values: [&mut Coordinates<D>; N],
    size: usize,
    others: impl IntoIterator<Item = O>,
    work: impl Fn(usize, &mut [[&mut [f32]; D]; N], O) -> T + Sync,
) -> Vec<T> {
    let n = values[0][0].len();
    let mut chunks = values.map(|axes| axes.each_mut().map(|axis| axis.chunks_mut(size)));
    let blocks: Vec<([[&mut [f32]; D]; N], O)> = (0..n.div_ceil(size))
        .zip(others)
        .map(|(_, other)| {
            let block = chunks
                .each_mut()
                .map(|axes| axes.each_mut().map(|axis| axis.next().unwrap_or_default()));
            (block, other)
        })
        .collect();
    debug_assert_eq!(blocks.len(), n.div_ceil(size), "one of the others for each");
    blocks
        .into_par_iter()
        .enumerate()
        .map(|(b, (mut block, other))| work(b * size, &mut block, other))
        .collect()
}
