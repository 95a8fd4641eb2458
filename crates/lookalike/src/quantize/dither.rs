//! Floyd–Steinberg dithering: what a pixel's colour is off by is made up for by its neighbours.
//!
//! Floyd and Steinberg, *An adaptive algorithm for spatial grey scale*, 1976. Rows go there and back
//! again, so that no pattern leans to one side. Errors are those of colours times alpha, which is
//! what is seen; alpha itself is not dithered, so that opaque pixels stay as opaque as they are.

use lookalike_learn::Context;

use super::nearest::NearestColor;
use super::pixels::{Color, Pixels, TRANSPARENT, premultiplied};
use super::space::ColorSpace;
use super::tally::Tally;
use crate::Result;

/// What is left over for the neighbours, by channel.
type Excess = [f32; 3];

/// The index of a colour of `palette` for each of the `pixels`, in rows of `width`.
pub(super) fn floyd_steinberg(
    pixels: &Pixels<'_>,
    width: usize,
    palette: &[Color],
    space: ColorSpace,
    context: &Context,
) -> Result<(Vec<u16>, Tally)> {
    let mut nearest = NearestColor::new(palette, space);
    let mut tally = Tally::new(palette);
    let shown: Vec<Excess> = palette.iter().map(|&color| seen(color)).collect();
    let n = pixels.len();
    let mut indices = vec![0; n];
    let mut row = Vec::new();
    // Of this row and the next, with a pixel more at either end.
    let mut here = vec![[0.0; 3]; width + 2];
    let mut below = here.clone();
    for (y, indices) in indices.chunks_exact_mut(width).enumerate() {
        context.check()?;
        context.report("dither", y * width, n, None);
        pixels.unpack(y * width..(y + 1) * width, &mut row);
        let forward = y % 2 == 0;
        for step in 0..width {
            let x = if forward { step } else { width - 1 - step };
            let color = row[x];
            if color == TRANSPARENT {
                indices[x] = nearest.find(color);
                continue;
            }
            let wanted = wanted(color, here[x + 1]);
            indices[x] = nearest.find(from_seen(wanted, color));
            let got = shown[usize::from(indices[x])];
            let excess: Excess = std::array::from_fn(|j| wanted[j] - got[j]);
            let (ahead, behind) = if forward { (x + 2, x) } else { (x, x + 2) };
            add(&mut here[ahead], excess, 7.0 / 16.0);
            add(&mut below[behind], excess, 3.0 / 16.0);
            add(&mut below[x + 1], excess, 5.0 / 16.0);
            add(&mut below[ahead], excess, 1.0 / 16.0);
        }
        for (&color, &index) in row.iter().zip(&*indices) {
            tally.add(color, index, 1);
        }
        std::mem::swap(&mut here, &mut below);
        below.fill([0.0; 3]);
    }
    context.report("dither", n, n, None);
    Ok((indices, tally))
}

/// What is seen of a colour: its channels times alpha, 0 to 255.
fn seen(color: Color) -> Excess {
    let [r, g, b, _] = premultiplied(color);
    [r, g, b].map(f32::from)
}

/// What should be seen of a pixel, within what its alpha allows.
#[inline(always)]
fn wanted(color: Color, excess: Excess) -> Excess {
    let most = (color & 255) as f32;
    let seen = seen(color);
    std::array::from_fn(|j| (seen[j] + excess[j]).clamp(0.0, most))
}

/// The colour of which `wanted` is seen at the alpha of `color`.
#[inline(always)]
fn from_seen(wanted: Excess, color: Color) -> Color {
    let alpha = (color & 255) as u8;
    let scale = if alpha == 255 {
        1.0
    } else {
        255.0 / f32::from(alpha)
    };
    // A cast rounds down, and saturates.
    let [r, g, b] = wanted.map(|v| (v * scale + 0.5) as u8);
    Color::from_be_bytes([r, g, b, alpha])
}

#[inline(always)]
fn add(to: &mut Excess, excess: Excess, share: f32) {
    for (to, v) in to.iter_mut().zip(excess) {
        *to += share * v;
    }
}

#[cfg(test)]
mod tests {
    use lookalike_imagery::picture::{Channels, Picture, PicturePixels};

    use super::*;

    fn dither(width: usize, channels: Channels, samples: Vec<u8>, palette: &[Color]) -> Vec<u16> {
        let picture = Picture {
            width,
            height: samples.len() / channels.count() / width,
            channels,
            pixels: PicturePixels::U8(samples),
        };
        let pixels = Pixels::new(&picture);
        let space = ColorSpace::Srgb;
        floyd_steinberg(&pixels, width, palette, space, &Context::new())
            .unwrap()
            .0
    }

    const BLACK: Color = 0x0000_00FF;
    const WHITE: Color = 0xFFFF_FFFF;

    #[test]
    fn a_grey_is_made_of_as_much_white_as_it_is_bright() {
        for grey in [16u8, 64, 100, 128, 200] {
            let indices = dither(64, Channels::Gray, vec![grey; 64 * 64], &[BLACK, WHITE]);
            let white = indices.iter().filter(|&&i| i == 1).count() as f64 / 4096.0;
            let expected = f64::from(grey) / 255.0;
            assert!((white - expected).abs() < 0.01, "{grey}: {white}");
        }
    }

    /// By hand: 100 is black and leaves 100; 7/16 of it make 143.75 of the second pixel, which is
    /// white and leaves −111.25; and so on, back from the right in the second row.
    #[test]
    fn errors_go_where_the_paper_says() {
        let indices = dither(2, Channels::Gray, vec![100; 4], &[BLACK, WHITE]);
        // Second row, right: 100 + 1/16·100 − 5/16·111.25 = 71.484375, black, leaves as much;
        // left: 100 + 5/16·100 − 3/16·111.25 + 7/16·71.484375 = 141.665…, white.
        assert_eq!(indices, [0, 1, 1, 0]);
    }

    #[test]
    fn transparent_pixels_neither_take_nor_give() {
        let samples = vec![100, 255, 90, 0, 100, 255];
        let palette = [BLACK, WHITE, TRANSPARENT];
        assert_eq!(dither(3, Channels::GrayAlpha, samples, &palette), [0, 2, 0]);
    }
}
