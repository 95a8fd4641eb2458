//! What pulls and pushes the points of a map.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::affinity::Affinities;
use crate::simd::{self, LANES};

/// Points of a map, one vector an axis.
pub(crate) type Coordinates<const D: usize> = [Vec<f32>; D];

/// Rows that one task works on: small enough that two thousand points keep eight threads busy.
pub(crate) const TASK_ROWS: usize = 64;

/// A way to add up what pushes the points apart.
pub(crate) trait Repulsion<const D: usize>: Send {
    /// Sets `forces` to Σⱼ qᵢⱼ²·(yᵢ − yⱼ) for each point and returns the sum of qᵢⱼ over all
    /// ordered pairs, with qᵢⱼ = 1/(1 + ‖yᵢ − yⱼ‖²).
    fn add_up(&mut self, y: &Coordinates<D>, forces: &mut Coordinates<D>) -> f64;
}

/// The least and the largest of the values, NaN left out.
pub(crate) fn range(values: &[f32]) -> (f32, f32) {
    let (groups, rest) = values.as_chunks::<LANES>();
    let mut low = [f32::INFINITY; LANES];
    let mut high = [f32::NEG_INFINITY; LANES];
    simd::dispatch(
        #[inline(always)]
        || {
            for group in groups {
                for lane in 0..LANES {
                    let value = group[lane];
                    low[lane] = if value < low[lane] { value } else { low[lane] };
                    high[lane] = if value > high[lane] {
                        value
                    } else {
                        high[lane]
                    };
                }
            }
        },
    );
    let low = low
        .iter()
        .chain(rest)
        .copied()
        .fold(f32::INFINITY, f32::min);
    let high = high
        .iter()
        .chain(rest)
        .copied()
        .fold(f32::NEG_INFINITY, f32::max);
    (low, high)
}

/// Calls `work` with the first row and the forces of each block of `size` rows, in parallel; the
/// results stand in the order of the blocks.
pub(crate) fn row_blocks<const D: usize, T: Send>(
    forces: &mut Coordinates<D>,
    size: usize,
    work: impl Fn(usize, &mut [&mut [f32]; D]) -> T + Sync,
) -> Vec<T> {
    let n = forces[0].len();
    let mut axes = forces.each_mut().map(|axis| axis.chunks_mut(size));
    let mut blocks: Vec<[&mut [f32]; D]> = (0..n.div_ceil(size))
        .map(|_| axes.each_mut().map(|axis| axis.next().unwrap_or_default()))
        .collect();
    blocks
        .par_iter_mut()
        .enumerate()
        .map(|(b, block)| work(b * size, block))
        .collect()
}

/// Sets `forces` to Σⱼ pᵢⱼ·qᵢⱼ·(yᵢ − yⱼ).
pub(crate) fn attraction<const D: usize>(
    p: &Affinities,
    y: &Coordinates<D>,
    forces: &mut Coordinates<D>,
) {
    row_blocks(forces, TASK_ROWS, |first, forces| {
        simd::run(Attraction {
            p,
            y,
            first,
            forces,
        });
    });
}

struct Attraction<'a, 'b, const D: usize> {
    p: &'a Affinities,
    y: &'a Coordinates<D>,
    first: usize,
    forces: &'a mut [&'b mut [f32]; D],
}

impl<const D: usize> WithSimd for Attraction<'_, '_, D> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
        for r in 0..self.forces[0].len() {
            let row = self.p.starts[self.first + r]..self.p.starts[self.first + r + 1];
            let columns = self.p.columns[row.clone()].chunks_exact(S::F32_LANES);
            let (values, values_rest) = S::as_simd_f32s(&self.p.values[row]);
            let columns_rest = columns.remainder();
            let mut at = [0.0; D];
            for a in 0..D {
                at[a] = self.y[a][self.first + r];
            }
            let mut force = [zero; D];
            for (columns, &value) in columns.zip(values) {
                let mut delta = [zero; D];
                let mut square = one;
                for a in 0..D {
                    let mut gathered = [0.0f32; LANES];
                    for (gathered, &j) in gathered.iter_mut().zip(columns) {
                        *gathered = self.y[a][j as usize];
                    }
                    let gathered = S::as_simd_f32s(&gathered).0[0];
                    delta[a] = simd.sub_f32s(simd.splat_f32s(at[a]), gathered);
                    square = simd.mul_add_e_f32s(delta[a], delta[a], square);
                }
                let weight = simd.div_f32s(value, square);
                for a in 0..D {
                    force[a] = simd.mul_add_e_f32s(weight, delta[a], force[a]);
                }
            }
            let mut sum = [0.0; D];
            for a in 0..D {
                sum[a] = simd.reduce_sum_f32s(force[a]);
            }
            for (&j, &value) in columns_rest.iter().zip(values_rest) {
                let mut delta = [0.0; D];
                let mut square = 1.0;
                for a in 0..D {
                    delta[a] = at[a] - self.y[a][j as usize];
                    square += delta[a] * delta[a];
                }
                for a in 0..D {
                    sum[a] += value / square * delta[a];
                }
            }
            for a in 0..D {
                self.forces[a][r] = sum[a];
            }
        }
    }
}
