//! What pulls neighbours together.
//!
//! The coordinates of neighbours are gathered from all over the map. They stand in tables whose
//! lengths are powers of two that the compiler knows: an index less its higher bits needs no check, and checks
//! take longer than what they guard.

use pulp::{Simd, WithSimd};

use super::affinity::Affinities;
use super::forces::Coordinates;
use crate::simd::{self, LANES};

/// Lengths of tables: memory behind the points is never touched, so that it takes none.
const SMALL: usize = 1 << 12;
const MIDDLE: usize = 1 << 20;
const LARGE: usize = 1 << 28;

/// Adds up attraction.
pub(crate) struct Attraction<const D: usize> {
    tables: Coordinates<D>,
}

impl<const D: usize> Attraction<D> {
    /// For n points, below 2²⁸: more have no room for their neighbours.
    pub(crate) fn new(n: usize) -> Self {
        let lengths = [SMALL, MIDDLE, LARGE];
        let length = lengths
            .into_iter()
            .find(|&length| n <= length)
            .unwrap_or(LARGE);
        Self {
            tables: std::array::from_fn(|_| vec![0.0; length]),
        }
    }

    /// Takes the points to where they are now.
    pub(crate) fn update(&mut self, y: &Coordinates<D>) {
        for (table, y) in self.tables.iter_mut().zip(y) {
            table[..y.len()].copy_from_slice(y);
        }
    }

    /// Sets `forces` to Σⱼ pᵢⱼ·qᵢⱼ·(yᵢ − yⱼ) for the points from the `first` on.
    pub(crate) fn add_up(&self, p: &Affinities, first: usize, forces: &mut [&mut [f32]; D]) {
        match self.tables[0].len() {
            SMALL => self.of_rows::<SMALL>(p, first, forces),
            MIDDLE => self.of_rows::<MIDDLE>(p, first, forces),
            _ => self.of_rows::<LARGE>(p, first, forces),
        }
    }

    fn of_rows<const N: usize>(&self, p: &Affinities, first: usize, forces: &mut [&mut [f32]; D]) {
        simd::run(Rows {
            p,
            tables: self
                .tables
                .each_ref()
                .map(|table| &table.as_chunks::<N>().0[0]),
            first,
            forces,
        });
    }
}

struct Rows<'a, 'b, const D: usize, const N: usize> {
    p: &'a Affinities,
    tables: [&'a [f32; N]; D],
    first: usize,
    forces: &'a mut [&'b mut [f32]; D],
}

impl<const D: usize, const N: usize> WithSimd for Rows<'_, '_, D, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for r in 0..self.forces[0].len() {
            let i = self.first + r;
            let row = self.p.starts[i]..self.p.starts[i + 1];
            let mut pull = Pull {
                simd,
                tables: self.tables,
                at: self.tables.map(|table| simd.splat_f32s(table[i & (N - 1)])),
                force: [simd.splat_f32s(0.0); D],
            };
            let columns = self.p.columns[row.clone()].chunks_exact(S::F32_LANES);
            let (values, values_rest) = S::as_simd_f32s(&self.p.values[row]);
            let columns_rest = columns.remainder();
            for (columns, &values) in columns.zip(values) {
                pull.add(columns, values);
            }
            if !columns_rest.is_empty() {
                let (mut columns, mut values) = ([0; LANES], [0.0; LANES]);
                columns[..columns_rest.len()].copy_from_slice(columns_rest);
                values[..columns_rest.len()].copy_from_slice(values_rest);
                pull.add(&columns[..S::F32_LANES], S::as_simd_f32s(&values).0[0]);
            }
            for (forces, force) in self.forces.iter_mut().zip(pull.force) {
                forces[r] = simd.reduce_sum_f32s(force);
            }
        }
    }
}

/// What pulls a point.
struct Pull<'a, S: Simd, const D: usize, const N: usize> {
    simd: S,
    tables: [&'a [f32; N]; D],
    at: [S::f32s; D],
    force: [S::f32s; D],
}

impl<S: Simd, const D: usize, const N: usize> Pull<'_, S, D, N> {
    /// Adds a vector of neighbours.
    #[inline(always)]
    fn add(&mut self, columns: &[u32], values: S::f32s) {
        let simd = self.simd;
        let mut delta = self.at;
        let mut square = simd.splat_f32s(1.0);
        for a in 0..D {
            let mut gathered = [0.0f32; LANES];
            for (gathered, &j) in gathered[..S::F32_LANES].iter_mut().zip(columns) {
                *gathered = self.tables[a][j as usize & (N - 1)];
            }
            delta[a] = simd.sub_f32s(self.at[a], S::as_simd_f32s(&gathered).0[0]);
            square = simd.mul_add_e_f32s(delta[a], delta[a], square);
        }
        let weight = simd.div_f32s(values, square);
        for a in 0..D {
            self.force[a] = simd.mul_add_e_f32s(weight, delta[a], self.force[a]);
        }
    }
}
