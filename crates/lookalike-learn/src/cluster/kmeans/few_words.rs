//! Products of bytes with few points, whose values become whole numbers of 16 bits for it.
//!
//! Twice as many of these are multiplied at once as of f32, and bytes need only be widened.

use pulp::{cast, i32x8};

use super::aligned::AlignedRows;
use super::bytes::{Bytes, PREFETCHED};
use crate::simd::{self, Halves, WithHalves};

/// Words in a vector.
const LANES: usize = 8;
/// Rows and points that are multiplied at a time: their sums, and a vector of each, are in registers.
const ROWS: usize = 4;
const POINTS: usize = 2;

/// A few points in words: two values, whole numbers of 16 bits, times a scale of the point.
pub(super) struct FewWords {
    words: AlignedRows<i32>,
    scales: Vec<f32>,
    /// Vectors of words in a row.
    n_vectors: usize,
    error: f64,
}

impl FewWords {
    /// The rows of `d` values in `points`.
    pub(super) fn new(points: &[f32], d: usize) -> Self {
        let n = points.len() / d;
        let n_vectors = d.div_ceil(2 * LANES);
        // A lane adds up two products for each vector.
        let most = i32::MAX as usize / (2 * n_vectors * usize::from(u8::MAX));
        let most = most.min(i16::MAX as usize) as f64;
        let mut words = AlignedRows::zeros(n, n_vectors * LANES);
        let mut scales = Vec::with_capacity(n);
        let mut error = 0.0f64;
        for (i, point) in points.chunks_exact(d).enumerate() {
            let largest = point.iter().fold(0.0f32, |l, v| l.max(v.abs()));
            let scale = (f64::from(largest) / most).max(f64::from(f32::MIN_POSITIVE)) as f32;
            let mut square = 0.0;
            let mut whole = |v: f32| {
                let v = f64::from(v) / f64::from(scale);
                let whole = v.round_ties_even().clamp(-most, most);
                square += (v - whole) * (v - whole);
                whole as i16
            };
            for (word, pair) in words.row_mut(i).iter_mut().zip(point.chunks(2)) {
                *word = cast([whole(pair[0]), pair.get(1).map_or(0, |&v| whole(v))]);
            }
            error = error.max(square.sqrt() * f64::from(scale));
            scales.push(scale);
        }
        Self {
            words,
            scales,
            n_vectors,
            error,
        }
    }

    /// By how much products may be off beside their rounding, relative to the length of the row.
    pub(super) fn error(&self) -> f64 {
        self.error
    }

    /// `out[i·m + j]` = pointᵢ times the j-th of m rows, which are these of `bytes`.
    pub(super) fn products(&self, bytes: &Bytes, which: &[usize], out: &mut [f32]) {
        simd::run_halves(Products {
            few: self,
            bytes,
            which,
            out,
        });
    }
}

struct Products<'a> {
    few: &'a FewWords,
    bytes: &'a Bytes,
    which: &'a [usize],
    out: &'a mut [f32],
}

impl WithHalves for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_halves<H: Halves>(mut self, halves: H) {
        let n = self.few.scales.len();
        let mut rows = AlignedRows::zeros(ROWS, self.few.n_vectors * LANES);
        for (first_row, which) in (0..).step_by(ROWS).zip(self.which.chunks(ROWS)) {
            if first_row % PREFETCHED == 0 {
                let rows = self.which[first_row..].iter().take(PREFETCHED);
                self.bytes.prefetch(rows.copied());
            }
            for (r, &row) in which.iter().enumerate() {
                widen(self.bytes.row(row), rows.row_mut(r));
            }
            for first in (0..n).step_by(POINTS) {
                let at = (first_row, first);
                match n - first {
                    1 => self.block::<H, 1>(halves, &rows, at),
                    _ => self.block::<H, POINTS>(halves, &rows, at),
                }
            }
        }
    }
}

impl Products<'_> {
    /// The rows times `P` points.
    #[inline(always)]
    fn block<H: Halves, const P: usize>(
        &mut self,
        halves: H,
        rows: &AlignedRows<i32>,
        (first_row, first): (usize, usize),
    ) {
        let n_vectors = self.few.n_vectors;
        let vectors = |row| -> &[[i32; LANES]] { &<[i32]>::as_chunks(row).0[..n_vectors] };
        let points: [_; P] = std::array::from_fn(|p| vectors(self.few.words.row(first + p)));
        let rows: [_; ROWS] = std::array::from_fn(|r| vectors(rows.row(r)));
        let mut sums: [[i32x8; P]; ROWS] = [[cast([0i32; LANES]); P]; ROWS];
        for j in 0..n_vectors {
            let rows: [i32x8; ROWS] = std::array::from_fn(|r| cast(rows[r][j]));
            for p in 0..P {
                let point = cast(points[p][j]);
                for r in 0..ROWS {
                    sums[r][p] = halves.multiply_add(rows[r], point, sums[r][p]);
                }
            }
        }
        let m = self.which.len();
        for (r, sums) in sums.iter().enumerate().take(m - first_row) {
            for (p, &sums) in sums.iter().enumerate() {
                let lanes = cast::<_, [i32; LANES]>(sums).map(|sum| sum as f32);
                let [a, b] = [&lanes[..4], &lanes[4..]];
                let sum = (a[0] + b[0]) + (a[1] + b[1]) + ((a[2] + b[2]) + (a[3] + b[3]));
                // In f64, where no product of these is beyond the limits.
                let unit = self.bytes.unit() * f64::from(self.few.scales[first + p]);
                self.out[(first + p) * m + first_row + r] = (unit * f64::from(sum)) as f32;
            }
        }
    }
}

/// Bytes as halves of words; zeros fill up the last vector.
#[inline(always)]
fn widen(bytes: &[u8], words: &mut [i32]) {
    let (vectors, _) = words.as_chunks_mut::<LANES>();
    let (chunks, rest) = bytes.as_chunks::<{ 2 * LANES }>();
    for (vector, chunk) in vectors.iter_mut().zip(chunks) {
        *vector = cast(chunk.map(i16::from));
    }
    if !rest.is_empty() {
        let mut last = [0u8; 2 * LANES];
        last[..rest.len()].copy_from_slice(rest);
        vectors[chunks.len()] = cast(last.map(i16::from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Samples;
    use ndarray::Array2;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn products_are_as_near_as_promised(
            m in 1usize..11,
            n in 1usize..7,
            d in prop::sample::select(vec![1usize, 2, 15, 16, 31, 130, 5000]),
            pixels in prop::collection::vec(0u8.., 997),
            values in prop::collection::vec(-1f32..1.0, 991),
            unit in prop::sample::select(vec![1.0f32, 1.0 / 255.0, 3e-7]),
            size in prop::sample::select(vec![0.0f32, 1e-3, 1.0, 1e9]),
            extreme: bool,
        ) {
            let byte = |i: usize| match i {
                0 => 1,
                _ if extreme => 255,
                _ => pixels[i % pixels.len()],
            };
            let x = Array2::from_shape_fn((m, d), |(i, j)| f32::from(byte(i * d + j)) * unit);
            let value = |i: usize| if extreme { size } else { values[i % values.len()] * size };
            let points: Vec<f32> = (0..n * d).map(value).collect();
            let samples = Samples::new(&x).unwrap();
            let bytes = Bytes::of_any_size(&samples).unwrap();
            let which: Vec<usize> = (0..m).rev().collect();
            let mut found = vec![f32::NAN; n * m];
            let few = FewWords::new(&points, d);
            few.products(&bytes, &which, &mut found);
            for (i, point) in points.chunks_exact(d).enumerate() {
                for (j, &row) in which.iter().enumerate() {
                    let row = samples.row(row);
                    let product = |a: &[f32], b: &[f32]| -> f64 {
                        a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
                    };
                    let length = product(row, row).sqrt();
                    let rounding = 16.0 * f64::from(f32::EPSILON) * product(point, point).sqrt();
                    let off = (f64::from(found[i * m + j]) - product(row, point)).abs();
                    prop_assert!(off <= (few.error() + rounding) * length, "off by {}", off);
                    prop_assert!(few.error() <= 1e-3 * (d as f64).sqrt() * f64::from(size) + 1e-30);
                }
            }
        }
    }
}
