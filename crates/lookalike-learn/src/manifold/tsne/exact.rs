//! Repulsion between all pairs, for maps small enough that n² pairs beat any tree.
//!
//! Each row is summed by one thread, a vector of columns at a time. Rows go in pairs,
//! because one division then serves both: 1/a = b/(ab) and 1/b = a/(ab). Larger groups are not
//! faster: with half the divisions, they no longer are what takes the time.

use pulp::{Simd, WithSimd};

use super::forces::{Coordinates, Repulsion, row_blocks};
use crate::parallel::{BLOCK_ROWS, sum_blocks};
use crate::simd::{self, LANES};

/// Columns after which the f32 partial sums of a row are added to the f64 sum.
const SEGMENT: usize = 4096;
/// Columns are padded to whole registers with points this far away, whose share is nothing. Maps
/// beyond it, on which the product of two squares could overflow, go row by row.
const FAR_AWAY: f32 = 1e8;
/// Below this for each row, a sum of q has lost too many digits to the 1 of the row itself.
const LEAST_SUM: f64 = 1e-2;

/// All pairs, exactly.
pub(crate) struct Exact<const D: usize> {
    padded: [Vec<f32>; D],
}

impl<const D: usize> Exact<D> {
    pub(crate) fn new() -> Self {
        Self {
            padded: std::array::from_fn(|_| Vec::new()),
        }
    }
}

impl<const D: usize> Repulsion<D> for Exact<D> {
    fn add_up(&mut self, y: &Coordinates<D>, forces: &mut Coordinates<D>) -> f64 {
        let n = y[0].len();
        let mut extent = 0.0f32;
        for (padded, y) in self.padded.iter_mut().zip(y) {
            padded.clear();
            padded.extend_from_slice(y);
            padded.resize(n.next_multiple_of(LANES), FAR_AWAY);
            extent = y.iter().fold(extent, |extent, v| extent.max(v.abs()));
        }
        let z = if extent <= FAR_AWAY {
            self.add_up_groups::<2>(forces)
        } else {
            self.add_up_groups::<1>(forces)
        };
        if z < LEAST_SUM * n as f64 {
            sum_exactly(y)
        } else {
            z
        }
    }
}

impl<const D: usize> Exact<D> {
    /// Works on R rows at a time.
    fn add_up_groups<const R: usize>(&self, forces: &mut Coordinates<D>) -> f64 {
        let y = &self.padded;
        row_blocks(forces, |first, forces| {
            let block_rows = forces[0].len();
            let mut z = 0.0;
            for r in (0..block_rows).step_by(R) {
                // The last group is filled up with the last row.
                let rows = std::array::from_fn(|i| first + (r + i).min(block_rows - 1));
                let sums = simd::run(GroupOfRows::<D, R> { y, rows });
                for (i, sum) in sums.iter().enumerate().take(block_rows - r) {
                    for (force, axis) in forces.iter_mut().zip(&sum.force) {
                        force[r + i] = *axis as f32;
                    }
                    // The row itself adds exactly 1 to its own sum.
                    z += sum.z - 1.0;
                }
            }
            z
        })
    }
}

/// Σ q over all ordered pairs, without the ones of the points themselves.
fn sum_exactly<const D: usize>(y: &Coordinates<D>) -> f64 {
    let of_row = |i: usize| -> f64 {
        let q = |j: usize| {
            let delta = y.each_ref().map(|y| f64::from(y[i]) - f64::from(y[j]));
            1.0 / (1.0 + delta.iter().map(|d| d * d).sum::<f64>())
        };
        (0..i).map(q).sum()
    };
    2.0 * sum_blocks(y[0].len(), BLOCK_ROWS, |rows| rows.map(of_row).sum())
}

#[derive(Clone, Copy)]
struct RowSum<const D: usize> {
    force: [f64; D],
    z: f64,
}

/// Σ q²·(yᵢ − yⱼ) and Σ q over all j, with q = 1/(1 + ‖yᵢ − yⱼ‖²), for R rows i.
struct GroupOfRows<'a, const D: usize, const R: usize> {
    y: &'a [Vec<f32>; D],
    rows: [usize; R],
}

impl<const D: usize, const R: usize> WithSimd for GroupOfRows<'_, D, R> {
    type Output = [RowSum<D>; R];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
        let mut at = [[zero; D]; R];
        for r in 0..R {
            for a in 0..D {
                at[r][a] = simd.splat_f32s(self.y[a][self.rows[r]]);
            }
        }
        let mut sums = [RowSum {
            force: [0.0; D],
            z: 0.0,
        }; R];
        let n = self.y[0].len();
        for segment in (0..n).step_by(SEGMENT) {
            let mut columns = [&[][..]; D];
            for a in 0..D {
                columns[a] = S::as_simd_f32s(&self.y[a][segment..n.min(segment + SEGMENT)]).0;
            }
            let mut force = [[zero; D]; R];
            let mut z = [zero; R];
            for c in 0..columns[0].len() {
                let mut delta = [[zero; D]; R];
                let mut square = [one; R];
                for a in 0..D {
                    let column = columns[a][c];
                    for r in 0..R {
                        delta[r][a] = simd.sub_f32s(at[r][a], column);
                        square[r] = simd.mul_add_e_f32s(delta[r][a], delta[r][a], square[r]);
                    }
                }
                // The inverse of the product of all squares is taken apart again, from the last to
                // the first.
                let mut product = [one; R];
                for r in 1..R {
                    product[r] = simd.mul_f32s(product[r - 1], square[r - 1]);
                }
                let mut inverse = simd.div_f32s(one, simd.mul_f32s(product[R - 1], square[R - 1]));
                for r in (0..R).rev() {
                    let q = simd.mul_f32s(inverse, product[r]);
                    inverse = simd.mul_f32s(inverse, square[r]);
                    z[r] = simd.add_f32s(z[r], q);
                    let weight = simd.mul_f32s(q, q);
                    for a in 0..D {
                        force[r][a] = simd.mul_add_e_f32s(weight, delta[r][a], force[r][a]);
                    }
                }
            }
            for r in 0..R {
                sums[r].z += f64::from(simd.reduce_sum_f32s(z[r]));
                for a in 0..D {
                    sums[r].force[a] += f64::from(simd.reduce_sum_f32s(force[r][a]));
                }
            }
        }
        sums
    }
}
