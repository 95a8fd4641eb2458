//! Samples less their mean, seen as a matrix with at least as many rows as columns.

use std::ops::Range;

use rayon::prelude::*;

use super::whole::Moments;
use crate::distance::scaling_exponent;
use crate::input::{Columns, Samples};
use crate::parallel::map_blocks;
use crate::real::Real;
use crate::simd::{LANES, dispatch};
use crate::{Context, Result};

/// Rows that go into one matrix product.
const BLOCK: usize = 1024;
/// The sums that are kept apart until the end may take this many bytes together.
const SUMS_BYTES: usize = 64 << 20;
/// More such sums than this keep no further thread busy.
const MAX_SUMS: usize = 16;
/// Factors beyond two to this, or below its inverse, are not normal numbers.
const MAX_EXPONENT: i32 = 126;

/// Centred samples, or their transpose: what is done to the longer side goes by blocks, and the
/// matrices that are decomposed have the size of the shorter one.
#[derive(Debug, Clone)]
pub(super) struct Centered<'a, V: Real> {
    samples: &'a Samples<'a, V>,
    means: &'a [f64],
    moments: Option<&'a Moments>,
    /// A power of two that brings all values near 1.
    scale: f64,
    /// Rows are features, columns samples.
    transposed: bool,
    /// Runs of the features that are columns, where features are.
    features: Vec<Range<usize>>,
    /// Whether not all values of a feature are the same.
    varies: Vec<bool>,
}

impl<'a, V: Real> Centered<'a, V> {
    /// With the features as columns; `moments` are those of the samples, where they are known.
    pub(super) fn new(
        samples: &'a Samples<'a, V>,
        columns: &'a Columns,
        moments: Option<&'a Moments>,
    ) -> Self {
        let deviations = &columns.deviations;
        let exponent = scaling_exponent(deviations.iter().copied().fold(0.0, f64::max), 0);
        Self {
            samples,
            means: &columns.means,
            moments,
            scale: 2f64.powi(exponent.clamp(-MAX_EXPONENT, MAX_EXPONENT)),
            transposed: false,
            features: runs(&vec![true; samples.n_features()]),
            varies: deviations.iter().map(|&d| d > 0.0).collect(),
        }
    }

    /// With whatever there are fewer of, samples or features, as columns.
    pub(super) fn upright(samples: &'a Samples<'a, V>, columns: &'a Columns) -> Self {
        Self {
            transposed: samples.n_samples() < samples.n_features(),
            ..Self::new(samples, columns, None)
        }
    }

    /// Without the columns that are zero, but for a few that make the others fill vectors.
    pub(super) fn without_zeros(&self) -> Self {
        let mut left = self.clone();
        if !self.transposed {
            let mut stays = self.varies.clone();
            let n_varying = stays.iter().filter(|&&varies| varies).count();
            let n_more = n_varying.max(1).next_multiple_of(LANES) - n_varying;
            let others = stays.iter_mut().filter(|varies| !**varies);
            others.take(n_more).for_each(|stays| *stays = true);
            left.features = runs(&stays);
        }
        left
    }

    /// Vectors in the space of all columns: those given in the space of the columns that are left, and
    /// a unit vector for each of the others.
    pub(super) fn in_all_columns(&self, vectors: Vec<f64>) -> Vec<f64> {
        let (columns, d) = (self.n_columns(), self.samples.n_features());
        if self.transposed || columns == d {
            return vectors;
        }
        let left = || self.features.iter().cloned().flatten();
        let mut all = vec![0.0; d * d];
        for (to, from) in all.chunks_exact_mut(d).zip(vectors.chunks_exact(columns)) {
            left().zip(from).for_each(|(j, &value)| to[j] = value);
        }
        let mut is_left = vec![false; d];
        left().for_each(|j| is_left[j] = true);
        let others = (0..d).filter(|&j| !is_left[j]);
        for (unit, j) in all[columns * d..].chunks_exact_mut(d).zip(others) {
            unit[j] = 1.0;
        }
        all
    }

    /// What the samples were multiplied by.
    pub(super) fn scale(&self) -> f64 {
        self.scale
    }

    pub(super) fn is_transposed(&self) -> bool {
        self.transposed
    }

    pub(super) fn n_rows(&self) -> usize {
        if self.transposed {
            self.samples.n_features()
        } else {
            self.samples.n_samples()
        }
    }

    pub(super) fn n_columns(&self) -> usize {
        if self.transposed {
            self.samples.n_samples()
        } else {
            self.features.iter().map(Range::len).sum()
        }
    }

    fn fill<T: Real>(&self, rows: Range<usize>, out: &mut [T]) {
        let columns = self.n_columns();
        dispatch(
            #[inline(always)]
            || {
                if self.transposed {
                    let means = &self.means[rows.clone()];
                    for i in 0..columns {
                        let values = self.samples.row(i)[rows.clone()].iter().zip(means);
                        for (row, (&value, &mean)) in out.chunks_exact_mut(columns).zip(values) {
                            row[i] = self.less_mean(value, mean);
                        }
                    }
                } else {
                    let samples = rows.map(|i| self.samples.row(i));
                    for (row, sample) in out.chunks_exact_mut(columns).zip(samples) {
                        let mut rest = row;
                        for run in &self.features {
                            let part = rest.split_off_mut(..run.len()).expect("a column a feature");
                            let values = sample[run.clone()].iter().zip(&self.means[run.clone()]);
                            for (out, (&value, &mean)) in part.iter_mut().zip(values) {
                                *out = self.less_mean(value, mean);
                            }
                        }
                    }
                }
            },
        );
    }

    /// In f64, whatever `T`: the error of a rounded mean would be the same in all rows, and add up.
    #[inline(always)]
    fn less_mean<T: Real>(&self, value: V, mean: f64) -> T {
        T::from_f64((value.into() - mean) * self.scale)
    }

    /// Adds up, over all blocks of rows in the precision `T`, what `work` makes of a block: `size`
    /// numbers, the sum of which is f64.
    ///
    /// Blocks next to one another share a sum, and there are as many sums as memory allows, however
    /// many threads there are.
    pub(super) fn sum_over_blocks<T: Real>(
        &self,
        size: usize,
        context: &Context,
        work: impl Fn(&[T], &mut [T]) + Sync,
    ) -> Result<Vec<f64>> {
        let (rows, columns) = (self.n_rows(), self.n_columns());
        let n_sums = (SUMS_BYTES / (size_of::<f64>() * size)).clamp(1, MAX_SUMS);
        let rows_of_sum = rows.div_ceil(n_sums).next_multiple_of(BLOCK.min(rows));
        let sums = map_blocks(rows, rows_of_sum, |rows| {
            let mut sum = vec![0.0f64; size];
            let mut block = vec![T::default(); BLOCK.min(rows.len()) * columns];
            let mut part = vec![T::default(); size];
            for start in rows.clone().step_by(BLOCK) {
                context.check()?;
                let rows = start..rows.end.min(start + BLOCK);
                let block = &mut block[..rows.len() * columns];
                self.fill(rows, block);
                work(block, &mut part);
                dispatch(
                    #[inline(always)]
                    || {
                        for (sum, &part) in sum.iter_mut().zip(&part) {
                            *sum += part.into();
                        }
                    },
                );
            }
            Ok(sum)
        });
        let mut sums = sums.into_iter().collect::<Result<Vec<_>>>()?.into_iter();
        let mut total = sums.next().expect("there is at least one row");
        for sum in sums {
            total
                .par_iter_mut()
                .zip(sum)
                .for_each(|(total, part)| *total += part);
        }
        Ok(total)
    }

    /// The lower triangle of the Gram matrix of the columns, where it is known.
    pub(super) fn known_gram(&self) -> Option<Vec<f64>> {
        let gram = self.moments?.gram_of(&self.features);
        let factor = self.scale * self.scale;
        Some(gram.into_iter().map(|v| v * factor).collect())
    }

    /// Products of all rows with the rows of `vectors`, row by row: `n_rows` × number of vectors.
    pub(super) fn products(&self, vectors: &[f64], context: &Context) -> Result<Vec<f64>> {
        let columns = self.n_columns();
        let count = vectors.len() / columns;
        let blocks = map_blocks(self.n_rows(), BLOCK, |rows| {
            context.check()?;
            let mut block = vec![0.0; rows.len() * columns];
            self.fill::<f64>(rows.clone(), &mut block);
            let mut products = vec![0.0; rows.len() * count];
            crate::linalg::row_products(&block, vectors, columns, &mut products);
            Ok(products)
        });
        Ok(blocks.into_iter().collect::<Result<Vec<_>>>()?.concat())
    }
}

/// Where `is_in` holds.
fn runs(is_in: &[bool]) -> Vec<Range<usize>> {
    let mut end = 0;
    let runs = is_in.chunk_by(|a, b| a == b).map(|run| {
        end += run.len();
        (run[0], end - run.len()..end)
    });
    runs.filter_map(|(is_in, run)| is_in.then_some(run))
        .collect()
}
