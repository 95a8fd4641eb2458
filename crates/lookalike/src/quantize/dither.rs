//! Floyd–Steinberg dithering: what a pixel's colour is off by is made up for by its neighbours.
//!
//! Floyd and Steinberg, *An adaptive algorithm for spatial grey scale*, 1976. Rows go there and back
//! again, so that no pattern leans to one side. Errors are those of colours times alpha, which is
//! what is seen; alpha itself is not dithered, so that opaque pixels stay as opaque as they are.
//! Bands of rows are dithered side by side, by several threads at once, and two by each where there are
//! enough: a pixel waits for the one before it, and meanwhile there is one of the other band to work on.

use std::sync::atomic::{AtomicUsize, Ordering};

use lookalike_learn::Context;
use rayon::prelude::*;

use super::nearest::NearestColor;
use super::pixels::{Color, Pixels, TRANSPARENT, premultiplied};
use super::space::ColorSpace;
use super::tally::Tally;
use crate::Result;

/// What is left over for the neighbours, by channel.
type Excess = [f32; 3];

/// Rows of a band, which is dithered by itself.
const BAND_ROWS: usize = 128;
/// Rows above a band that are dithered with it, for what they leave over to its first row: enough that
/// the seam is not seen.
const LEAD_ROWS: usize = 8;

/// The index of a colour of `palette` for each of the `pixels`, in rows of `width`.
pub(super) fn floyd_steinberg(
    pixels: &Pixels<'_>,
    width: usize,
    palette: &[Color],
    space: ColorSpace,
    context: &Context,
) -> Result<(Vec<u16>, Tally)> {
    let n = pixels.len();
    let n_done = AtomicUsize::new(0);
    let mut indices = vec![0; n];
    let n_bands = n.div_ceil(width * BAND_ROWS);
    let in_task = if n_bands >= 2 * rayon::current_num_threads() {
        2
    } else {
        1
    };
    let tallies: Vec<Tally> = indices
        .par_chunks_mut(in_task * width * BAND_ROWS)
        .enumerate()
        .map_init(
            || Ditherer::new(palette, space, width),
            |ditherer, (task, indices)| {
                context.check()?;
                let tally = ditherer.bands(pixels, in_task * task * BAND_ROWS, indices);
                let done = n_done.fetch_add(indices.len(), Ordering::Relaxed) + indices.len();
                context.report("dither", done, n, None);
                Ok(tally)
            },
        )
        .collect::<Result<_>>()?;
    let mut tally = Tally::new(palette);
    for of_bands in &tallies {
        tally.merge(of_bands);
    }
    Ok((indices, tally))
}

/// Dithers row after row, of one band or of two at once.
struct Ditherer<'a> {
    palette: &'a [Color],
    nearest: NearestColor,
    /// What is seen of each colour of the palette.
    shown: Vec<Excess>,
    width: usize,
}

impl<'a> Ditherer<'a> {
    fn new(palette: &'a [Color], space: ColorSpace, width: usize) -> Self {
        Self {
            palette,
            nearest: NearestColor::new(palette, space),
            shown: palette.iter().map(|&color| seen(color)).collect(),
            width,
        }
    }

    /// Dithers the band that begins with row `first`, and the next where there are `indices` for it.
    fn bands(&mut self, pixels: &Pixels<'_>, first: usize, indices: &mut [u16]) -> Tally {
        let mut tally = Tally::new(self.palette);
        let second = first + BAND_ROWS;
        let (upper, lower) = indices.split_at_mut(indices.len().min(BAND_ROWS * self.width));
        let mut lower = lower.chunks_exact_mut(self.width).peekable();
        let mut lines = [first, second].map(|_| Line::new(self.width));
        self.lead(pixels, first, &mut lines[0]);
        if lower.peek().is_some() {
            self.lead(pixels, second, &mut lines[1]);
        }
        for (row, upper) in upper.chunks_exact_mut(self.width).enumerate() {
            let [of_upper, of_lower] = &mut lines;
            of_upper.advance(pixels, first + row);
            if let Some(lower) = lower.next() {
                of_lower.advance(pixels, second + row);
                self.rows([of_upper, of_lower], [upper, lower]);
                of_lower.count(lower, &mut tally);
            } else {
                self.rows([of_upper], [upper]);
            }
            of_upper.count(upper, &mut tally);
        }
        tally
    }

    /// Dithers the rows above a band.
    fn lead(&mut self, pixels: &Pixels<'_>, first: usize, line: &mut Line) {
        let mut unused = vec![0; self.width];
        for y in first.saturating_sub(LEAD_ROWS)..first {
            line.advance(pixels, y);
            self.rows([line], [&mut unused]);
        }
    }

    /// Dithers the row of each line, pixel by pixel in turn.
    fn rows<const N: usize>(&mut self, mut lines: [&mut Line; N], mut indices: [&mut [u16]; N]) {
        for step in 0..self.width {
            for (line, indices) in lines.iter_mut().zip(&mut indices) {
                let x = if line.forward {
                    step
                } else {
                    self.width - 1 - step
                };
                indices[x] = line.pixel(x, &mut self.nearest, &self.shown);
            }
        }
    }
}

/// A row in work.
struct Line {
    forward: bool,
    colors: Vec<Color>,
    /// What is left over for this row and for the next, with a pixel more at either end.
    here: Vec<Excess>,
    below: Vec<Excess>,
}

impl Line {
    fn new(width: usize) -> Self {
        Self {
            forward: true,
            colors: Vec::new(),
            here: vec![[0.0; 3]; width + 2],
            below: vec![[0.0; 3]; width + 2],
        }
    }

    /// Goes on to row `y`.
    fn advance(&mut self, pixels: &Pixels<'_>, y: usize) {
        let width = self.here.len() - 2;
        self.forward = y.is_multiple_of(2);
        pixels.unpack(y * width..(y + 1) * width, &mut self.colors);
        std::mem::swap(&mut self.here, &mut self.below);
        self.below.fill([0.0; 3]);
    }

    /// The index for pixel `x`, whose excess goes to its neighbours.
    #[inline(always)]
    fn pixel(&mut self, x: usize, nearest: &mut NearestColor, shown: &[Excess]) -> u16 {
        let color = self.colors[x];
        if color == TRANSPARENT {
            return nearest.find(color);
        }
        let wanted = wanted(color, self.here[x + 1]);
        let index = nearest.find(from_seen(wanted, color));
        let got = shown[usize::from(index)];
        let excess: Excess = std::array::from_fn(|j| wanted[j] - got[j]);
        let (ahead, behind) = if self.forward { (x + 2, x) } else { (x, x + 2) };
        add(&mut self.here[ahead], excess, 7.0 / 16.0);
        add(&mut self.below[behind], excess, 3.0 / 16.0);
        add(&mut self.below[x + 1], excess, 5.0 / 16.0);
        add(&mut self.below[ahead], excess, 1.0 / 16.0);
        index
    }

    /// Adds the row, which became `indices`, to a tally.
    fn count(&self, indices: &[u16], tally: &mut Tally) {
        for (&color, &index) in self.colors.iter().zip(indices) {
            tally.add(color, index, 1);
        }
    }
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
    fn bands_do_not_show() {
        let (width, height, grey) = (64, 3 * BAND_ROWS + 5, 77u8);
        let indices = dither(
            width,
            Channels::Gray,
            vec![grey; width * height],
            &[BLACK, WHITE],
        );
        let rows: Vec<u16> = indices.chunks(width).map(|row| row.iter().sum()).collect();
        // Any eight rows have as much white as any others, at seams as well.
        for eight in rows.windows(8) {
            let white = f64::from(eight.iter().sum::<u16>()) / (8 * width) as f64;
            assert!((white - f64::from(grey) / 255.0).abs() < 0.03, "{white}");
        }
    }

    /// A last band that is shorter than the one above it, and one that is alone.
    #[test]
    fn bands_alone_are_as_bands_in_pairs() {
        for n_bands in [3, 4] {
            let (width, height) = (16, n_bands * BAND_ROWS + 3);
            let samples: Vec<u8> = (0..width * height).map(|i| (i * 7 % 256) as u8).collect();
            let with_threads = |n_threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
                let pool = pool.build().unwrap();
                pool.install(|| dither(width, Channels::Gray, samples.clone(), &[BLACK, WHITE]))
            };
            let in_pairs = with_threads(1);
            assert_eq!(in_pairs, with_threads(2));
            assert_eq!(in_pairs, with_threads(8));
        }
    }

    #[test]
    fn transparent_pixels_neither_take_nor_give() {
        let samples = vec![100, 255, 90, 0, 100, 255];
        let palette = [BLACK, WHITE, TRANSPARENT];
        assert_eq!(dither(3, Channels::GrayAlpha, samples, &palette), [0, 2, 0]);
    }
}
