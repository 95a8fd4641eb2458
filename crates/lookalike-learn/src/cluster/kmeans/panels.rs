//! Points laid out for vectors, to be compared with a few others again and again.

use super::aligned::AlignedRows;
use super::words::{AT_A_TIME, Point, lay_out, products};
use crate::simd::{self, Halves, LANES, WithHalves};

/// Others for which a point has bits: 2 + ⌊ln k⌋ candidates are fewer for every k.
const MOST_OTHERS: usize = u32::BITS as usize;

/// Points, [`LANES`] to a panel.
pub(super) struct Panels {
    width: usize,
    /// A row for each panel, width×LANES.
    panels: AlignedRows<i32>,
    /// Of each point, and of those that fill up the last panel.
    scales: Vec<[f32; LANES]>,
}

impl Panels {
    /// `n` points of `width` words.
    pub(super) fn new<'a>(
        n: usize,
        width: usize,
        point: impl Fn(usize) -> Point<'a> + Sync,
    ) -> Self {
        let mut scales = vec![[0.0; LANES]; n.div_ceil(LANES)];
        for (i, scale) in scales.as_flattened_mut()[..n].iter_mut().enumerate() {
            *scale = point(i).scale;
        }
        Self {
            width,
            panels: lay_out(n, width, |i| point(i).words),
            scales,
        }
    }

    /// For each point of a panel, a bit for each of up to [`MOST_OTHERS`] `others`: whether the offset of
    /// the other less their product is at most the limit of the point.
    pub(super) fn within(
        &self,
        panel: usize,
        others: &[Point<'_>],
        offsets: &[f32],
        limits: &[f32; LANES],
    ) -> [u32; LANES] {
        debug_assert!(others.len() <= MOST_OTHERS);
        simd::run_halves(Within {
            panel: &self.panels.row(panel)[..self.width * LANES],
            scales: &self.scales[panel],
            others,
            offsets,
            limits,
            found: [0; LANES],
        })
    }
}

struct Within<'a> {
    panel: &'a [i32],
    scales: &'a [f32; LANES],
    others: &'a [Point<'a>],
    offsets: &'a [f32],
    limits: &'a [f32; LANES],
    found: [u32; LANES],
}

impl WithHalves for Within<'_> {
    type Output = [u32; LANES];

    #[inline(always)]
    fn with_halves<H: Halves>(mut self, halves: H) -> [u32; LANES] {
        let n = self.others.len();
        for first in (0..n).step_by(AT_A_TIME) {
            match n - first {
                1 => self.compare::<H, 1>(halves, first),
                2 => self.compare::<H, 2>(halves, first),
                3 => self.compare::<H, 3>(halves, first),
                _ => self.compare::<H, AT_A_TIME>(halves, first),
            }
        }
        self.found
    }
}

impl Within<'_> {
    /// All points of the panel with `N` others.
    #[inline(always)]
    fn compare<H: Halves, const N: usize>(&mut self, halves: H, first: usize) {
        let others: [Point<'_>; N] = std::array::from_fn(|o| self.others[first + o]);
        let products = products(halves, others.map(|other| other.words), self.panel);
        for (o, (other, products)) in (first..).zip(others.iter().zip(products)) {
            let offset = self.offsets[o];
            for l in 0..LANES {
                let score = offset - other.scale * (self.scales[l] * products[l]);
                self.found[l] |= u32::from(score <= self.limits[l]) << o;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::kmeans::words::tests::{product, words};
    use proptest::prelude::*;

    proptest! {
        /// Whole numbers, the products of which are exact.
        #[test]
        fn bits_are_those_of_products_one_by_one(
            n in 1usize..40,
            width in 1usize..9,
            n_others in 1..=MOST_OTHERS,
            values in prop::collection::vec(-9i16..9, (40 + MOST_OTHERS) * 18),
            limits in prop::collection::vec(-99i8..99, 40),
        ) {
            let all: Vec<Vec<i32>> = values.chunks_exact(2 * width).map(words).collect();
            let point = |i: usize| Point { words: &all[i], scale: [0.5, 1.0, 2.0][i % 3] };
            let others: Vec<Point<'_>> = (n..n + n_others).map(point).collect();
            let offsets: Vec<f32> = values[..n_others].iter().map(|&v| f32::from(v)).collect();
            let panels = Panels::new(n, width, point);
            for (panel, points) in (0..n).collect::<Vec<_>>().chunks(LANES).enumerate() {
                let mut given = [f32::NEG_INFINITY; LANES];
                for (given, &limit) in given.iter_mut().zip(&limits).take(points.len()) {
                    *given = f32::from(limit);
                }
                let found = panels.within(panel, &others, &offsets, &given);
                for (i, &limit) in given.iter().enumerate() {
                    for o in 0..MOST_OTHERS {
                        let is_within = i < points.len() && o < n_others && {
                            let score = f64::from(offsets[o]) - product(point(points[i]), others[o]);
                            score <= f64::from(limit)
                        };
                        prop_assert_eq!(found[i] >> o & 1 == 1, is_within);
                    }
                }
            }
        }
    }
}
