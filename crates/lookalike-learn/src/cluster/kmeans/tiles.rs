//! Points that rows are multiplied with, laid out in panels.

use super::aligned::{AlignedRows, LINE};
use super::kernels::GROUP;
use super::words::{AT_A_TIME, Point, lay_out, products};
use crate::simd::{self, Halves, LANES, WithHalves};

// Rows that are filled up to cache lines are whole tiles.
const _: () = assert!((LINE / size_of::<f32>()).is_multiple_of(LANES));

/// Points, and for each a number that their products are taken from.
pub(super) struct Tiles {
    width: usize,
    /// A panel in each row.
    tiles: AlignedRows<i32>,
    /// One row each, filled up to whole tiles, the offsets by infinity.
    scales: AlignedRows,
    offsets: AlignedRows,
}

impl Tiles {
    /// A point of `width` words for each of the `offsets`.
    pub(super) fn new<'a>(
        point: impl Fn(usize) -> Point<'a> + Sync,
        width: usize,
        offsets: &[f32],
    ) -> Self {
        let n = offsets.len();
        let filled_up = |value: &dyn Fn(usize) -> f32, rest: f32| {
            let mut row = AlignedRows::zeros(1, n);
            for (i, place) in row.row_mut(0).iter_mut().enumerate() {
                *place = if i < n { value(i) } else { rest };
            }
            row
        };
        Self {
            width,
            tiles: lay_out(n, width, |i| point(i).words),
            scales: filled_up(&|i| point(i).scale, 0.0),
            offsets: filled_up(&|i| offsets[i], f32::INFINITY),
        }
    }

    /// For each of up to [`GROUP`] rows and each point, its offset less their product.
    pub(super) fn scores<'a>(
        &self,
        rows: impl ExactSizeIterator<Item = Point<'a>>,
        out: &mut AlignedRows,
    ) {
        let mut group = [Point::default(); GROUP];
        let mut last = Point::default();
        let mut rows = rows;
        for place in &mut group {
            last = rows.next().unwrap_or(last);
            *place = last;
        }
        out.shape(GROUP, self.offsets.stride());
        simd::run_halves(Scores {
            rows: &group,
            tiles: self,
            out,
        });
    }
}

struct Scores<'a> {
    rows: &'a [Point<'a>; GROUP],
    tiles: &'a Tiles,
    out: &'a mut AlignedRows,
}

impl WithHalves for Scores<'_> {
    type Output = ();

    #[inline(always)]
    fn with_halves<H: Halves>(self, halves: H) {
        let (scales, _) = self.tiles.scales.row(0).as_chunks::<LANES>();
        let (offsets, _) = self.tiles.offsets.row(0).as_chunks::<LANES>();
        for (t, (scales, offsets)) in scales.iter().zip(offsets).enumerate() {
            let tile = &self.tiles.tiles.row(t)[..self.tiles.width * LANES];
            for (g, rows) in self.rows.as_chunks::<AT_A_TIME>().0.iter().enumerate() {
                let products = products(halves, rows.map(|row| row.words), tile);
                for (r, (row, products)) in rows.iter().zip(products).enumerate() {
                    let mut scores = *offsets;
                    for l in 0..LANES {
                        scores[l] -= row.scale * (scales[l] * products[l]);
                    }
                    let out = self.out.row_mut(g * AT_A_TIME + r);
                    out[t * LANES..(t + 1) * LANES].copy_from_slice(&scores);
                }
            }
        }
    }
}
