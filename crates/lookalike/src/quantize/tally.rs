//! What became of the colours: how often each of the palette is used, and how far off they are.

use super::pixels::{Color, premultiplied};

/// Counts pixels and adds up their errors.
#[derive(Debug)]
pub(super) struct Tally {
    palette: Vec<[u8; 4]>,
    /// How many pixels have each colour of the palette.
    pub(super) counts: Vec<u64>,
    /// The squared errors of all channels, colours times alpha.
    pub(super) squared_error: u64,
}

impl Tally {
    pub(super) fn new(palette: &[Color]) -> Self {
        Self {
            palette: palette.iter().map(|&color| premultiplied(color)).collect(),
            counts: vec![0; palette.len()],
            squared_error: 0,
        }
    }

    /// `count` pixels of this colour become that of the palette.
    #[inline(always)]
    pub(super) fn add(&mut self, color: Color, index: u16, count: u64) {
        let index = usize::from(index);
        let pairs = premultiplied(color).into_iter().zip(self.palette[index]);
        let squares = pairs.map(|(a, b)| u64::from(a.abs_diff(b)).pow(2));
        self.counts[index] += count;
        self.squared_error += count * squares.sum::<u64>();
    }

    /// Adds what another part of the picture became.
    pub(super) fn merge(&mut self, other: &Self) {
        for (sum, count) in self.counts.iter_mut().zip(&other.counts) {
            *sum += count;
        }
        self.squared_error += other.squared_error;
    }
}
