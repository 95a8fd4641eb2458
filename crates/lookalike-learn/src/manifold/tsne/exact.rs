//! Repulsion between all pairs, for maps small enough that n² pairs beat any approximation.
//!
//! Each pair is worked on once: what it adds to one point it takes from the other. A task has a
//! block of rows and all columns from there on, a vector of columns at a time; what it adds to the
//! columns of others it keeps, and these shares are added up in the order of the tasks.
//! Rows go in pairs, because one division then serves both: 1/a = b/(ab) and 1/b = a/(ab). Larger
//! groups are not faster: with half the divisions, they no longer are what takes the time.

use pulp::{Simd, WithSimd};

use super::forces::{Coordinates, Repulsion, TASK_ROWS, inverses, range, row_blocks};
use crate::parallel::{BLOCK_ROWS, sum_blocks};
use crate::simd::{self, LANES};

/// Columns that are worked on at once, with coordinates and forces within the L1 cache; their f32
/// partial sums are then added to the f64 sums of the rows.
const SEGMENT: usize = 1024;
/// Tasks at the most, because each keeps shares of up to n columns.
const MOST_TASKS: usize = 64;
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
            let (low, high) = range(y);
            extent = extent.max(-low).max(high);
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
        let n = forces[0].len();
        let task_rows = n.div_ceil(MOST_TASKS).next_multiple_of(TASK_ROWS);
        let tasks = row_blocks([forces], task_rows, |first, [forces]| {
            let own_end = self.padded[0].len().min(first + task_rows);
            simd::run(Task::<D, R> {
                y: &self.padded,
                first,
                own_end,
                forces,
            })
        });
        row_blocks([forces], task_rows, |first, [forces]| {
            for (t, task) in tasks[..first / task_rows].iter().enumerate() {
                let start = first - (t + 1) * task_rows;
                for (forces, shares) in forces.iter_mut().zip(&task.shares) {
                    for (force, share) in forces.iter_mut().zip(&shares[start..]) {
                        *force -= share;
                    }
                }
            }
        });
        tasks.iter().map(|task| task.z).sum()
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

/// What a task adds up beside the forces on its own rows.
struct TaskSums<const D: usize> {
    /// Σ q over the ordered pairs, without those of the points with themselves.
    z: f64,
    /// Σ q²·(yᵢ − yⱼ) over the rows i of the task, for each column j behind them.
    shares: [Vec<f32>; D],
}

/// The pairs of the rows from `first` on with one another and with the columns from `own_end` on.
struct Task<'a, 'b, const D: usize, const R: usize> {
    y: &'a [Vec<f32>; D],
    first: usize,
    own_end: usize,
    forces: &'a mut [&'b mut [f32]; D],
}

impl<const D: usize, const R: usize> WithSimd for Task<'_, '_, D, R> {
    type Output = TaskSums<D>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let n_rows = self.forces[0].len();
        let n_columns = self.y[0].len();
        let in_groups = n_rows - n_rows % R;
        let mut sums = vec![[0.0f64; D]; n_rows];
        let mut shares: [Vec<f32>; D] =
            std::array::from_fn(|_| vec![0.0; n_columns - self.own_end]);
        // Each row adds exactly 1 to its own sum.
        let mut z = -(n_rows as f64);
        let row = |r: usize| self.y.each_ref().map(|axis| axis[self.first + r]);
        for start in (self.first..self.own_end).step_by(SEGMENT) {
            let end = self.own_end.min(start + SEGMENT);
            let y = self.y.each_ref().map(|axis| &axis[start..end]);
            for r in (0..in_groups).step_by(R) {
                let rows = std::array::from_fn(|i| row(r + i));
                z += group::<S, D, R, false>(
                    simd,
                    rows,
                    y,
                    [(); D].map(|()| &mut [][..]),
                    &mut sums[r..],
                );
            }
            for r in in_groups..n_rows {
                z += group::<S, D, 1, false>(
                    simd,
                    [row(r)],
                    y,
                    [(); D].map(|()| &mut [][..]),
                    &mut sums[r..],
                );
            }
        }
        for start in (self.own_end..n_columns).step_by(SEGMENT) {
            let end = n_columns.min(start + SEGMENT);
            let y = self.y.each_ref().map(|axis| &axis[start..end]);
            let own = start - self.own_end..end - self.own_end;
            for r in (0..in_groups).step_by(R) {
                let rows = std::array::from_fn(|i| row(r + i));
                let shares = shares.each_mut().map(|shares| &mut shares[own.clone()]);
                z += 2.0 * group::<S, D, R, true>(simd, rows, y, shares, &mut sums[r..]);
            }
            for r in in_groups..n_rows {
                let shares = shares.each_mut().map(|shares| &mut shares[own.clone()]);
                z += 2.0 * group::<S, D, 1, true>(simd, [row(r)], y, shares, &mut sums[r..]);
            }
        }
        for (r, sum) in sums.iter().enumerate() {
            for a in 0..D {
                self.forces[a][r] = sum[a] as f32;
            }
        }
        TaskSums { z, shares }
    }
}

/// Adds Σ q²·(yᵢ − yⱼ) over the columns j to the sums of each of R rows i, and, if SHARED, over the
/// rows to the share of each column; returns Σ q, with q = 1/(1 + ‖yᵢ − yⱼ‖²).
#[inline(always)]
fn group<S: Simd, const D: usize, const R: usize, const SHARED: bool>(
    simd: S,
    rows: [[f32; D]; R],
    y: [&[f32]; D],
    shares: [&mut [f32]; D],
    sums: &mut [[f64; D]],
) -> f64 {
    let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
    let at = rows.map(|row| row.map(|value| simd.splat_f32s(value)));
    let columns = y.map(|axis| S::as_simd_f32s(axis).0);
    let shares = shares.map(|axis| S::as_mut_simd_f32s(axis).0);
    let n_vectors = columns[0].len();
    let columns = columns.map(|axis| &axis[..n_vectors]);
    let n_shares = if SHARED { n_vectors } else { 0 };
    let shares = shares.map(|axis| &mut axis[..n_shares]);
    let mut force = [[zero; D]; R];
    let mut z = zero;
    for c in 0..n_vectors {
        let mut delta = [[zero; D]; R];
        let mut square = [one; R];
        for a in 0..D {
            let column = columns[a][c];
            for r in 0..R {
                delta[r][a] = simd.sub_f32s(at[r][a], column);
                square[r] = simd.mul_add_e_f32s(delta[r][a], delta[r][a], square[r]);
            }
        }
        let q = inverses::<S, R>(simd, square);
        let mut share = [zero; D];
        if SHARED {
            for a in 0..D {
                share[a] = shares[a][c];
            }
        }
        for r in 0..R {
            z = simd.add_f32s(z, q[r]);
            let weight = simd.mul_f32s(q[r], q[r]);
            for a in 0..D {
                force[r][a] = simd.mul_add_e_f32s(weight, delta[r][a], force[r][a]);
                if SHARED {
                    share[a] = simd.mul_add_e_f32s(weight, delta[r][a], share[a]);
                }
            }
        }
        if SHARED {
            for a in 0..D {
                shares[a][c] = share[a];
            }
        }
    }
    for r in 0..R {
        for a in 0..D {
            sums[r][a] += f64::from(simd.reduce_sum_f32s(force[r][a]));
        }
    }
    f64::from(simd.reduce_sum_f32s(z))
}
