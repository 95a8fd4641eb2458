//! A place for each opaque colour, in Morton order: the bits of red, green and blue in turn.
//!
//! Colours that differ little lie close together, so that the neighbouring pixels of a photo use a
//! small part of a table of all 2²⁴ colours, which stays in the cache.

use super::pixels::Color;

/// Each byte with its bits three apart.
const SPREAD: [u32; 256] = {
    let mut table = [0; 256];
    let mut v = 0;
    while v < 256 {
        let mut bit = 0;
        while bit < 8 {
            table[v] |= (v as u32 >> bit & 1) << (3 * bit);
            bit += 1;
        }
        v += 1;
    }
    table
};

/// The place of an opaque colour.
#[inline(always)]
pub(super) fn place(color: Color) -> usize {
    let [r, g, b, _] = color.to_be_bytes().map(|v| SPREAD[usize::from(v)]);
    (r << 2 | g << 1 | b) as usize
}

/// The opaque colour of a place.
pub(super) fn color(place: usize) -> Color {
    let gather =
        |first: usize| (0..8).fold(0, |v, bit| v | (place >> (3 * bit + first) & 1) << bit);
    Color::from_be_bytes([gather(2) as u8, gather(1) as u8, gather(0) as u8, 255])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_one_color() {
        assert_eq!(place(Color::from_be_bytes([255, 0, 0, 255])), 0o44_444_444);
        assert_eq!(place(Color::from_be_bytes([0, 255, 0, 255])), 0o22_222_222);
        assert_eq!(place(Color::from_be_bytes([0, 0, 3, 255])), 0o11);
        assert!((0..1 << 24).all(|p| place(color(p)) == p));
    }
}
