//! Points that rows are multiplied with, laid out for vectors: [`LANES`] points at a time,
//! coordinate by coordinate, so that a vector holds one coordinate of as many points as it has lanes.

use super::aligned::AlignedRows;
use super::kernels::{GROUP, scores};
use crate::simd::LANES;

/// Points, and for each a number that their products are taken from.
pub(super) struct Tiles {
    pub(super) n: usize,
    /// A row for each tile, width×LANES.
    pub(super) tiles: AlignedRows,
    /// One row; infinity for the points that fill up the last tile.
    pub(super) offsets: AlignedRows,
}

impl Tiles {
    /// `points` of `width` coordinates, each with its offset.
    pub(super) fn new<'a>(
        points: impl Iterator<Item = &'a [f32]>,
        width: usize,
        offsets: &[f32],
    ) -> Self {
        let n = offsets.len();
        let mut tiles = AlignedRows::zeros(n.div_ceil(LANES), width * LANES);
        for (i, point) in points.enumerate() {
            let lane = tiles.row_mut(i / LANES).iter_mut().skip(i % LANES);
            for (to, &from) in lane.step_by(LANES).zip(point) {
                *to = from;
            }
        }
        let mut padded = AlignedRows::zeros(1, n);
        let (given, rest) = padded.row_mut(0).split_at_mut(n);
        given.copy_from_slice(offsets);
        rest.fill(f32::INFINITY);
        Self {
            n,
            tiles,
            offsets: padded,
        }
    }

    /// For each of up to [`GROUP`] rows and each point, its offset less their product.
    pub(super) fn scores<'a>(
        &self,
        rows: impl ExactSizeIterator<Item = &'a [f32]>,
        out: &mut AlignedRows,
    ) {
        let mut group = [&[][..]; GROUP];
        let mut last = &[][..];
        let mut rows = rows;
        for place in &mut group {
            last = rows.next().unwrap_or(last);
            *place = last;
        }
        out.shape(GROUP, self.n);
        scores(&group, self, out);
    }
}
