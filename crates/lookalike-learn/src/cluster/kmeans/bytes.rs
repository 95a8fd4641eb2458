//! Samples as bytes, where all values are whole multiples of a unit.
//!
//! k-means reads the same rows again and again. Where they do not fit into a cache, a quarter of the bytes
//! is a quarter of the time.

use std::hint::black_box;

use rayon::prelude::*;

use super::aligned::LINE;
use crate::input::Samples;
use crate::parallel::BLOCK_ROWS;
use crate::simd;
use crate::unit::Unit;

/// Samples of fewer bytes stay in a cache as they are.
const MIN_BYTES: usize = 16 << 20;
/// More squares of differences of bytes than these may not fit into 32 bits.
const MAX_FEATURES: usize = 1 << 16;
/// Rows worth being brought to the cache at a time.
pub(super) const PREFETCHED: usize = 16;

/// A byte for each value, which it stands for exactly.
pub(crate) struct Bytes {
    unit: Unit<f32>,
    values: Vec<u8>,
    n_features: usize,
}

impl Bytes {
    /// The bytes of `x`, where it is large and all its values have one; they are finite then.
    pub(super) fn of(x: &Samples<'_>) -> Option<Self> {
        if size_of_val(x.values()) < MIN_BYTES {
            return None;
        }
        Self::of_any_size(x)
    }

    /// As [`of`](Self::of), of few samples, too.
    pub(super) fn of_any_size(x: &Samples<'_>) -> Option<Self> {
        let (n, d) = (x.n_samples(), x.n_features());
        if d > MAX_FEATURES {
            return None;
        }
        let unit = Unit::of(x)?;
        let mut values = vec![0; n * d];
        let all = values
            .par_chunks_mut(BLOCK_ROWS * d)
            .zip(x.values().par_chunks(BLOCK_ROWS * d))
            .all(|(bytes, values)| {
                let mut rows = bytes.chunks_exact_mut(d).zip(values.chunks_exact(d));
                rows.all(|(bytes, row)| unit.encode(row, bytes))
            });
        all.then_some(Self {
            unit,
            values,
            n_features: d,
        })
    }

    /// What a byte of 1 stands for.
    pub(super) fn unit(&self) -> f64 {
        self.unit.size()
    }

    pub(super) fn row(&self, i: usize) -> &[u8] {
        &self.values[i * self.n_features..(i + 1) * self.n_features]
    }

    /// Has rows, which memory would bring one after another, brought to the cache together.
    #[inline]
    pub(super) fn prefetch(&self, rows: impl Iterator<Item = usize>) {
        rows.for_each(|i| touch(self.row(i)));
    }

    fn decode(&self, i: usize, row: &mut [f32]) {
        simd::dispatch(
            #[inline(always)]
            || {
                for (value, &byte) in row.iter_mut().zip(self.row(i)) {
                    *value = self.unit.value(byte);
                }
            },
        );
    }

    /// ‖xᵢ − xⱼ‖² of the units.
    pub(super) fn squared_distance(&self, i: usize, j: usize) -> f32 {
        let (a, b) = (self.row(i), self.row(j));
        let sum = simd::dispatch(
            #[inline(always)]
            || {
                let mut sum = 0u32;
                for (&a, &b) in a.iter().zip(b) {
                    let difference = i32::from(a) - i32::from(b);
                    sum += (difference * difference) as u32;
                }
                sum
            },
        );
        (self.unit() * self.unit() * f64::from(sum)) as f32
    }
}

/// The rows of samples to be read: as they are, or from bytes.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(super) samples: &'a Samples<'a>,
    bytes: Option<&'a Bytes>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(samples: &'a Samples<'a>, bytes: Option<&'a Bytes>) -> Self {
        Self { samples, bytes }
    }

    pub(super) fn bytes(&self) -> Option<&'a Bytes> {
        self.bytes
    }

    /// The mean of each column.
    pub(super) fn column_means(&self) -> Vec<f64> {
        match self.bytes {
            None => self.samples.column_means(),
            Some(bytes) => self.samples.column_means_by(
                #[inline(always)]
                |row, sums| {
                    for (sum, &byte) in sums.iter_mut().zip(bytes.row(row)) {
                        *sum += f64::from(bytes.unit.value(byte));
                    }
                },
            ),
        }
    }

    /// As [`Bytes::prefetch`].
    #[inline]
    pub(super) fn prefetch(&self, rows: impl Iterator<Item = usize>) {
        match self.bytes {
            Some(bytes) => bytes.prefetch(rows),
            None => rows.for_each(|i| touch(self.samples.row(i))),
        }
    }

    /// A row; `buffer`, of as many values, may be where it is.
    pub(super) fn read<'b>(&self, i: usize, buffer: &'b mut [f32]) -> &'b [f32]
    where
        'a: 'b,
    {
        match self.bytes {
            None => self.samples.row(i),
            Some(bytes) => {
                bytes.decode(i, buffer);
                buffer
            }
        }
    }
}

/// Reads a value of each cache line of a row.
#[inline(always)]
fn touch<T: Copy>(row: &[T]) {
    for &value in row.iter().step_by(LINE / size_of::<T>()) {
        black_box(value);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::distance::squared_distance;
    use ndarray::{Array2, ArrayView2};
    use proptest::prelude::*;

    /// `n` rows and `k` centres of `d` values of few kinds, so that many rows are as near to one centre as to
    /// another: whole units, of which rows have bytes, or values near `offset`.
    pub(in crate::cluster::kmeans) fn few_kinds(
        values: &[i8],
        (n, k, d): (usize, usize, usize),
        unit: Option<f32>,
        offset: f32,
    ) -> (Vec<f32>, Vec<f32>) {
        let value = |&v: &i8, share: f32| match unit {
            Some(unit) => share * unit * f32::from(v + 3),
            None => share * f32::from(v) + offset,
        };
        let mut rows: Vec<f32> = values[..n * d].iter().map(|v| value(v, 1.0)).collect();
        rows[0] = unit.unwrap_or(rows[0]);
        let centers = values[..k * d].iter().rev().map(|v| value(v, 0.5));
        (rows, centers.collect())
    }

    /// Whole numbers; where they are to have bytes, none below zero, and one of them 1.
    pub(in crate::cluster::kmeans) fn whole(values: &[i8], in_bytes: bool) -> Vec<f32> {
        let value = |&v: &i8| f32::from(if in_bytes { v.abs() } else { v });
        let mut values: Vec<f32> = values.iter().map(value).collect();
        if in_bytes {
            values[0] = 1.0;
        }
        values
    }

    proptest! {
        #[test]
        fn rows_and_distances_are_those_of_the_samples(
            n in 1usize..70,
            d in 1usize..70,
            mut pixels in prop::collection::vec(0u8.., 70 * 70),
            unit in prop::sample::select(vec![1.0f32, 1.0 / 255.0, 1.0 / 16.0, 3e-7, 2e9]),
        ) {
            pixels[0] = 1;
            let values: Vec<f32> = pixels[..n * d].iter().map(|&v| f32::from(v) * unit).collect();
            let array = ArrayView2::from_shape((n, d), &values).unwrap();
            let x = Samples::new(&array).unwrap();
            let bytes = Bytes::of_any_size(&x).unwrap();
            let mut buffer = vec![0.0; d];
            for i in 0..n {
                let row = Rows::new(&x, Some(&bytes)).read(i, &mut buffer);
                prop_assert_eq!(row, x.row(i));
                let exact = squared_distance(x.row(i), x.row(0));
                let found = f64::from(bytes.squared_distance(i, 0));
                prop_assert!((found - exact).abs() <= 1e-5 * exact);
            }
        }
    }

    #[test]
    fn other_values_have_none() {
        for other in [256.0, 2.5, -1.0] {
            let mut array = Array2::from_shape_fn((200, 3), |(i, j)| ((i + j) % 7) as f32);
            // The unit is that of some rows, this not among them.
            array[[1, 2]] = other;
            let x = Samples::new(&array).unwrap();
            assert!(Bytes::of_any_size(&x).is_none(), "{other}");
        }
    }
}
