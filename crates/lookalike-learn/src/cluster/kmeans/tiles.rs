//! Points that rows are multiplied with, laid out in panels.

use super::aligned::AlignedRows;
use super::kernels::{GROUP, scores};
use super::panels::lay_out;

/// Points, and for each a number that their products are taken from.
pub(super) struct Tiles {
    pub(super) n: usize,
    /// A panel in each row.
    pub(super) tiles: AlignedRows,
    /// One row; infinity for the points that fill up the last tile.
    pub(super) offsets: AlignedRows,
}

impl Tiles {
    /// A point of `width` coordinates for each of the `offsets`.
    pub(super) fn new<'a>(
        point: impl Fn(usize) -> &'a [f32] + Sync,
        width: usize,
        offsets: &[f32],
    ) -> Self {
        let n = offsets.len();
        let mut padded = AlignedRows::zeros(1, n);
        let (given, rest) = padded.row_mut(0).split_at_mut(n);
        given.copy_from_slice(offsets);
        rest.fill(f32::INFINITY);
        Self {
            n,
            tiles: lay_out(n, width, point),
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
