//! The pixels of any picture as colours of four bytes.

use std::borrow::Cow;
use std::ops::Range;

use lookalike_imagery::picture::{Channels, Picture, PicturePixels};
use rayon::prelude::*;

/// Pixels that are unpacked at a time, so that they stay in the cache.
pub(super) const BLOCK: usize = 1 << 13;

/// Red, green, blue and alpha, the most significant byte first. Alpha is straight.
///
/// All fully transparent colours are one, [`TRANSPARENT`]: nobody sees them.
pub(super) type Color = u32;

/// The colour that nobody sees.
pub(super) const TRANSPARENT: Color = 0;

/// The colours of a picture, unpacked as they are needed.
#[derive(Debug)]
pub(super) struct Pixels<'a> {
    samples: Cow<'a, [u8]>,
    channels: Channels,
}

impl<'a> Pixels<'a> {
    /// Samples of 16 bits are rounded to 8.
    pub(super) fn new(picture: &'a Picture) -> Self {
        let samples = match &picture.pixels {
            PicturePixels::U8(samples) => Cow::Borrowed(&samples[..]),
            PicturePixels::U16(samples) => {
                Cow::Owned(samples.par_iter().map(|&v| to_8_bits(v)).collect())
            }
        };
        Self {
            samples,
            channels: picture.channels,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.samples.len() / self.channels.count()
    }

    /// Blocks of `pixels`, to be unpacked one after the other.
    pub(super) fn blocks(pixels: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let end = pixels.end;
        pixels
            .step_by(BLOCK)
            .map(move |start| start..end.min(start + BLOCK))
    }

    /// The colours of `range`, in `colors`.
    pub(super) fn unpack(&self, range: Range<usize>, colors: &mut Vec<Color>) {
        let n = self.channels.count();
        let samples = &self.samples[range.start * n..range.end * n];
        colors.clear();
        match self.channels {
            Channels::Gray => {
                let color = |&v: &u8| opaque([v, v, v]);
                colors.extend(samples.iter().map(color));
            }
            Channels::GrayAlpha => {
                let color = |&[v, a]: &[u8; 2]| visible([v, v, v, a]);
                colors.extend(samples.as_chunks().0.iter().map(color));
            }
            Channels::Rgb => {
                let color = |&rgb: &[u8; 3]| opaque(rgb);
                colors.extend(samples.as_chunks().0.iter().map(color));
            }
            Channels::Rgba => {
                let color = |&rgba: &[u8; 4]| visible(rgba);
                colors.extend(samples.as_chunks().0.iter().map(color));
            }
        }
    }
}

#[inline(always)]
pub(super) fn is_opaque(color: Color) -> bool {
    color & 255 == 255
}

fn to_8_bits(sample: u16) -> u8 {
    ((u32::from(sample) * 255 + 32_767) / 65_535) as u8
}

fn opaque([r, g, b]: [u8; 3]) -> Color {
    Color::from_be_bytes([r, g, b, 255])
}

fn visible(rgba: [u8; 4]) -> Color {
    if rgba[3] == 0 {
        TRANSPARENT
    } else {
        Color::from_be_bytes(rgba)
    }
}

/// Channels times alpha, rounded, and alpha: what is seen of a colour on black.
#[inline]
pub(super) fn premultiplied(color: Color) -> [u8; 4] {
    let [r, g, b, a] = color.to_be_bytes();
    let times_alpha = |v: u8| ((u32::from(v) * u32::from(a) + 127) / 255) as u8;
    [times_alpha(r), times_alpha(g), times_alpha(b), a]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colors(channels: Channels, pixels: PicturePixels) -> Vec<[u8; 4]> {
        let samples = match &pixels {
            PicturePixels::U8(samples) => samples.len(),
            PicturePixels::U16(samples) => samples.len(),
        };
        let picture = Picture {
            width: samples / channels.count(),
            height: 1,
            channels,
            pixels,
        };
        let pixels = Pixels::new(&picture);
        let mut colors = Vec::new();
        pixels.unpack(0..pixels.len(), &mut colors);
        colors.into_iter().map(Color::to_be_bytes).collect()
    }

    #[test]
    fn all_kinds_of_pixels_become_rgba() {
        let samples = |values: &[u8]| PicturePixels::U8(values.to_vec());
        assert_eq!(
            colors(Channels::Gray, samples(&[7, 8])),
            [[7, 7, 7, 255], [8, 8, 8, 255]]
        );
        assert_eq!(
            colors(Channels::GrayAlpha, samples(&[7, 1, 8, 0])),
            [[7, 7, 7, 1], [0; 4]]
        );
        assert_eq!(colors(Channels::Rgb, samples(&[1, 2, 3])), [[1, 2, 3, 255]]);
        assert_eq!(
            colors(Channels::Rgba, samples(&[1, 2, 3, 4, 5, 6, 7, 0])),
            [[1, 2, 3, 4], [0; 4]]
        );
    }

    #[test]
    fn sixteen_bits_are_rounded_to_eight() {
        for v in 0..=255u8 {
            // 257 steps of 16 bits a step of 8: half a step down and half a step up.
            let exact = u16::from(v) * 257;
            assert_eq!(to_8_bits(exact), v);
            assert_eq!(to_8_bits(exact.saturating_sub(128)), v);
            assert_eq!(to_8_bits(exact.saturating_add(128)), v);
        }
    }
}
