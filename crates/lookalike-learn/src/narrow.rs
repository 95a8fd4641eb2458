//! From f64 to f32 without losing what matters.

use ndarray::{Array2, ArrayRef2};
use rayon::prelude::*;

use crate::parallel::{BLOCK_ROWS, map_blocks};
use crate::simd::dispatch;
use crate::{Context, Error, Result};

/// Rows of f32 that stand for rows of f64; made by [`narrow`].
#[derive(Debug, Clone, PartialEq)]
pub struct Narrowed {
    /// n×d: the rows, less `offset`.
    pub values: Array2<f32>,
    /// What was taken off each of the d columns, to be added to whatever is found among the values.
    pub offset: Vec<f64>,
}

/// What one look at a column tells.
#[derive(Debug, Clone, Copy, Default)]
struct Column {
    sum: f64,
    /// Whether a value is not one of f32's.
    is_rounded: bool,
}

/// Rows of f64 (n×d) as the algorithms take them.
///
/// A column whose values f32 holds exactly, such as whole numbers below 16 million, stays as it is.
/// Any other loses an offset near its mean first, so that a large one (metres of a map projection,
/// seconds since 1970) does not drown its differences: these keep 24 bits of the largest of them.
/// The offset is a multiple of a power of two of about that size, and therefore exact itself.
///
/// # Errors
/// When a value is not finite, or a column's differences are too large or too small for f32; when
/// cancelled.
pub fn narrow(x: &ArrayRef2<f64>, context: &Context) -> Result<Narrowed> {
    context.run(|| {
        let columns = look(x);
        // Finite f64 may overflow in a sum, which the check then passes.
        if columns.iter().any(|column| !column.sum.is_finite()) {
            check_finite(x)?;
        }
        context.check()?;
        let offset = if columns.iter().any(|column| column.is_rounded) {
            offsets(x, &columns)?
        } else {
            vec![0.0; columns.len()]
        };
        context.check()?;
        Ok(Narrowed {
            values: less(x, &offset)?,
            offset,
        })
    })
}

/// As [`narrow`], by the offset of other rows of the same d columns.
///
/// # Errors
/// As [`narrow`]; also when there are not d offsets.
pub fn narrow_by(x: &ArrayRef2<f64>, offset: &[f64], context: &Context) -> Result<Array2<f32>> {
    if offset.len() != x.ncols() {
        return Err(Error::input(format!(
            "x must have the {} columns (features) that the model was fitted on, got {}",
            offset.len(),
            x.ncols()
        )));
    }
    context.run(|| {
        check_finite(x)?;
        less(x, offset)
    })
}

fn look(x: &ArrayRef2<f64>) -> Vec<Column> {
    let of_blocks = map_blocks(x.nrows(), BLOCK_ROWS, |rows| {
        let mut sums = vec![0.0; x.ncols()];
        // Bits that rounding changes, of all values.
        let mut changed = vec![0u64; x.ncols()];
        let mut add = |row: &[f64]| {
            for ((sum, changed), &v) in sums.iter_mut().zip(&mut changed).zip(row) {
                *sum += v;
                *changed |= f64::from(v as f32).to_bits() ^ v.to_bits();
            }
        };
        dispatch(
            #[inline(always)]
            || {
                for i in rows {
                    match x.row(i).as_slice() {
                        Some(row) => add(row),
                        None => add(&x.row(i).to_vec()),
                    }
                }
            },
        );
        let columns = sums.into_iter().zip(changed);
        let columns = columns.map(|(sum, changed)| Column {
            sum,
            is_rounded: changed != 0,
        });
        columns.collect::<Vec<_>>()
    });
    let mut columns = vec![Column::default(); x.ncols()];
    for block in of_blocks {
        for (column, of_block) in columns.iter_mut().zip(block) {
            column.sum += of_block.sum;
            column.is_rounded |= of_block.is_rounded;
        }
    }
    columns
}

fn offsets(x: &ArrayRef2<f64>, columns: &[Column]) -> Result<Vec<f64>> {
    let n = x.nrows() as f64;
    let nothing = vec![(f64::INFINITY, f64::NEG_INFINITY); columns.len()];
    let of_blocks = map_blocks(x.nrows(), BLOCK_ROWS, |rows| {
        let mut ranges = nothing.clone();
        for i in rows {
            for (range, &v) in ranges.iter_mut().zip(x.row(i)) {
                *range = (range.0.min(v), range.1.max(v));
            }
        }
        ranges
    });
    let mut ranges = nothing.clone();
    for of_block in of_blocks {
        for (range, of_block) in ranges.iter_mut().zip(of_block) {
            *range = (range.0.min(of_block.0), range.1.max(of_block.1));
        }
    }
    let columns = columns.iter().zip(ranges).enumerate();
    columns
        .map(|(j, (column, (least, greatest)))| {
            if !column.is_rounded {
                Ok(0.0)
            } else if least >= greatest {
                // The mean of equal values may be rounded.
                Ok(least)
            } else {
                let mean = column.sum / n;
                offset(j, mean, (mean - least).max(greatest - mean))
            }
        })
        .collect()
}

/// Of column `j`, whose values are within `spread` of their `mean`.
fn offset(j: usize, mean: f64, spread: f64) -> Result<f64> {
    if spread < f64::from(f32::MIN_POSITIVE) {
        return Err(Error::input(format!(
            "x must vary by more than {:e}, the least that float32 resolves, got {spread:e} in \
             column {j} (counted from 0): scale it",
            f32::MIN_POSITIVE
        )));
    }
    let unit = spread.log2().floor().exp2();
    let offset = (mean / unit).trunc() * unit;
    // An infinite unit or mean: the values themselves are refused below.
    Ok(if offset.is_finite() { offset } else { 0.0 })
}

fn less(x: &ArrayRef2<f64>, offset: &[f64]) -> Result<Array2<f32>> {
    let (n, d) = x.dim();
    let mut values = vec![0.0f32; n * d];
    let block = BLOCK_ROWS * d.max(1);
    let are_finite = values
        .par_chunks_mut(block)
        .enumerate()
        .map(|(b, values)| {
            let mut are_finite = true;
            for (i, values) in values.chunks_exact_mut(d).enumerate() {
                let row = x.row(b * BLOCK_ROWS + i);
                for ((value, v), offset) in values.iter_mut().zip(row).zip(offset) {
                    *value = (v - offset) as f32;
                    are_finite &= value.is_finite();
                }
            }
            are_finite
        })
        .reduce(|| true, |a, b| a & b);
    if !are_finite {
        let at = values.iter().position(|value| !value.is_finite());
        let at = at.expect("one of them was seen");
        let (row, column) = (at / d, at % d);
        return Err(Error::input(format!(
            "x must be within the range of float32 (±{:e}), got {:e} in row {row}, column {column} \
             (counted from 0): scale it",
            f32::MAX,
            x[[row, column]]
        )));
    }
    Ok(Array2::from_shape_vec((n, d), values).expect("n×d values"))
}

fn check_finite(x: &ArrayRef2<f64>) -> Result<()> {
    let bad = map_blocks(x.nrows(), BLOCK_ROWS, |mut rows| {
        rows.find(|&i| x.row(i).iter().any(|v| !v.is_finite()))
    });
    let Some(row) = bad.into_iter().flatten().next() else {
        return Ok(());
    };
    let column = x.row(row).iter().position(|v| !v.is_finite());
    let column = column.expect("the row holds such a value");
    Err(Error::non_finite("x", row, column, x[[row, column]]))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::{narrow, narrow_by};
    use crate::Context;

    fn context() -> Context {
        Context::new()
    }

    #[test]
    fn what_f32_holds_stays_as_it_is() {
        let x = array![[1.0, -0.5], [16_777_216.0, 3.25]];
        let narrowed = narrow(&x, &context()).unwrap();
        assert_eq!(narrowed.offset, [0.0, 0.0]);
        assert_eq!(narrowed.values, x.mapv(|v| v as f32));
    }

    #[test]
    fn a_large_offset_does_not_drown_differences() {
        // Metres of a projection, to a millimetre.
        let x = array![[4_649_776.224], [4_649_776.225], [4_649_778.001]];
        let narrowed = narrow(&x, &context()).unwrap();
        let differences = [narrowed.values[[1, 0]] - narrowed.values[[0, 0]], 0.001];
        assert!(
            (differences[0] - differences[1]).abs() < 1e-6,
            "{narrowed:?}"
        );
    }

    #[test]
    fn rows_are_the_same_alone_and_together() {
        let x = Array2::from_shape_fn((700, 3), |(i, j)| 1e6 + (i * 3 + j) as f64 / 7.0);
        let narrowed = narrow(&x, &context()).unwrap();
        let last = x.slice(ndarray::s![699.., ..]);
        let alone = narrow_by(&last, &narrowed.offset, &context()).unwrap();
        assert_eq!(alone.row(0), narrowed.values.row(699));
    }

    #[test]
    fn equal_values_differ_by_nothing() {
        // Their mean is rounded, or infinite.
        for value in [0.1 * 2f64.powi(-80), f64::MAX] {
            let narrowed = narrow(&Array2::from_elem((3, 1), value), &context()).unwrap();
            assert_eq!(narrowed.offset, [value]);
            assert_eq!(narrowed.values, Array2::<f32>::zeros((3, 1)));
        }
    }

    #[test]
    fn what_f32_cannot_hold_is_refused_by_name() {
        for (x, words) in [
            (
                array![[0.0, 1.0], [f64::NAN, 1.0]],
                "NaN in row 1, column 0",
            ),
            (array![[0.0, 1e300], [0.0, 1.0]], "1e300 in row 0, column 1"),
            (array![[0.0, 1e-60], [0.0, 0.0]], "column 1"),
        ] {
            let error = narrow(&x, &context()).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
        let error = narrow_by(&array![[1.0, 2.0]], &[0.0], &context()).unwrap_err();
        assert!(error.to_string().contains("got 2"), "{error}");
    }

    proptest! {
        #[test]
        fn differences_keep_24_bits(
            base in -1e9..1e9f64,
            values in prop::collection::vec(-1.0..1.0f64, 2..50),
        ) {
            let x = Array2::from_shape_fn((values.len(), 1), |(i, _)| base + values[i]);
            let narrowed = narrow(&x, &context()).unwrap();
            let mean = x.sum() / values.len() as f64;
            let spread = x.iter().fold(0.0f64, |s, v| s.max((v - mean).abs()));
            for (value, v) in narrowed.values.iter().zip(&x) {
                let back = f64::from(*value) + narrowed.offset[0];
                // Within one unit of the mean, a value is at most twice the spread.
                prop_assert!((back - v).abs() <= 2.0 * spread * 2f64.powi(-24) + base.abs() * 1e-16);
            }
        }
    }
}
