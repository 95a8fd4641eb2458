//! Pixels as they are.

use std::fmt;

use ndarray::ArrayViewMut2;
use serde::{Deserialize, Serialize};

use super::Features;
use crate::picture::{Channels, Filter, Picture, PicturePixels, resize};
use crate::{Error, Result};

/// Whether features tell colours apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// One number a pixel: the luma of ITU-R 601-2.
    Gray,
    /// Red, green and blue.
    Rgb,
}

impl Color {
    /// What a picture is stored as.
    pub fn of(picture: &Picture) -> Self {
        match picture.channels {
            Channels::Gray | Channels::GrayAlpha => Self::Gray,
            Channels::Rgb | Channels::Rgba => Self::Rgb,
        }
    }

    fn n_channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
        }
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gray => "gray",
            Self::Rgb => "rgb",
        })
    }
}

/// The pixels of a picture from 0 to 255, row by row, the channels of a pixel side by side: as NumPy's
/// `asarray(picture).ravel()`. Pictures of another size are resized (Pillow's bilinear filter, which
/// is a mean where it shrinks), without regard to their proportions; alpha is laid over white.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    width: usize,
    height: usize,
    color: Color,
}

impl Pixels {
    /// Pictures of so many columns and rows.
    ///
    /// # Errors
    /// When one of them is 0, or they are more than 2²⁴ pixels.
    pub fn new(width: usize, height: usize, color: Color) -> Result<Self> {
        let n_pixels = width.checked_mul(height);
        if !n_pixels.is_some_and(|n| (1..=1 << 24).contains(&n)) {
            let size = format!("{width}×{height}");
            return Err(Error::parameter("size", "be 1 to 2²⁴ pixels", size));
        }
        Ok(Self {
            width,
            height,
            color,
        })
    }
}

impl Features for Pixels {
    fn n_features(&self) -> usize {
        self.width * self.height * self.color.n_channels()
    }

    fn settings(&self) -> String {
        let Self {
            width,
            height,
            color,
        } = self;
        format!("pixels 1: {width}x{height} {color}, bilinear, alpha over white")
    }

    fn extract(&self, pictures: &[Picture], mut rows: ArrayViewMut2<'_, f32>) -> Result<()> {
        for (picture, mut row) in pictures.iter().zip(rows.outer_iter_mut()) {
            let converted = match self.color {
                Color::Gray => picture.to_gray8(),
                Color::Rgb => picture.to_rgb8(),
            };
            let is_sized = (picture.width, picture.height) == (self.width, self.height);
            let sized = if is_sized {
                converted
            } else {
                resize(&converted, self.width, self.height, Filter::Bilinear)?
            };
            match sized.pixels {
                PicturePixels::U8(pixels) => row
                    .iter_mut()
                    .zip(pixels)
                    .for_each(|(to, value)| *to = value.into()),
                PicturePixels::U16(pixels) => row
                    .iter_mut()
                    .zip(pixels)
                    .for_each(|(to, value)| *to = f32::from(value) / 257.0),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    fn row(pixels: &Pixels, picture: Picture) -> Vec<f32> {
        let mut rows = Array2::zeros((1, pixels.n_features()));
        pixels.extract(&[picture], rows.view_mut()).unwrap();
        rows.into_raw_vec_and_offset().0
    }

    fn picture(width: usize, channels: Channels, values: &[u8]) -> Picture {
        Picture {
            width,
            height: values.len() / channels.count() / width,
            channels,
            pixels: PicturePixels::U8(values.to_vec()),
        }
    }

    #[test]
    fn pixels_are_values_in_order() {
        let pixels = Pixels::new(2, 2, Color::Gray).unwrap();
        let gray = picture(2, Channels::Gray, &[0, 7, 200, 255]);
        assert_eq!(row(&pixels, gray), [0.0, 7.0, 200.0, 255.0]);
        // Clear pixels are white.
        let clear = picture(2, Channels::GrayAlpha, &[9, 0, 9, 255, 9, 255, 9, 0]);
        assert_eq!(row(&pixels, clear), [255.0, 9.0, 9.0, 255.0]);
        let pixels = Pixels::new(1, 1, Color::Rgb).unwrap();
        assert_eq!(
            row(&pixels, picture(1, Channels::Rgb, &[1, 2, 3])),
            [1.0, 2.0, 3.0]
        );
        assert_eq!(row(&pixels, picture(1, Channels::Gray, &[5])), [5.0; 3]);
    }

    #[test]
    fn other_sizes_are_resized() {
        let pixels = Pixels::new(1, 1, Color::Gray).unwrap();
        assert_eq!(
            row(&pixels, picture(4, Channels::Gray, &[10, 20, 30, 40])),
            [25.0]
        );
        let tall = picture(1, Channels::Gray, &vec![77; 30_000]);
        let pixels = Pixels::new(3, 2, Color::Gray).unwrap();
        assert_eq!(row(&pixels, tall), [77.0; 6]);
    }

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        let message = |w, h| Pixels::new(w, h, Color::Rgb).unwrap_err().to_string();
        assert_eq!(message(0, 3), "size must be 1 to 2²⁴ pixels, got 0×3");
        assert!(message(usize::MAX, 2).starts_with("size must be"));
    }
}
