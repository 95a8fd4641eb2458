//! What the partial ways do with vectors: the best of the lower bounds of scores, and products of single
//! rows in full.

use pulp::{Simd, WithSimd};

use super::aligned::AlignedRows;
use crate::simd::{self, LANES};

/// Rows that are multiplied with points while these are in the cache.
pub(super) const GROUP: usize = 16;

const LANE_NUMBERS: [f32; LANES] = [
    0., 1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11., 12., 13., 14., 15.,
];
/// Indices up to this are whole numbers in f32.
pub(super) const MOST_SCORES: usize = 1 << f32::MANTISSA_DIGITS;

/// The least score of a row, whose it is, and the second.
#[derive(Clone, Copy, Default)]
pub(super) struct BestTwo {
    pub(super) best: f32,
    pub(super) index: usize,
    pub(super) second: f32,
}

/// The best of `n` scores of each row of a group, which infinity follows.
pub(super) fn best_two(scores: &AlignedRows, n: usize) -> [BestTwo; GROUP] {
    simd::run(FindBestTwo { scores, n })
}

struct FindBestTwo<'a> {
    scores: &'a AlignedRows,
    n: usize,
}

impl WithSimd for FindBestTwo<'_> {
    type Output = [BestTwo; GROUP];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> [BestTwo; GROUP] {
        let vectors = self.n.div_ceil(S::F32_LANES);
        let infinity = simd.splat_f32s(f32::INFINITY);
        let step = simd.splat_f32s(S::F32_LANES as f32);
        let mut found = [BestTwo::default(); GROUP];
        for (row, found) in found.iter_mut().enumerate() {
            // Indices are whole numbers in f32, which have the masks of scores.
            let mut index = S::as_simd_f32s(&LANE_NUMBERS).0[0];
            let (mut least, mut next, mut whose) = (infinity, infinity, index);
            for &score in &S::as_simd_f32s(self.scores.row(row)).0[..vectors] {
                let less = simd.less_than_f32s(score, least);
                next = simd.min_f32s(next, simd.max_f32s(score, least));
                least = simd.min_f32s(score, least);
                whose = simd.select_f32s(less, index, whose);
                index = simd.add_f32s(index, step);
            }
            found.best = simd.reduce_min_f32s(least);
            let is_best = simd.equal_f32s(least, simd.splat_f32s(found.best));
            let index = simd.reduce_min_f32s(simd.select_f32s(is_best, whose, infinity));
            let is_it = simd.equal_f32s(whose, simd.splat_f32s(index));
            let others = simd.select_f32s(is_it, infinity, least);
            found.index = index as usize;
            found.second = simd.reduce_min_f32s(simd.min_f32s(others, next));
        }
        found
    }
}

/// Calls `each` with the row and the index of every of the first `n` scores of the rows of a group that
/// is at most the limit of its row, row by row.
pub(super) fn each_within(
    scores: &AlignedRows,
    n: usize,
    limits: &[f32; GROUP],
    each: impl FnMut(usize, usize),
) {
    simd::run(EachWithin {
        scores,
        n,
        limits,
        each,
    });
}

struct EachWithin<'a, F> {
    scores: &'a AlignedRows,
    n: usize,
    limits: &'a [f32; GROUP],
    each: F,
}

impl<F: FnMut(usize, usize)> WithSimd for EachWithin<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for (row, &limit) in self.limits.iter().enumerate() {
            if limit == f32::NEG_INFINITY {
                continue;
            }
            let scores = self.scores.row(row);
            let vectors = S::as_simd_f32s(scores).0;
            for (first, &vector) in (0..self.n).step_by(S::F32_LANES).zip(vectors) {
                if simd.reduce_min_f32s(vector) > limit {
                    continue;
                }
                let last = self.n.min(first + S::F32_LANES);
                for (index, &score) in (first..last).zip(&scores[first..last]) {
                    if score <= limit {
                        (self.each)(row, index);
                    }
                }
            }
        }
    }
}

/// a·b, with no more roundings than values.
#[inline]
pub(super) fn product(a: &[f32], b: &[f32]) -> f32 {
    simd::run(Sum::<false> { a, b })
}

/// ‖a − b‖², with no more roundings than values.
#[inline]
pub(super) fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    simd::run(Sum::<true> { a, b })
}

/// The products of `a` and `b`, or the squares of their differences, added up.
struct Sum<'a, const OF_SQUARES: bool> {
    a: &'a [f32],
    b: &'a [f32],
}

impl<const OF_SQUARES: bool> WithSimd for Sum<'_, OF_SQUARES> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        const SUMS: usize = 4;
        let (a, a_rest) = S::as_simd_f32s(self.a);
        let (b, b_rest) = S::as_simd_f32s(self.b);
        let mut sums = [simd.splat_f32s(0.0); SUMS];
        let (a_groups, a_single) = a.as_chunks::<SUMS>();
        let (b_groups, b_single) = b.as_chunks::<SUMS>();
        let add = |a, b, sum| {
            if OF_SQUARES {
                let difference = simd.sub_f32s(a, b);
                simd.mul_add_e_f32s(difference, difference, sum)
            } else {
                simd.mul_add_e_f32s(a, b, sum)
            }
        };
        for (a, b) in a_groups.iter().zip(b_groups) {
            for s in 0..SUMS {
                sums[s] = add(a[s], b[s], sums[s]);
            }
        }
        for (&a, &b) in a_single.iter().zip(b_single) {
            sums[0] = add(a, b, sums[0]);
        }
        let halves = [
            simd.add_f32s(sums[0], sums[1]),
            simd.add_f32s(sums[2], sums[3]),
        ];
        let mut sum = simd.reduce_sum_f32s(simd.add_f32s(halves[0], halves[1]));
        for (&a, &b) in a_rest.iter().zip(b_rest) {
            sum += if OF_SQUARES { (a - b) * (a - b) } else { a * b };
        }
        sum
    }
}
