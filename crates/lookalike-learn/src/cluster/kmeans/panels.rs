//! Points laid out for vectors, to be compared with a few others again and again: [`LANES`] points at a
//! time, coordinate by coordinate, so that a vector holds one coordinate of as many points as it has lanes.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::aligned::AlignedRows;
use crate::simd::{self, LANES};

/// Others that points are multiplied with at a time: their sums keep both multipliers of a core busy.
const OTHERS: usize = 8;
/// Others for which a point has bits: 2 + ⌊ln k⌋ candidates are fewer for every k.
const MOST_OTHERS: usize = u32::BITS as usize;

/// `n` points of `width` coordinates, [`LANES`] to a row; zeros fill up the last one.
pub(super) fn lay_out<'a>(
    n: usize,
    width: usize,
    point: impl Fn(usize) -> &'a [f32] + Sync,
) -> AlignedRows {
    let mut panels = AlignedRows::zeros(n.div_ceil(LANES), width * LANES);
    panels
        .values_mut()
        .par_chunks_mut(width * LANES)
        .zip((0..n).into_par_iter().step_by(LANES))
        .for_each(|(panel, first)| {
            for i in first..n.min(first + LANES) {
                let lane = panel.iter_mut().skip(i - first).step_by(LANES);
                lane.zip(point(i)).for_each(|(to, &from)| *to = from);
            }
        });
    panels
}

/// Points, [`LANES`] to a panel.
pub(super) struct Panels {
    width: usize,
    /// A row for each panel, width×LANES.
    panels: AlignedRows,
}

impl Panels {
    /// `n` points of `width` coordinates.
    pub(super) fn new<'a>(
        n: usize,
        width: usize,
        point: impl Fn(usize) -> &'a [f32] + Sync,
    ) -> Self {
        let panels = lay_out(n, width, point);
        Self { width, panels }
    }

    /// For each point of a panel, a bit for each of up to [`MOST_OTHERS`] `others`: whether the offset of
    /// the other less their product is at most the limit of the point.
    pub(super) fn within(
        &self,
        panel: usize,
        others: &[&[f32]],
        offsets: &[f32],
        limits: &[f32; LANES],
    ) -> [u32; LANES] {
        debug_assert!(others.len() <= MOST_OTHERS);
        simd::run(Within {
            panel: self.panels.row(panel),
            width: self.width,
            others,
            offsets,
            limits,
            found: [0; LANES],
        })
    }
}

struct Within<'a> {
    panel: &'a [f32],
    width: usize,
    others: &'a [&'a [f32]],
    offsets: &'a [f32],
    limits: &'a [f32; LANES],
    found: [u32; LANES],
}

impl WithSimd for Within<'_> {
    type Output = [u32; LANES];

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> [u32; LANES] {
        let n = self.others.len();
        for first in (0..n).step_by(OTHERS) {
            match n - first {
                1 => self.compare::<S, 1>(simd, first),
                2 => self.compare::<S, 2>(simd, first),
                3 => self.compare::<S, 3>(simd, first),
                4 => self.compare::<S, 4>(simd, first),
                5 => self.compare::<S, 5>(simd, first),
                6 => self.compare::<S, 6>(simd, first),
                7 => self.compare::<S, 7>(simd, first),
                _ => self.compare::<S, OTHERS>(simd, first),
            }
        }
        self.found
    }
}

impl Within<'_> {
    /// All points of the panel with `N` others.
    #[inline(always)]
    fn compare<S: Simd, const N: usize>(&mut self, simd: S, first: usize) {
        let others: [&[f32]; N] = std::array::from_fn(|o| &self.others[first + o][..self.width]);
        let mut scores = [[0.0; LANES]; N];
        let in_panel = LANES / S::F32_LANES;
        for v in 0..in_panel {
            let columns = &S::as_simd_f32s(self.panel).0[v..];
            let mut sums = [simd.splat_f32s(0.0); N];
            for j in 0..self.width {
                let points = columns[j * in_panel];
                for o in 0..N {
                    sums[o] = simd.mul_add_e_f32s(simd.splat_f32s(others[o][j]), points, sums[o]);
                }
            }
            for o in 0..N {
                let offset = simd.splat_f32s(self.offsets[first + o]);
                S::as_mut_simd_f32s(&mut scores[o]).0[v] = simd.sub_f32s(offset, sums[o]);
            }
        }
        for (o, scores) in scores.iter().enumerate() {
            for i in 0..LANES {
                self.found[i] |= u32::from(scores[i] <= self.limits[i]) << (first + o);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whole numbers, the products of which are exact.
        #[test]
        fn bits_are_those_of_products_one_by_one(
            n in 1usize..40,
            width in 1usize..9,
            n_others in 1..=MOST_OTHERS,
            values in prop::collection::vec(-9i8..9, (40 + MOST_OTHERS) * 9),
            limits in prop::collection::vec(-99i8..99, 40),
        ) {
            let values: Vec<f32> = values.into_iter().map(f32::from).collect();
            let mut rows = values.chunks_exact(width);
            let points: Vec<&[f32]> = rows.by_ref().take(n).collect();
            let others: Vec<&[f32]> = rows.take(n_others).collect();
            let panels = Panels::new(n, width, |i| points[i]);
            for (panel, points) in points.chunks(LANES).enumerate() {
                let mut given = [f32::NEG_INFINITY; LANES];
                for (given, &limit) in given.iter_mut().zip(&limits).take(points.len()) {
                    *given = f32::from(limit);
                }
                let found = panels.within(panel, &others, &values[..n_others], &given);
                for (i, limit) in given.iter().enumerate() {
                    for o in 0..MOST_OTHERS {
                        let is_within = i < points.len() && o < n_others && {
                            let product: f32 =
                                points[i].iter().zip(others[o]).map(|(a, b)| a * b).sum();
                            values[o] - product <= *limit
                        };
                        prop_assert_eq!(found[i] >> o & 1 == 1, is_within);
                    }
                }
            }
        }
    }
}
