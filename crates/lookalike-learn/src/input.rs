//! Samples as the kernels want them: rows of finite f32, one after another.

use std::borrow::Cow;
use std::ops::Range;

use ndarray::ArrayRef2;
use rayon::prelude::*;

use crate::parallel::{BLOCK_ROWS, map_blocks};
use crate::real::Real;
use crate::real::sealed::Sealed;
use crate::simd::dispatch;
use crate::{Error, Result};

/// What is known of each column of samples.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) means: Vec<f64>,
    /// Zero where all values are the same, else of the size of the largest difference from the mean.
    pub(crate) deviations: Vec<f64>,
}

impl Columns {
    /// The largest difference of a value from the mean of its column.
    pub(crate) fn largest_deviation(&self) -> f64 {
        self.deviations.iter().copied().fold(0.0, f64::max)
    }
}

/// A validated, contiguous, row-major matrix of at least one row and one column.
///
/// It borrows the caller's array when that is laid out so already, and copies it otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Samples<'a, T: Real = f32> {
    values: Cow<'a, [T]>,
    n_samples: usize,
    n_features: usize,
}

impl<'a, T: Real> Samples<'a, T> {
    /// Checks shape and finiteness, before any work.
    pub(crate) fn new(x: &'a ArrayRef2<T>) -> Result<Self> {
        let samples = Self::of_any_values(x)?;
        samples.check_finite()?;
        Ok(samples)
    }

    /// That nothing in the columns of these means is not finite.
    pub(crate) fn check_means(&self, means: &[f64]) -> Result<()> {
        // What is not finite makes a sum that is not.
        let Some(column) = means.iter().position(|mean| !mean.is_finite()) else {
            return Ok(());
        };
        self.check_finite()?;
        Err(Error::input(format!(
            "the sum of column {column} of x (counted from 0) must not overflow: scale x"
        )))
    }

    /// As [`new`](Self::new), for callers that look at the values themselves.
    pub(crate) fn of_any_values(x: &'a ArrayRef2<T>) -> Result<Self> {
        let (n_samples, n_features) = x.dim();
        if n_samples == 0 || n_features == 0 {
            return Err(Error::input(format!(
                "x must have at least one row (sample) and one column (feature), \
                 got {n_samples} rows and {n_features} columns"
            )));
        }
        let values = match x.as_slice() {
            Some(values) => Cow::Borrowed(values),
            None => Cow::Owned(x.iter().copied().collect()),
        };
        Ok(Self {
            values,
            n_samples,
            n_features,
        })
    }

    /// Rows of `n_features` values, which are known to be finite.
    pub(crate) fn of_rows(values: &'a [T], n_features: usize) -> Self {
        Self {
            values: Cow::Borrowed(values),
            n_samples: values.len() / n_features,
            n_features,
        }
    }

    /// As [`new`](Self::new), and with as many columns as the model was fitted on.
    pub(crate) fn with_features(x: &'a ArrayRef2<T>, n_features: usize) -> Result<Self> {
        let samples = Self::of_any_values_with_features(x, n_features)?;
        samples.check_finite()?;
        Ok(samples)
    }

    /// As [`with_features`](Self::with_features), for callers that look at the values themselves.
    pub(crate) fn of_any_values_with_features(
        x: &'a ArrayRef2<T>,
        n_features: usize,
    ) -> Result<Self> {
        let samples = Self::of_any_values(x)?;
        if samples.n_features != n_features {
            return Err(Error::input(format!(
                "x must have the {n_features} columns (features) that the model was fitted on, \
                 got {}",
                samples.n_features
            )));
        }
        Ok(samples)
    }

    /// Refuses more rows than indices of 32 bits can tell apart.
    pub(crate) fn check_indices(&self) -> Result<()> {
        if u32::try_from(self.n_samples).is_ok() {
            return Ok(());
        }
        Err(Error::input(format!(
            "x must have fewer than 2^32 rows (samples), got {}",
            self.n_samples
        )))
    }

    pub(crate) fn check_finite(&self) -> Result<()> {
        let d = self.n_features;
        let bad_block = map_blocks(self.n_samples, BLOCK_ROWS, |rows| {
            // Without early exit, so that it is one SIMD pass.
            let finite = self
                .block(rows.clone())
                .iter()
                .fold(true, |ok, &v| ok & Sealed::is_finite(v));
            (!finite).then_some(rows)
        });
        let Some(rows) = bad_block.into_iter().flatten().next() else {
            return Ok(());
        };
        for row in rows {
            if let Some(column) = self.row(row).iter().position(|&v| !Sealed::is_finite(v)) {
                let value: f64 = self.values[row * d + column].into();
                return Err(Error::non_finite("x", row, column, value));
            }
        }
        unreachable!("the block was found to hold such a value")
    }

    pub(crate) fn n_samples(&self) -> usize {
        self.n_samples
    }

    pub(crate) fn n_features(&self) -> usize {
        self.n_features
    }

    /// All values, row by row.
    pub(crate) fn values(&self) -> &[T] {
        &self.values
    }

    pub(crate) fn row(&self, i: usize) -> &[T] {
        &self.values[i * self.n_features..(i + 1) * self.n_features]
    }

    /// A copy of some rows, in their order.
    pub(crate) fn select(&self, rows: &[usize]) -> Samples<'static, T> {
        let d = self.n_features;
        let mut values = vec![T::default(); rows.len() * d];
        values
            .par_chunks_mut(BLOCK_ROWS.min(rows.len()) * d)
            .zip(rows.par_chunks(BLOCK_ROWS.min(rows.len())))
            .for_each(|(values, rows)| {
                for (value, &i) in values.chunks_exact_mut(d).zip(rows) {
                    value.copy_from_slice(self.row(i));
                }
            });
        Samples {
            values: Cow::Owned(values),
            n_samples: rows.len(),
            n_features: d,
        }
    }

    /// The values of some rows in sequence.
    pub(crate) fn block(&self, rows: Range<usize>) -> &[T] {
        &self.values[rows.start * self.n_features..rows.end * self.n_features]
    }

    /// What one look at the values tells of the columns.
    pub(crate) fn columns(&self) -> Columns {
        let d = self.n_features;
        let of_blocks = map_blocks(self.n_samples, BLOCK_ROWS, |rows| {
            let rows = self.block(rows);
            let mut sums = vec![0.0f64; d];
            let mut least = vec![f64::INFINITY; d];
            let mut greatest = vec![f64::NEG_INFINITY; d];
            dispatch(
                #[inline(always)]
                || {
                    for row in rows.chunks_exact(d) {
                        let columns = sums.iter_mut().zip(&mut least).zip(&mut greatest);
                        for (((sum, least), greatest), &v) in columns.zip(row) {
                            let v: f64 = v.into();
                            *sum += v;
                            *least = least.min(v);
                            *greatest = greatest.max(v);
                        }
                    }
                },
            );
            (sums, (least, greatest))
        });
        let (sums, ranges): (Vec<_>, Vec<_>) = of_blocks.into_iter().unzip();
        let mut means = self.means_of(sums);
        let mut range = vec![(f64::INFINITY, f64::NEG_INFINITY); d];
        for (least, greatest) in ranges {
            for (range, (least, greatest)) in range.iter_mut().zip(least.into_iter().zip(greatest))
            {
                *range = (range.0.min(least), range.1.max(greatest));
            }
        }
        let columns = means.iter_mut().zip(range);
        let deviations = columns.map(|(mean, (least, greatest))| {
            if least >= greatest && !mean.is_nan() {
                // The mean of equal values may be rounded.
                *mean = least;
            }
            (*mean - least).max(greatest - *mean)
        });
        let deviations = deviations.collect();
        Columns { means, deviations }
    }

    /// The mean of each column, in f64.
    pub(crate) fn column_means(&self) -> Vec<f64> {
        self.column_means_by(
            #[inline(always)]
            |row, sums| {
                for (sum, &v) in sums.iter_mut().zip(self.row(row)) {
                    *sum += v.into();
                }
            },
        )
    }

    /// As [`column_means`](Self::column_means), where `add` adds a row to sums.
    pub(crate) fn column_means_by(&self, add: impl Fn(usize, &mut [f64]) + Sync) -> Vec<f64> {
        let sums = map_blocks(self.n_samples, BLOCK_ROWS, |rows| {
            let mut sums = vec![0.0f64; self.n_features];
            dispatch(
                #[inline(always)]
                || {
                    for row in rows {
                        add(row, &mut sums);
                    }
                },
            );
            sums
        });
        self.means_of(sums)
    }

    /// The means of the columns, whose sums over blocks of rows are given.
    fn means_of(&self, sums: Vec<Vec<f64>>) -> Vec<f64> {
        let mut means = vec![0.0; self.n_features];
        for sum in sums {
            for (m, s) in means.iter_mut().zip(sum) {
                *m += s;
            }
        }
        for m in &mut means {
            *m /= self.n_samples as f64;
        }
        means
    }
}

/// Refuses what is no matrix of distances: square, finite, not negative.
pub(crate) fn check_distances(distances: &ArrayRef2<f64>) -> Result<()> {
    let (n, n_columns) = distances.dim();
    if n == 0 || n != n_columns {
        return Err(Error::input(format!(
            "distances must be a square matrix of at least one row, got {n}×{n_columns}"
        )));
    }
    let bad = distances
        .indexed_iter()
        .find(|(_, d)| !(**d >= 0.0 && d.is_finite()));
    match bad {
        None => Ok(()),
        Some(((row, column), &d)) if d.is_finite() => Err(Error::input(format!(
            "distances must not be negative, got {d} in row {row}, column {column} (counted from 0)"
        ))),
        Some(((row, column), &d)) => Err(Error::non_finite("distances", row, column, d)),
    }
}
