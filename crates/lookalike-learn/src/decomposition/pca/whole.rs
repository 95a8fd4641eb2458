//! The Gram matrix of samples that are whole multiples of a unit, from exact products of bytes.
//!
//! Vectors hold twice as many numbers of 16 bits as of f32. Where a few neighbouring features of a pair of samples are
//! zero, as they are at the margins of pictures, nothing is done.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use pulp::{cast, i32x16};
use rayon::prelude::*;

use crate::input::{Columns, Samples};
use crate::parallel::blocks;
use crate::real::Real;
use crate::simd::{WideHalves, WithWideHalves, dispatch, halves_are_faster, run_wide_halves};
use crate::unit::Unit;
use crate::{Context, Result};

/// Samples whose products are added up in 32 bits.
const ROWS: usize = 4096;
/// Pairs of samples: a panel of so many fits into the L1 cache twice, a thousand features into L2.
const PAIRS: usize = 128;
/// Features of a panel.
const PANEL: usize = 32;
/// Neighbouring features whose products with a panel are in registers.
const TILE: usize = 2;
/// Words in a vector.
const LANES: usize = 16;

/// The bytes of a pair of samples in the two halves of a word, for each feature of a panel.
type Words = [i32; PANEL];

/// Some of the pairs of samples.
#[derive(Clone)]
struct Pairs {
    numbers: [u8; PAIRS],
    count: usize,
}

/// Sums over samples, which a thread uses again.
struct Sums {
    /// A pair of samples.
    bytes: [Vec<u8>; 2],
    panels: Vec<[Words; PAIRS]>,
    /// Of each tile, the pairs that are not all zero.
    pairs: Vec<Pairs>,
    /// Of panels i ≥ j, one such pair after another, a row for each feature of i.
    products: Vec<[Words; PANEL]>,
    values: Vec<Words>,
}

/// Sums over all samples, in units.
struct Total {
    products: Vec<f64>,
    values: Vec<f64>,
}

/// What the sums over samples tell.
#[derive(Debug)]
pub(super) struct Moments {
    means: Vec<f64>,
    /// The lower triangle of the Gram matrix of the samples less their means, row by row.
    gram: Vec<f64>,
}

/// The moments of samples of any values.
///
/// `None` where these are no multiples of a unit up to 255, or this machine multiplies no more halves at once than f32.
pub(super) fn moments<T: Real>(x: &Samples<'_, T>, context: &Context) -> Result<Option<Moments>> {
    let unit = Unit::of(x).filter(|_| halves_are_faster());
    let Some(unit) = unit else {
        return Ok(None);
    };
    let d = x.n_features();
    let total = Mutex::new(Total {
        products: vec![0.0; d * d],
        values: vec![0.0; d],
    });
    let summed = blocks(x.n_samples(), ROWS).try_for_each_init(
        || Sums::new(d),
        |sums, rows| {
            context.check().map_err(Some)?;
            sums.clear();
            let starts = rows.clone().step_by(2 * PAIRS);
            for rows in starts.map(|start| start..rows.end.min(start + 2 * PAIRS)) {
                if !sums.pack(x, unit, rows) {
                    return Err(None);
                }
                run_wide_halves(&mut *sums);
            }
            // Whole numbers: their sum is exact in whatever order.
            sums.add_to(&mut total.lock().unwrap_or_else(PoisonError::into_inner));
            Ok(())
        },
    );
    match summed {
        Ok(()) => {}
        Err(None) => return Ok(None),
        Err(Some(error)) => return Err(error),
    }
    let total = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Some(total.moments(x.n_samples() as f64, unit.size())))
}

impl Pairs {
    const NONE: Self = Self {
        numbers: [0; PAIRS],
        count: 0,
    };
}

impl Sums {
    fn new(d: usize) -> Self {
        let n = d.div_ceil(PANEL);
        Self {
            bytes: [0, 0].map(|_| vec![0; n * PANEL]),
            panels: vec![[[0; PANEL]; PAIRS]; n],
            pairs: vec![Pairs::NONE; n * PANEL / TILE],
            products: vec![[[0; PANEL]; PANEL]; n * (n + 1) / 2],
            values: vec![[0; PANEL]; n],
        }
    }

    fn clear(&mut self) {
        self.products.fill([[0; PANEL]; PANEL]);
        self.values.fill([0; PANEL]);
    }

    /// Takes in the bytes of some rows; whether all values have one.
    fn pack<T: Real>(&mut self, x: &Samples<'_, T>, unit: Unit<T>, rows: Range<usize>) -> bool {
        self.pairs.fill(Pairs::NONE);
        for (pair, start) in rows.clone().step_by(2).enumerate() {
            for (row, bytes) in (start..).zip(&mut self.bytes) {
                if row == rows.end {
                    bytes.fill(0);
                } else if !unit.encode(x.row(row), bytes) {
                    return false;
                }
            }
            dispatch(
                #[inline(always)]
                || self.pack_pair(pair),
            );
        }
        true
    }

    #[inline(always)]
    fn pack_pair(&mut self, pair: usize) {
        let [first, second] = &self.bytes;
        let (first, _) = first.as_chunks::<PANEL>();
        let (second, _) = second.as_chunks::<PANEL>();
        let panels = self.panels.iter_mut().zip(&mut self.values);
        let pairs = self.pairs.chunks_exact_mut(PANEL / TILE);
        for (((panel, values), pairs), (first, second)) in
            panels.zip(pairs).zip(first.iter().zip(second))
        {
            let words = &mut panel[pair];
            for i in 0..PANEL {
                let (first, second) = (i32::from(first[i]), i32::from(second[i]));
                words[i] = first | second << 16;
                values[i] += first + second;
            }
            for (tile, pairs) in words.as_chunks::<TILE>().0.iter().zip(pairs) {
                // Without a branch, which nothing would foresee.
                pairs.numbers[pairs.count % PAIRS] = pair as u8;
                pairs.count += usize::from(*tile != [0; TILE]);
            }
        }
    }

    fn add_to(&self, total: &mut Total) {
        let d = total.values.len();
        for (total, &value) in total.values.iter_mut().zip(self.values.as_flattened()) {
            *total += f64::from(value);
        }
        let mut products = self.products.iter();
        for (i, rows) in total.products.chunks_mut(PANEL * d).enumerate() {
            for (j, products) in (0..=i).zip(&mut products) {
                let columns = j * PANEL..d.min((j + 1) * PANEL);
                for (row, products) in rows.chunks_exact_mut(d).zip(products) {
                    for (total, &product) in row[columns.clone()].iter_mut().zip(products) {
                        *total += f64::from(product);
                    }
                }
            }
        }
    }
}

/// Adds the products of what was packed.
impl WithWideHalves for &mut Sums {
    #[inline(always)]
    fn with_wide_halves<H: WideHalves>(self, halves: H) {
        let mut products = self.products.iter_mut();
        let pairs = self.pairs.chunks_exact(PANEL / TILE);
        for (i, pairs) in pairs.enumerate() {
            for (other, products) in self.panels[..=i].iter().zip(&mut products) {
                let tiles = products.as_chunks_mut::<TILE>().0;
                for (at, (pairs, products)) in pairs.iter().zip(tiles).enumerate() {
                    add_products(halves, pairs, (&self.panels[i], at), other, products);
                }
            }
        }
    }
}

impl Total {
    fn moments(self, n: f64, unit: f64) -> Moments {
        let mut gram = self.products;
        for (row, value) in gram.chunks_exact_mut(self.values.len()).zip(&self.values) {
            let mean = value / n;
            for (product, value) in row.iter_mut().zip(&self.values) {
                *product = (*product - mean * value) * unit * unit;
            }
        }
        Moments {
            means: self.values.iter().map(|value| value / n * unit).collect(),
            gram,
        }
    }
}

impl Moments {
    /// The columns of the `n` samples, with standard deviations for the largest ones.
    pub(super) fn columns(&self, n: usize) -> Columns {
        let d = self.means.len();
        let squares = (0..d).map(|j| self.gram[j * d + j].max(0.0));
        Columns {
            means: self.means.clone(),
            deviations: squares.map(|square| (square / n as f64).sqrt()).collect(),
        }
    }

    /// The Gram matrix of some features.
    pub(super) fn gram_of(&self, features: &[Range<usize>]) -> Vec<f64> {
        let features = || features.iter().cloned().flatten();
        let row = |i: usize| &self.gram[i * self.means.len()..][..self.means.len()];
        features()
            .flat_map(|i| features().map(move |j| row(i)[j]))
            .collect()
    }
}

/// Adds, over some pairs of samples, the products of the features of a tile, which is number `at` of a panel,
/// with those of another panel.
#[inline(always)]
fn add_products(
    halves: impl WideHalves,
    pairs: &Pairs,
    (panel, at): (&[Words; PAIRS], usize),
    other: &[Words; PAIRS],
    products: &mut [Words; TILE],
) {
    let mut sums: [[i32x16; PANEL / LANES]; TILE] = cast([[0; PANEL]; TILE]);
    for &pair in &pairs.numbers[..pairs.count] {
        let pair = usize::from(pair) % PAIRS;
        let tile = &panel[pair].as_chunks::<TILE>().0[at];
        let others: [i32x16; PANEL / LANES] = cast(other[pair]);
        for (sums, &word) in sums.iter_mut().zip(tile) {
            let word: i32x16 = cast([word; LANES]);
            for (sum, other) in sums.iter_mut().zip(others) {
                *sum = halves.multiply_add_wide(word, other, *sum);
            }
        }
    }
    for (products, sums) in products.iter_mut().zip(sums) {
        let sums: Words = cast(sums);
        for (product, sum) in products.iter_mut().zip(sums) {
            *product += sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::moments;
    use crate::Context;
    use crate::input::Samples;
    use crate::simd::halves_are_faster;
    use ndarray::Array2;
    use proptest::prelude::*;

    /// In whole numbers, but for the last division.
    fn naive(bytes: &[Vec<u8>], features: &[usize]) -> Vec<f64> {
        let n = bytes.len() as i64;
        let sum = |f: &dyn Fn(&[u8]) -> i64| bytes.iter().map(|row| f(row)).sum::<i64>();
        let of = |j: usize| move |row: &[u8]| i64::from(row[j]);
        let gram = features.iter().flat_map(|&i| {
            features.iter().map(move |&j| {
                let products = sum(&|row| of(i)(row) * of(j)(row));
                (n * products - sum(&of(i)) * sum(&of(j))) as f64 / n as f64
            })
        });
        gram.collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn it_is_that_of_whole_numbers(
            n in 1usize..700,
            d in 1usize..80,
            zeros in 1u32..200,
            unit in prop::sample::select(vec![1.0f32, 0.125, 1.0 / 255.0]),
            pixels in prop::collection::vec(0u32.., 700),
            left_out in 0usize..80,
        ) {
            let byte = |i: usize, j: usize| {
                let mixed = (pixels[i].wrapping_mul(2_654_435_761) ^ pixels[j]).wrapping_mul(40_503);
                let value = (mixed >> 8) as u8;
                if u32::from(value) < zeros || j % 9 == 4 { 0 } else { value }
            };
            let mut bytes: Vec<Vec<u8>> = (0..n).map(|i| (0..d).map(|j| byte(i, j)).collect()).collect();
            bytes[0][0] = 1;
            let array = Array2::from_shape_fn((n, d), |(i, j)| f32::from(bytes[i][j]) * unit);
            let x = Samples::new(&array).unwrap();
            let runs = [0..left_out.min(d), (left_out + 1).min(d)..d];
            let features: Vec<usize> = runs.iter().cloned().flatten().collect();
            let Some(moments) = moments(&x, &Context::default()).unwrap() else {
                prop_assert!(!halves_are_faster());
                return Ok(());
            };
            for (mean, expected) in moments.means.iter().zip(x.column_means()) {
                prop_assert!((mean - expected).abs() <= 1e-7 * expected);
            }
            let gram = moments.gram_of(&runs);
            let factor = f64::from(unit) * f64::from(unit);
            let expected = naive(&bytes, &features);
            let k = features.len();
            for i in 0..k {
                for j in 0..=i {
                    let (got, expected) = (gram[i * k + j], expected[i * k + j] * factor);
                    let scale = 255.0 * 255.0 * n as f64 * factor;
                    prop_assert!((got - expected).abs() <= 1e-14 * scale, "{i} {j}: {got} {expected}");
                }
            }
        }
    }

    #[test]
    fn other_values_have_none() {
        let mut array = Array2::from_shape_fn((5000, 3), |(i, j)| ((i + j) % 256) as f32);
        array[[4999, 1]] = 0.5;
        let x = Samples::new(&array).unwrap();
        assert!(moments(&x, &Context::default()).unwrap().is_none());
    }

    #[test]
    fn products_of_many_samples_do_not_overflow() {
        let array =
            Array2::from_shape_fn(
                (70_000, 2),
                |(i, j)| if (i + j) % 2 == 0 { 255.0 } else { 1.0f32 },
            );
        let x = Samples::new(&array).unwrap();
        let Some(moments) = moments(&x, &Context::default()).unwrap() else {
            assert!(!halves_are_faster());
            return;
        };
        let gram = moments.gram;
        let expected = 70_000.0 * 127.0 * 127.0;
        assert_eq!((gram[0], gram[2], gram[3]), (expected, -expected, expected));
    }
}
