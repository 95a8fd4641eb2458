//! Pictures made of pixels, to be set into a drawing.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::palette::Rgb;

/// Red, green, blue and opacity, one byte each, row by row from the top left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raster {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
    /// Black ink, to become white ink on dark paper.
    inverts: bool,
}

impl Raster {
    /// Nothing but clear pixels.
    pub(crate) fn clear(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            rgba: vec![0; 4 * width * height],
            inverts: false,
        }
    }

    /// Black ink, as thick as `amount(row, column)` says (0 to 1), turned white on dark paper.
    pub(crate) fn ink(width: usize, height: usize, amount: impl Fn(usize, usize) -> f32) -> Self {
        let mut raster = Self::clear(width, height);
        raster.inverts = true;
        for (i, pixel) in raster.rgba.chunks_exact_mut(4).enumerate() {
            pixel[3] = (amount(i / width, i % width).clamp(0.0, 1.0) * 255.0).round() as u8;
        }
        raster
    }

    pub(crate) fn inverts(&self) -> bool {
        self.inverts
    }

    /// Sets one pixel.
    pub(crate) fn set(&mut self, row: usize, column: usize, [r, g, b]: Rgb, opacity: f32) {
        let at = 4 * (row * self.width + column);
        let alpha = (opacity.clamp(0.0, 1.0) * 255.0).round() as u8;
        self.rgba[at..at + 4].copy_from_slice(&[r, g, b, alpha]);
    }

    /// Lays a filled circle with soft edges over what is there; all lengths in pixels.
    pub(crate) fn dot(&mut self, x: f64, y: f64, radius: f64, color: Rgb) {
        let reach = radius + 0.5;
        let span = |centre: f64, size: usize| {
            let first = (centre - reach - 0.5).ceil().max(0.0) as usize;
            let last = (centre + reach - 0.5).floor();
            first..((last.max(-1.0) + 1.0) as usize).min(size)
        };
        for row in span(y, self.height) {
            for column in span(x, self.width) {
                let (dx, dy) = (column as f64 + 0.5 - x, row as f64 + 0.5 - y);
                let cover = (reach - (dx * dx + dy * dy).sqrt()).clamp(0.0, 1.0);
                if cover > 0.0 {
                    self.blend(row, column, color, cover);
                }
            }
        }
    }

    fn blend(&mut self, row: usize, column: usize, color: Rgb, cover: f64) {
        let at = 4 * (row * self.width + column);
        let pixel = &mut self.rgba[at..at + 4];
        let below = f64::from(pixel[3]) / 255.0 * (1.0 - cover);
        let whole = cover + below;
        for (old, new) in pixel.iter_mut().zip(color) {
            let mixed = (f64::from(new) * cover + f64::from(*old) * below) / whole;
            *old = mixed.round() as u8;
        }
        pixel[3] = (whole * 255.0).round() as u8;
    }

    /// As a PNG file, for light paper or dark.
    pub(crate) fn png(&self, dark: bool) -> Result<Vec<u8>> {
        // A large one costs more time than its bytes are worth.
        let content = if self.rgba.len() < 1 << 18 {
            Content::Flat
        } else {
            Content::Photo
        };
        let mut rgba = Cow::Borrowed(&self.rgba);
        if dark && self.inverts {
            for pixel in rgba.to_mut().chunks_exact_mut(4) {
                pixel[..3].fill(255);
            }
        }
        encode(self.width, self.height, Coded::Rgba(&rgba), content)
    }
}

/// Samples of 8 bits, as a PNG file has them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Coded<'a> {
    Rgb(&'a [u8]),
    Rgba(&'a [u8]),
    /// At most 256 colours, and the number of one for each pixel.
    Indexed(&'a [[u8; 4]], &'a [u8]),
}

/// What pixels show, which says how to compress them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Few colours side by side, as figures and maps of classes have: they shrink a lot, and most
    /// as they are, for differences of neighbours would only be more colours.
    Flat,
    /// Shrinks little, however hard one tries.
    Photo,
}

/// Higher levels take twice the time for a twentieth of the bytes.
const FLAT_LEVEL: u8 = 4;

/// Writes a PNG file.
pub(crate) fn encode(
    width: usize,
    height: usize,
    coded: Coded<'_>,
    content: Content,
) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
    encoder.set_depth(png::BitDepth::Eight);
    match content {
        Content::Photo => encoder.set_compression(png::Compression::Fast),
        Content::Flat => {
            encoder.set_deflate_compression(png::DeflateCompression::Level(FLAT_LEVEL));
            encoder.set_filter(png::Filter::NoFilter);
        }
    }
    let data = match coded {
        Coded::Rgb(data) => {
            encoder.set_color(png::ColorType::Rgb);
            data
        }
        Coded::Rgba(data) => {
            encoder.set_color(png::ColorType::Rgba);
            data
        }
        Coded::Indexed(colors, indices) => {
            encoder.set_color(png::ColorType::Indexed);
            let rgb: Vec<u8> = colors.iter().flat_map(|c| [c[0], c[1], c[2]]).collect();
            encoder.set_palette(rgb);
            if colors.iter().any(|color| color[3] < 255) {
                encoder.set_trns(colors.iter().map(|color| color[3]).collect::<Vec<u8>>());
            }
            indices
        }
    };
    let mut writer = encoder.write_header().map_err(Error::render)?;
    writer.write_image_data(data).map_err(Error::render)?;
    writer.finish().map_err(Error::render)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_covers_its_area_and_nothing_outside() {
        let mut raster = Raster::clear(20, 20);
        raster.dot(10.0, 10.0, 6.0, [10, 20, 30]);
        let area: f64 = raster
            .rgba
            .chunks_exact(4)
            .map(|p| f64::from(p[3]) / 255.0)
            .sum();
        assert!((area - 36.0 * std::f64::consts::PI).abs() < 2.0, "{area}");
        assert_eq!(raster.rgba[4 * (10 * 20 + 10)..][..4], [10, 20, 30, 255]);
        assert_eq!(raster.rgba[..4], [0; 4]);
    }

    #[test]
    fn dots_may_lie_across_the_edge_or_beyond() {
        let mut raster = Raster::clear(4, 4);
        for (x, y) in [(0.0, 0.0), (4.0, 4.0), (-9.0, 2.0), (2.0, 99.0)] {
            raster.dot(x, y, 1.5, [0; 3]);
        }
        assert_eq!(raster.rgba[3], 255);
        assert_eq!(raster.rgba[4 * 2 + 3], 0);
    }
}
