//! Repulsion between all pairs, for maps small enough that n² pairs beat any tree.
//!
//! Each row is summed by one thread, a vector of columns at a time. Rows go in pairs, because one
//! division serves two: 1/a = b/(ab) and 1/b = a/(ab).

use pulp::{Simd, WithSimd};

use super::forces::{Coordinates, Repulsion, row_blocks};
use crate::parallel::{BLOCK_ROWS, sum_blocks};
use crate::simd::{self, LANES};

/// Columns after which the f32 partial sums of a row are added to the f64 sum.
const SEGMENT: usize = 4096;
/// Columns are padded to whole registers with points this far away, whose share is nothing.
const FAR_AWAY: f32 = 1e9;
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
        for (padded, y) in self.padded.iter_mut().zip(y) {
            padded.clear();
            padded.extend_from_slice(y);
            padded.resize(n.next_multiple_of(LANES), FAR_AWAY);
        }
        let padded = &self.padded;
        let z = row_blocks(forces, |first, forces| {
            let block_rows = forces[0].len();
            let mut z = 0.0;
            for r in (0..block_rows).step_by(2) {
                // An odd last row is paired with itself.
                let rows = [first + r, first + (r + 1).min(block_rows - 1)];
                let sums = simd::run(PairOfRows { y: padded, rows });
                for (i, sum) in sums.iter().enumerate().take(block_rows - r) {
                    for (force, axis) in forces.iter_mut().zip(&sum.force) {
                        force[r + i] = *axis as f32;
                    }
                    // The row itself adds exactly 1 to its own sum.
                    z += sum.z - 1.0;
                }
            }
            z
        });
        if z < LEAST_SUM * n as f64 {
            sum_exactly(y)
        } else {
            z
        }
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

/// Σ q²·(yᵢ − yⱼ) and Σ q over all j, with q = 1/(1 + ‖yᵢ − yⱼ‖²), for two rows i.
struct PairOfRows<'a, const D: usize> {
    y: &'a [Vec<f32>; D],
    rows: [usize; 2],
}

impl<const D: usize> WithSimd for PairOfRows<'_, D> {
    type Output = [RowSum<D>; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
        let mut at = [[zero; D]; 2];
        for r in 0..2 {
            for a in 0..D {
                at[r][a] = simd.splat_f32s(self.y[a][self.rows[r]]);
            }
        }
        let mut sums = [RowSum {
            force: [0.0; D],
            z: 0.0,
        }; 2];
        let n = self.y[0].len();
        for segment in (0..n).step_by(SEGMENT) {
            let mut columns = [&[][..]; D];
            for a in 0..D {
                columns[a] = S::as_simd_f32s(&self.y[a][segment..n.min(segment + SEGMENT)]).0;
            }
            let mut force = [[zero; D]; 2];
            let mut z = [zero; 2];
            for c in 0..columns[0].len() {
                let mut delta = [[zero; D]; 2];
                let mut square = [one; 2];
                for a in 0..D {
                    let column = columns[a][c];
                    for r in 0..2 {
                        delta[r][a] = simd.sub_f32s(at[r][a], column);
                        square[r] = simd.mul_add_e_f32s(delta[r][a], delta[r][a], square[r]);
                    }
                }
                let inverse = simd.div_f32s(one, simd.mul_f32s(square[0], square[1]));
                for r in 0..2 {
                    let q = simd.mul_f32s(inverse, square[1 - r]);
                    z[r] = simd.add_f32s(z[r], q);
                    let weight = simd.mul_f32s(q, q);
                    for a in 0..D {
                        force[r][a] = simd.mul_add_e_f32s(weight, delta[r][a], force[r][a]);
                    }
                }
            }
            for r in 0..2 {
                sums[r].z += f64::from(simd.reduce_sum_f32s(z[r]));
                for a in 0..D {
                    sums[r].force[a] += f64::from(simd.reduce_sum_f32s(force[r][a]));
                }
            }
        }
        sums
    }
}
