//! Pixels as features.

use std::fmt;

use ndarray::{ArrayView1, ArrayViewMut2};
use serde::{Deserialize, Serialize};

use super::Features;
use crate::picture::{Filter, Picture, PicturePixels, resize};
use crate::{Error, Result};

/// The longest side of [`Pixels`].
const MAX_SIDE: usize = 1024;

/// Whether features tell colours apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// One sample a pixel, see [`Picture::to_gray8`].
    Gray,
    /// Three, see [`Picture::to_rgb8`].
    Rgb,
}

impl Color {
    /// What a picture has: grey ones are often stored as RGB.
    pub fn of(picture: &Picture) -> Self {
        fn is_gray<T: PartialEq>(pixels: &[T], n_channels: usize) -> bool {
            let mut pixels = pixels.chunks_exact(n_channels);
            pixels.all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2])
        }
        let n_channels = picture.channels.count();
        let is_gray = n_channels < 3
            || match &picture.pixels {
                PicturePixels::U8(pixels) => is_gray(pixels, n_channels),
                PicturePixels::U16(pixels) => is_gray(pixels, n_channels),
            };
        if is_gray { Self::Gray } else { Self::Rgb }
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

/// The pixels of a picture row by row, their samples side by side, from 0 to 255.
///
/// Pictures of another size are resized by [`Filter::Bilinear`], whatever their proportions.
///
/// For small pictures of one kind of thing, always in the same place, such as digits and glyphs. Between
/// photos the distance of pixels says little: take a [`Descriptor`](super::Descriptor).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pixels {
    width: usize,
    height: usize,
    color: Color,
}

impl Pixels {
    /// Of `width` × `height` pixels a picture.
    ///
    /// # Errors
    /// When one of the two is 0 or above 1024.
    pub fn new(width: usize, height: usize, color: Color) -> Result<Self> {
        if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
            let rule = format!("be from 1 to {MAX_SIDE} pixels a side");
            return Err(Error::parameter("size", rule, format!("{width}×{height}")));
        }
        Ok(Self {
            width,
            height,
            color,
        })
    }

    fn row(&self, picture: &Picture) -> Result<Vec<f32>> {
        let fits = (picture.width, picture.height) == (self.width, self.height);
        let resized = if fits {
            None
        } else {
            Some(resize(picture, self.width, self.height, Filter::Bilinear)?)
        };
        let picture = resized.as_ref().unwrap_or(picture);
        let levels = match self.color {
            Color::Gray => picture.to_gray8(),
            Color::Rgb => picture.to_rgb8(),
        };
        Ok(match levels.pixels {
            PicturePixels::U8(levels) => levels.into_iter().map(f32::from).collect(),
            PicturePixels::U16(levels) => levels.into_iter().map(f32::from).collect(),
        })
    }
}

impl Features for Pixels {
    fn n_features(&self) -> usize {
        let n_samples = match self.color {
            Color::Gray => 1,
            Color::Rgb => 3,
        };
        self.width * self.height * n_samples
    }

    fn settings(&self) -> String {
        let Self {
            width,
            height,
            color,
        } = self;
        format!("pixels 1: {width}×{height} {color}")
    }

    fn extract(&self, pictures: &[Picture], mut rows: ArrayViewMut2<'_, f32>) -> Result<()> {
        assert_eq!(rows.dim(), (pictures.len(), self.n_features()));
        for (picture, mut row) in pictures.iter().zip(rows.rows_mut()) {
            row.assign(&ArrayView1::from(&self.row(picture)?));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ndarray::Array2;
    use serde_json::Value;

    use super::*;
    use crate::picture::{Channels, decode};

    fn golden() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden")
    }

    fn picture(name: &str) -> Picture {
        decode(&golden().join("pictures").join(name)).unwrap()
    }

    fn extract(pixels: Pixels, pictures: &[Picture]) -> Result<Array2<f32>> {
        let mut rows = Array2::from_elem((pictures.len(), pixels.n_features()), f32::NAN);
        pixels.extract(pictures, rows.view_mut())?;
        Ok(rows)
    }

    #[test]
    fn equal_pillows() {
        let text = std::fs::read_to_string(golden().join("features.json")).unwrap();
        let golden: Value = serde_json::from_str(&text).unwrap();
        let cases = golden["pixels"].as_array().unwrap();
        assert!(cases.len() >= 6);
        for case in cases {
            let color = match case["color"].as_str().unwrap() {
                "L" => Color::Gray,
                _ => Color::Rgb,
            };
            let side = case["side"].as_u64().unwrap() as usize;
            let (width, height) = if side == 0 { (21, 13) } else { (side, side) };
            let pixels = Pixels::new(width, height, color);
            let pictures = [picture(case["file"].as_str().unwrap())];
            let row = extract(pixels.unwrap(), &pictures).unwrap();
            let expected = case["row"].as_array().unwrap();
            assert_eq!(row.len(), expected.len());
            let tolerance = if side == 0 { 0.0 } else { 1.0 };
            for (ours, theirs) in row.iter().zip(expected) {
                let difference = f64::from(*ours) - theirs.as_f64().unwrap();
                assert!(difference.abs() <= tolerance, "{case}: {ours}");
            }
        }
    }

    #[test]
    fn rows_stand_in_the_order_of_the_pictures() {
        let pictures = [
            picture("rgb.png"),
            picture("gray.png"),
            picture("rgb16.png"),
        ];
        let pixels = Pixels::new(21, 13, Color::Gray).unwrap();
        let rows = extract(pixels, &pictures).unwrap();
        for (picture, row) in pictures.iter().zip(rows.rows()) {
            let alone = extract(pixels, std::slice::from_ref(picture)).unwrap();
            assert_eq!(alone.row(0), row);
        }
    }

    #[test]
    fn colors_are_those_that_are_seen() {
        assert_eq!(Color::of(&picture("gray.png")), Color::Gray);
        assert_eq!(Color::of(&picture("rgb.png")), Color::Rgb);
        assert_eq!(Color::of(&picture("rgb16.png")), Color::Rgb);
        let gray = picture("gray.png").to_rgb8();
        assert_eq!(gray.channels, Channels::Rgb);
        assert_eq!(Color::of(&gray), Color::Gray);
    }

    #[test]
    fn sizes_are_checked() {
        let message = |width, height| {
            Pixels::new(width, height, Color::Rgb)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            message(0, 3),
            "size must be from 1 to 1024 pixels a side, got 0×3"
        );
        assert_eq!(
            message(3, 1025),
            "size must be from 1 to 1024 pixels a side, got 3×1025"
        );
    }

    #[test]
    fn settings_tell_apart_what_differs() {
        let all = [
            Pixels::new(28, 28, Color::Gray),
            Pixels::new(28, 28, Color::Rgb),
            Pixels::new(28, 29, Color::Gray),
            Pixels::new(29, 28, Color::Gray),
        ];
        let mut settings: Vec<String> = all.map(|pixels| pixels.unwrap().settings()).into();
        assert_eq!(settings[0], "pixels 1: 28×28 gray");
        settings.sort();
        settings.dedup();
        assert_eq!(settings.len(), 4);
    }

    #[test]
    fn thin_pictures_are_resized() {
        let thin = Picture {
            width: 1,
            height: 30_000,
            channels: Channels::Gray,
            pixels: PicturePixels::U8(vec![77; 30_000]),
        };
        let rows = extract(Pixels::new(8, 8, Color::Rgb).unwrap(), &[thin]).unwrap();
        assert_eq!(rows, Array2::from_elem((1, 192), 77.0));
    }
}
