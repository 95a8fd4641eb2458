//! Products of rows with few others, read where they lie.
//!
//! A matrix product first copies both its sides into panels, which repays where each row is multiplied
//! many times. Few products are made faster as what they are, vectors along the features; a block of
//! rows times a block of points shares the reads.

use pulp::{Simd, WithSimd};

use super::aligned::AlignedRows;
use super::bytes::Bytes;
use super::few_words::FewWords;
use crate::input::Samples;
use crate::simd;

/// More points than these are better multiplied as a matrix ...
const MOST_POINTS: usize = 16;
/// ... and so are rows shorter than these.
const MIN_FEATURES: usize = 128;

/// Points that a block of rows is multiplied with at a time: rows, rather than points, side by side keep
/// more reads of memory under way.
const POINTS: usize = 2;

/// A few points to multiply rows with.
pub(super) enum Few<'a> {
    /// Rows as they are.
    Values { n: usize, points: AlignedRows },
    /// Rows from these bytes.
    Words { points: FewWords, bytes: &'a Bytes },
}

/// Whether so few points, of so many features, are multiplied faster where they lie.
pub(super) fn are_few(n_points: usize, n_features: usize) -> bool {
    n_points <= MOST_POINTS && n_features >= MIN_FEATURES
}

impl<'a> Few<'a> {
    /// The rows of `d` values in `points`, if they are few and long, to be multiplied with rows that are read from
    /// `bytes`, where there are any.
    pub(super) fn new(points: &[f32], d: usize, bytes: Option<&'a Bytes>) -> Option<Self> {
        let n = points.len() / d;
        are_few(n, d).then(|| match bytes {
            Some(bytes) => Self::Words {
                points: FewWords::new(points, d),
                bytes,
            },
            None => Self::Values {
                n,
                points: AlignedRows::copied(points.chunks_exact(d), d),
            },
        })
    }

    /// By how much products may be off beside their rounding, relative to the length of the row.
    pub(super) fn error(&self) -> f64 {
        match self {
            Self::Values { .. } => 0.0,
            Self::Words { points, .. } => points.error(),
        }
    }

    /// `out[i·m + j]` = pointᵢ times the j-th of m rows, which are these of `samples`.
    pub(super) fn products(&self, samples: &Samples<'_>, which: &[usize], out: &mut [f32]) {
        match self {
            &Self::Values { n, ref points } => simd::run(Products {
                n,
                points,
                samples,
                which,
                out,
            }),
            Self::Words { points, bytes } => points.products(bytes, which, out),
        }
    }
}

struct Products<'a> {
    n: usize,
    points: &'a AlignedRows,
    samples: &'a Samples<'a>,
    which: &'a [usize],
    out: &'a mut [f32],
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Sums, a vector of each row and one of a point are in registers.
        if S::REGISTER_COUNT >= 32 {
            self.by_rows::<S, 8>(simd);
        } else {
            self.by_rows::<S, 4>(simd);
        }
    }
}

impl Products<'_> {
    #[inline(always)]
    fn by_rows<S: Simd, const R: usize>(mut self, simd: S) {
        let m = self.which.len();
        for first_row in (0..m).step_by(R) {
            // Where there are fewer rows, the last is multiplied again.
            let row = |r: usize| self.samples.row(self.which[(first_row + r).min(m - 1)]);
            let rows: [_; R] = std::array::from_fn(row);
            for first in (0..self.n).step_by(POINTS) {
                let at = (first_row, first);
                match self.n - first {
                    1 => self.block::<S, R, 1>(simd, &rows, at),
                    _ => self.block::<S, R, POINTS>(simd, &rows, at),
                }
            }
        }
    }

    /// `R` rows times `P` points.
    #[inline(always)]
    fn block<S: Simd, const R: usize, const P: usize>(
        &mut self,
        simd: S,
        rows: &[&[f32]; R],
        (first_row, first): (usize, usize),
    ) {
        let m = self.which.len();
        let whole = rows[0].len() / S::F32_LANES;
        let vectors = rows.map(|row| &S::as_simd_f32s(row).0[..whole]);
        let points: [&[S::f32s]; P] =
            std::array::from_fn(|p| S::as_simd_f32s(self.points.row(first + p)).0);
        let heads = points.map(|point| &point[..whole]);
        let mut sums = [[simd.splat_f32s(0.0); P]; R];
        for j in 0..whole {
            let values = vectors.map(|row| row[j]);
            for p in 0..P {
                let point = heads[p][j];
                for r in 0..R {
                    sums[r][p] = simd.mul_add_e_f32s(values[r], point, sums[r][p]);
                }
            }
        }
        let rests = rows.map(|row| S::as_simd_f32s(row).1);
        if !rests[0].is_empty() {
            let values = rests.map(|rest| simd.partial_load_f32s(rest));
            for r in 0..R {
                for p in 0..P {
                    sums[r][p] = simd.mul_add_e_f32s(values[r], points[p][whole], sums[r][p]);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate().take(m - first_row) {
            for (p, &sum) in sums.iter().enumerate() {
                self.out[(first + p) * m + first_row + r] = simd.reduce_sum_f32s(sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::row_products;
    use ndarray::ArrayView2;
    use proptest::prelude::*;

    proptest! {
        /// Whole numbers, the products of which are exact.
        #[test]
        fn products_are_those_of_matrices(
            m in 1usize..20,
            n in 1usize..=MOST_POINTS,
            d in MIN_FEATURES..200,
            values in prop::collection::vec(-9i8..9, 40 * 200),
        ) {
            let values: Vec<f32> = values.into_iter().map(f32::from).collect();
            let (rows, points) = (&values[..m * d], &values[m * d..(m + n) * d]);
            let few = Few::new(points, d, None).unwrap();
            let (mut products, mut expected) = (vec![0.0; n * m], vec![0.0; n * m]);
            let array = ArrayView2::from_shape((m, d), rows).unwrap();
            let samples = Samples::new(&array).unwrap();
            few.products(&samples, &(0..m).collect::<Vec<_>>(), &mut products);
            row_products(points, rows, d, &mut expected);
            prop_assert_eq!(products, expected);
        }
    }
}
