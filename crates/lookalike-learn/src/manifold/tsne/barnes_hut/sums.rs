//! What acts on the points of a leaf, all of them at once.

use pulp::{Simd, WithSimd};

use super::super::forces::inverses;
use super::tree::{Cell, LEAF, Lists, Tree};

/// Zero for the point itself, one for the others of its leaf.
const OTHERS: [[f32; LEAF]; LEAF] = {
    let mut others = [[1.0; LEAF]; LEAF];
    let mut i = 0;
    while i < LEAF {
        others[i][i] = 0.0;
        i += 1;
    }
    others
};

/// What acts on the points of some leaves; R points or cells share a division.
pub(super) struct Leaves<'a, 'b, const D: usize, const R: usize> {
    pub(super) tree: &'a Tree<D>,
    pub(super) squared_angle: f32,
    pub(super) first_row: usize,
    pub(super) lists: &'a mut Lists,
    pub(super) forces: &'a mut [&'b mut [f32]; D],
}

impl<const D: usize, const R: usize> WithSimd for Leaves<'_, '_, D, R> {
    /// Σ q over the rows, without the 1 of each point itself.
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let n_rows = self.forces[0].len();
        let mut z = 0.0;
        for start in (0..n_rows).step_by(LEAF) {
            let leaf = (self.first_row + start) / LEAF;
            self.tree.walk(leaf, self.squared_angle, self.lists);
            let rows = self.tree.rows(leaf);
            let rows = rows.map(|axis| S::as_simd_f32s(axis).0);
            for first in (start..n_rows.min(start + LEAF)).step_by(S::F32_LANES) {
                let v = (first - start) / S::F32_LANES;
                let n = S::F32_LANES.min(n_rows - first);
                let mut sums = Sums::at(simd, rows.map(|axis| axis[v]));
                sums.add_lists::<R>(self.tree, self.lists);
                sums.add_own::<R>(self.tree.points(leaf), v);
                for (forces, force) in self.forces.iter_mut().zip(sums.force) {
                    forces[first..first + n].copy_from_slice(&lanes::<S>(&force)[..n]);
                }
                z += lanes::<S>(&sums.q)[..n]
                    .iter()
                    .map(|&q| f64::from(q))
                    .sum::<f64>();
            }
        }
        z
    }
}

/// The sums of one vector of points.
struct Sums<S: Simd, const D: usize> {
    simd: S,
    at: [S::f32s; D],
    /// Σ q²·(y − yⱼ).
    force: [S::f32s; D],
    /// Σ q.
    q: S::f32s,
}

impl<S: Simd, const D: usize> Sums<S, D> {
    #[inline(always)]
    fn at(simd: S, at: [S::f32s; D]) -> Self {
        let zero = simd.splat_f32s(0.0);
        Self {
            simd,
            at,
            force: [zero; D],
            q: zero,
        }
    }

    #[inline(always)]
    fn add_lists<const R: usize>(&mut self, tree: &Tree<D>, lists: &Lists) {
        let (groups, rest) = lists.far.as_chunks::<R>();
        for group in groups {
            self.add_cells(group.map(|cell| tree.cell(cell)));
        }
        for &cell in rest {
            self.add_cells([tree.cell(cell)]);
        }
        for &leaf in &lists.near {
            let points = tree.points(leaf as usize);
            let (groups, rest) = in_groups::<D, R>(points);
            for g in 0..groups[0].len() {
                self.add_points(groups.map(|axis| axis[g]), |_, q| q);
            }
            for j in 0..rest[0].len() {
                self.add_points(rest.map(|axis| [axis[j]]), |_, q| q);
            }
        }
    }

    /// The points of the own leaf, but for each row itself; the rows are the `v`th vector of it.
    #[inline(always)]
    fn add_own<const R: usize>(&mut self, points: [&[f32]; D], v: usize) {
        let simd = self.simd;
        let (groups, rest) = in_groups::<D, R>(points);
        let n_groups = groups[0].len();
        for g in 0..n_groups {
            self.add_points(
                groups.map(|axis| axis[g]),
                #[inline(always)]
                |r, q| simd.mul_f32s(q, S::as_simd_f32s(&OTHERS[g * R + r]).0[v]),
            );
        }
        for j in 0..rest[0].len() {
            self.add_points(
                rest.map(|axis| [axis[j]]),
                #[inline(always)]
                |_, q| simd.mul_f32s(q, S::as_simd_f32s(&OTHERS[n_groups * R + j]).0[v]),
            );
        }
    }

    /// `weigh` has the last word on the q of each point.
    #[inline(always)]
    fn add_points<const N: usize>(
        &mut self,
        points: [[f32; N]; D],
        weigh: impl Fn(usize, S::f32s) -> S::f32s,
    ) {
        let simd = self.simd;
        let (delta, square) = self.distances(|r, a| points[a][r]);
        let q = inverses::<S, N>(simd, square);
        for r in 0..N {
            let q = weigh(r, q[r]);
            self.q = simd.add_f32s(self.q, q);
            let weight = simd.mul_f32s(q, q);
            for a in 0..D {
                self.force[a] = simd.mul_add_e_f32s(weight, delta[r][a], self.force[a]);
            }
        }
    }

    /// Points about a centre c, to second order in how far δ they are from it. With d = y − c, s = 1 + ‖d‖²,
    /// q = 1/s, n points of moments M = Σ δδᵀ, u = Md and e = dᵀu:
    /// Σ 1/(1 + ‖d − δ‖²) ≈ q·(n + 4q²e − q·tr M) and
    /// Σ (d − δ)/(1 + ‖d − δ‖²)² ≈ q²·((n + 12q²e − 2q·tr M)·d − 4q·u).
    #[inline(always)]
    fn add_cells<const N: usize>(&mut self, cells: [&Cell<D>; N]) {
        let simd = self.simd;
        let splat = |value| simd.splat_f32s(value);
        let (delta, square) = self.distances(|r, a| cells[r].center[a]);
        let q = inverses::<S, N>(simd, square);
        for r in 0..N {
            let (cell, delta, q) = (cells[r], delta[r], q[r]);
            let mut moved = [splat(0.0); D];
            let mut along = splat(0.0);
            for a in 0..D {
                moved[a] = simd.mul_f32s(splat(cell.moments[a][0]), delta[0]);
                for b in 1..D {
                    moved[a] = simd.mul_add_e_f32s(splat(cell.moments[a][b]), delta[b], moved[a]);
                }
                along = simd.mul_add_e_f32s(delta[a], moved[a], along);
            }
            let along = simd.mul_f32s(q, along);
            let (count, spread) = (splat(cell.count), splat(-cell.spread));
            let of_q = simd.mul_add_e_f32s(splat(4.0), along, spread);
            self.q = simd.mul_add_e_f32s(q, simd.mul_add_e_f32s(q, of_q, count), self.q);
            let of_force = simd.mul_add_e_f32s(splat(12.0), along, simd.add_f32s(spread, spread));
            let square = simd.mul_f32s(q, q);
            let away = simd.mul_f32s(square, simd.mul_add_e_f32s(q, of_force, count));
            let aside = simd.mul_f32s(simd.mul_f32s(splat(-4.0), q), square);
            for a in 0..D {
                self.force[a] = simd.mul_add_e_f32s(away, delta[a], self.force[a]);
                self.force[a] = simd.mul_add_e_f32s(aside, moved[a], self.force[a]);
            }
        }
    }

    /// y − yⱼ and 1 + ‖y − yⱼ‖² for N places.
    #[inline(always)]
    fn distances<const N: usize>(
        &self,
        place: impl Fn(usize, usize) -> f32,
    ) -> ([[S::f32s; D]; N], [S::f32s; N]) {
        let simd = self.simd;
        let mut delta = [[simd.splat_f32s(0.0); D]; N];
        let mut square = [simd.splat_f32s(1.0); N];
        for r in 0..N {
            for a in 0..D {
                delta[r][a] = simd.sub_f32s(self.at[a], simd.splat_f32s(place(r, a)));
                square[r] = simd.mul_add_e_f32s(delta[r][a], delta[r][a], square[r]);
            }
        }
        (delta, square)
    }
}

/// Points R at a time, and those that are left over.
#[inline(always)]
fn in_groups<const D: usize, const R: usize>(
    points: [&[f32]; D],
) -> ([&[[f32; R]]; D], [&[f32]; D]) {
    let groups = points.map(|axis| axis.as_chunks::<R>());
    (groups.map(|axis| axis.0), groups.map(|axis| axis.1))
}

#[inline(always)]
fn lanes<S: Simd>(vector: &S::f32s) -> &[f32] {
    pulp::bytemuck::cast_slice(std::slice::from_ref(vector))
}
