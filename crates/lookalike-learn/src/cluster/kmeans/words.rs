//! Points of few bits: coordinates as whole numbers of 16 bits, two to a word, times a scale of the point.
//!
//! Processors multiply twice as many of these at once as of f32, and read them in half the time.

use pulp::{cast, i32x8};
use rayon::prelude::*;

use super::aligned::AlignedRows;
use crate::simd::{Halves, LANES};

/// The length of a point in its scale: products of two points, and all sums on the way to them, fit into
/// 32 bits with a sign.
const LENGTH: f32 = 32000.0;
/// Added to a number of up to 2^22, leaves the number rounded in the low bits.
const ROUNDER: f32 = 12_582_912.0;
/// Vectors of words in a panel.
const VECTORS: usize = LANES / 8;
/// Points that a panel is multiplied with at a time: their sums keep both multipliers of a core busy.
pub(super) const AT_A_TIME: usize = 4;

/// A point: its words, and what a unit of them stands for.
#[derive(Clone, Copy, Default)]
pub(super) struct Point<'a> {
    pub(super) words: &'a [i32],
    pub(super) scale: f32,
}

/// By how much the product of two points of so many coordinates may be off, relative to the product of their
/// lengths: each coordinate is off by half a unit at most.
pub(super) fn error_of_words(n_coordinates: usize) -> f64 {
    let of_point = (n_coordinates as f64).sqrt() * 0.51 / f64::from(LENGTH);
    of_point * (2.0 + of_point)
}

/// Words for `n_coordinates`.
pub(super) fn n_words(n_coordinates: usize) -> usize {
    n_coordinates.div_ceil(2)
}

/// Writes the words of a point of at most this positive length; returns its scale.
#[inline(always)]
pub(super) fn encode(coordinates: &[f32], length: f32, words: &mut [i32]) -> f32 {
    let inverse = LENGTH / length;
    let half = |v: f32| (v * inverse + ROUNDER).to_bits() as i32;
    let (pairs, rest) = coordinates.as_chunks::<2>();
    let (of_pairs, of_rest) = words.split_at_mut(pairs.len());
    for (word, &[first, second]) in of_pairs.iter_mut().zip(pairs) {
        *word = half(first) & 0xffff | half(second) << 16;
    }
    for (word, &last) in of_rest.iter_mut().zip(rest) {
        *word = half(last) & 0xffff;
    }
    length / LENGTH
}

/// `n` points of `width` words laid out for vectors: [`LANES`] points to a row, one word of each after another;
/// zeros fill up the last row.
pub(super) fn lay_out<'a>(
    n: usize,
    width: usize,
    point: impl Fn(usize) -> &'a [i32] + Sync,
) -> AlignedRows<i32> {
    let mut panels = AlignedRows::zeros(n.div_ceil(LANES), width * LANES);
    panels
        .values_mut()
        .par_chunks_mut(width * LANES)
        .zip((0..n).into_par_iter().step_by(LANES))
        .for_each(|(panel, first)| {
            for i in first..n.min(first + LANES) {
                let lane = panel.iter_mut().skip(i - first).step_by(LANES);
                lane.zip(point(i)).for_each(|(to, &from)| *to = from);
            }
        });
    panels
}

/// The products, in units of their scales, of some points with those of a panel.
#[inline(always)]
pub(super) fn products<H: Halves, const N: usize>(
    halves: H,
    points: [&[i32]; N],
    panel: &[i32],
) -> [[f32; LANES]; N] {
    let (panel, _) = panel.as_chunks::<LANES>();
    let points = points.map(|words| &words[..panel.len()]);
    let mut sums: [[i32x8; VECTORS]; N] = [cast([0i32; LANES]); N];
    for (j, column) in panel.iter().enumerate() {
        let column: [i32x8; VECTORS] = cast(*column);
        for (sums, words) in sums.iter_mut().zip(points) {
            let word: i32x8 = cast([words[j]; 8]);
            for (sum, column) in sums.iter_mut().zip(column) {
                *sum = halves.multiply_add(word, column, *sum);
            }
        }
    }
    sums.map(|sums| cast::<_, [i32; LANES]>(sums).map(|sum| sum as f32))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::simd::{self, WithHalves};
    use proptest::prelude::*;

    /// Whole numbers as words.
    pub(in crate::cluster::kmeans) fn words(values: &[i16]) -> Vec<i32> {
        let word = |pair: &[i16]| {
            let second = pair.get(1).map_or(0, |&v| i32::from(v));
            i32::from(pair[0]) & 0xffff | second << 16
        };
        values.chunks(2).map(word).collect()
    }

    /// The product of two points.
    pub(in crate::cluster::kmeans) fn product(a: Point<'_>, b: Point<'_>) -> f64 {
        let halves = |word: &i32| [i64::from(*word as i16), i64::from(word >> 16)];
        let sum: i64 = (a.words.iter().flat_map(halves))
            .zip(b.words.iter().flat_map(halves))
            .map(|(a, b)| a * b)
            .sum();
        sum as f64 * f64::from(a.scale) * f64::from(b.scale)
    }

    struct OfThree<'a>([&'a [i32]; 3], &'a [i32]);

    impl WithHalves for OfThree<'_> {
        type Output = [[f32; LANES]; 3];

        #[inline(always)]
        fn with_halves<H: Halves>(self, halves: H) -> Self::Output {
            products(halves, self.0, self.1)
        }
    }

    proptest! {
        #[test]
        fn products_are_those_of_all_halves(
            width in 1usize..9,
            values in prop::collection::vec(i16::MIN.., (3 + LANES) * 16),
        ) {
            let values: Vec<i16> = values.iter().map(|v| v % 8000).collect();
            let points: Vec<Vec<i32>> = values.chunks(2 * width).map(words).collect();
            let panel = lay_out(LANES, width, |i| &points[3 + i]);
            let few = std::array::from_fn(|i| &points[i][..]);
            let found = simd::run_halves(OfThree(few, &panel.row(0)[..width * LANES]));
            for (i, found) in found.iter().enumerate() {
                for (l, &found) in found.iter().enumerate() {
                    let point = |i: usize| Point { words: &points[i], scale: 1.0 };
                    let exact = product(point(i), point(3 + l)) as f32;
                    prop_assert_eq!(found.to_bits(), exact.to_bits());
                }
            }
        }

        #[test]
        fn words_are_as_near_as_promised(
            d in 1usize..40,
            values in prop::collection::vec(-1f32..1.0, 80),
            size in prop::sample::select(vec![1e-20f32, 1.0, 7e12]),
        ) {
            let values: Vec<f32> = values.iter().map(|v| v * size).collect();
            let exact = |a: &[f32], b: &[f32]| -> f64 {
                a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
            };
            let (a, b) = (&values[..d], &values[40..40 + d]);
            let length = |v| (exact(v, v).sqrt() as f32).next_up();
            let (mut of_a, mut of_b) = (vec![0; n_words(d)], vec![0; n_words(d)]);
            let (scale_a, scale_b) = (encode(a, length(a), &mut of_a), encode(b, length(b), &mut of_b));
            let found = product(
                Point { words: &of_a, scale: scale_a },
                Point { words: &of_b, scale: scale_b },
            );
            let lengths = f64::from(length(a)) * f64::from(length(b));
            prop_assert!((found - exact(a, b)).abs() <= error_of_words(d) * lengths);
        }
    }
}
