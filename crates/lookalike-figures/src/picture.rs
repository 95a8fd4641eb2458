//! Pictures from outside, ready to be set into a figure.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::error::{Error, Result};
use crate::raster::{Coded, Content, encode};

/// A picture as a PNG or JPEG file, to be shown within a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    media_type: &'static str,
    file: Vec<u8>,
}

impl Picture {
    /// Encodes `rgba` (red, green, blue and opacity, row by row from the top left) as PNG: with a
    /// palette where it has at most 256 colours, as a map of classes has, which keeps reports small.
    ///
    /// # Errors
    ///
    /// If the picture has no pixels, a side above 65 535, or not four bytes a pixel.
    pub fn from_rgba(width: usize, height: usize, rgba: &[u8]) -> Result<Self> {
        check_size(width, height)?;
        if rgba.len() != 4 * width * height {
            return Err(Error::input(format!(
                "a picture must have 4 bytes a pixel ({width} × {height}), got {}",
                rgba.len()
            )));
        }
        let file = if let Some((colors, indices)) = palette(rgba) {
            encode(
                width,
                height,
                Coded::Indexed(&colors, &indices),
                Content::Flat,
            )
        } else if rgba.chunks_exact(4).all(|pixel| pixel[3] == 255) {
            let rgb: Vec<u8> = rgba
                .chunks_exact(4)
                .flat_map(|p| [p[0], p[1], p[2]])
                .collect();
            encode(width, height, Coded::Rgb(&rgb), Content::Photo)
        } else {
            encode(width, height, Coded::Rgba(rgba), Content::Photo)
        };
        Ok(Self {
            width,
            height,
            media_type: "image/png",
            file: file?,
        })
    }

    /// A picture file of this size, kept as it is.
    ///
    /// # Errors
    ///
    /// If it is neither PNG nor JPEG, has no pixels, or has a side above 65 535.
    pub fn from_file(width: usize, height: usize, file: Vec<u8>) -> Result<Self> {
        check_size(width, height)?;
        let media_type = if file.starts_with(b"\x89PNG\r\n\x1a\n") {
            "image/png"
        } else if file.starts_with(b"\xff\xd8\xff") {
            "image/jpeg"
        } else {
            return Err(Error::input(
                "a picture file must be PNG or JPEG, got another",
            ));
        };
        Ok(Self {
            width,
            height,
            media_type,
            file,
        })
    }

    /// Columns and rows.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    pub(crate) fn media_type(&self) -> &'static str {
        self.media_type
    }

    /// The PNG or JPEG file.
    pub fn file(&self) -> &[u8] {
        &self.file
    }
}

fn check_size(width: usize, height: usize) -> Result<()> {
    let sides = 1..=65_535;
    if sides.contains(&width) && sides.contains(&height) {
        Ok(())
    } else {
        Err(Error::input(format!(
            "a picture must have sides between 1 and 65535 pixels, got {width} × {height}"
        )))
    }
}

/// The colours in the order in which they appear and the number of one for each pixel, if there are
/// at most 256.
fn palette(rgba: &[u8]) -> Option<(Vec<[u8; 4]>, Vec<u8>)> {
    let mut numbers: HashMap<[u8; 4], u8> = HashMap::new();
    let mut colors = Vec::new();
    let mut indices = Vec::with_capacity(rgba.len() / 4);
    for pixel in rgba.chunks_exact(4) {
        let color = [pixel[0], pixel[1], pixel[2], pixel[3]];
        let number = match numbers.entry(color) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                colors.push(color);
                *new.insert(u8::try_from(colors.len() - 1).ok()?)
            }
        };
        indices.push(number);
    }
    Some((colors, indices))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(picture: &Picture) -> (png::ColorType, Vec<u8>) {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(picture.file()));
        let kind = decoder.read_header_info().unwrap().color_type;
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
        let mut reader = decoder.read_info().unwrap();
        let mut rgba = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut rgba).unwrap();
        (kind, rgba)
    }

    #[test]
    fn pixels_survive_in_the_shortest_form() {
        type Pixel = fn(u8, u8) -> [u8; 4];
        let (width, height) = (40, 30);
        let pixels = |color: Pixel| -> Vec<u8> {
            (0..height)
                .flat_map(|y| (0..width).flat_map(move |x| color(x, y)))
                .collect()
        };
        let cases: [(png::ColorType, Pixel); 4] = [
            (png::ColorType::Indexed, |x, y| [x / 9, 7, y / 9, 255]),
            (png::ColorType::Indexed, |x, y| {
                [x / 9, 7, 0, if y > 5 { 255 } else { 0 }]
            }),
            (png::ColorType::Rgb, |x, y| [x, y, 7, 255]),
            (png::ColorType::Rgba, |x, y| [x, y, 7, 100 + x]),
        ];
        for (kind, color) in cases {
            let rgba = pixels(color);
            let picture = Picture::from_rgba(width.into(), height.into(), &rgba).unwrap();
            assert_eq!(decoded(&picture), (kind, rgba));
        }
    }

    #[test]
    fn faults_are_named() {
        let message = |result: Result<Picture>| result.unwrap_err().to_string();
        assert_eq!(
            message(Picture::from_rgba(2, 2, &[0; 12])),
            "a picture must have 4 bytes a pixel (2 × 2), got 12"
        );
        assert_eq!(
            message(Picture::from_rgba(0, 2, &[])),
            "a picture must have sides between 1 and 65535 pixels, got 0 × 2"
        );
        assert_eq!(
            message(Picture::from_file(2, 2, b"GIF89a".to_vec())),
            "a picture file must be PNG or JPEG, got another"
        );
    }
}
