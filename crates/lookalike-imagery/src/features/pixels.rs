//! Pixels as features.

use ndarray::{ArrayView1, ArrayViewMut2};

use super::Features;
use crate::picture::{Filter, Picture, PicturePixels, resize};
use crate::{Error, Result};

/// The longest side that [`Pixels::resized`] makes.
const MAX_SIDE: usize = 1024;

/// What the samples of a pixel are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Color {
    /// One sample, see [`Picture::to_gray8`].
    Gray,
    /// Three, see [`Picture::to_rgb8`].
    Rgb,
}

/// The pixels of a picture row by row, their samples side by side, from 0 to 255.
///
/// For small pictures of one kind of thing, always in the same place, such as digits and glyphs. Between
/// photos the distance of pixels says little: take a [`Descriptor`](super::Descriptor).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pixels {
    width: usize,
    height: usize,
    color: Color,
    resized: bool,
}

impl Pixels {
    /// The pixels as they are, of pictures that all have `width` × `height` of them.
    ///
    /// # Errors
    /// When `width` or `height` is 0.
    pub fn native(width: usize, height: usize, color: Color) -> Result<Self> {
        for (name, side) in [("width", width), ("height", height)] {
            if side == 0 {
                return Err(Error::parameter(name, "be at least 1", side));
            }
        }
        Ok(Self {
            width,
            height,
            color,
            resized: false,
        })
    }

    /// The pixels of pictures of any size, which are resized to `side` × `side` by [`Filter::Bilinear`]
    /// whatever their proportions.
    ///
    /// # Errors
    /// When `side` is 0 or above 1024.
    pub fn resized(side: usize, color: Color) -> Result<Self> {
        if !(1..=MAX_SIDE).contains(&side) {
            let rule = format!("be from 1 to {MAX_SIDE}");
            return Err(Error::parameter("side", rule, side));
        }
        Ok(Self {
            width: side,
            height: side,
            color,
            resized: true,
        })
    }

    fn row(&self, picture: &Picture) -> Result<Vec<f32>> {
        let fits = (picture.width, picture.height) == (self.width, self.height);
        if !fits && !self.resized {
            let rule = format!(
                "have {}×{} pixels as they have all",
                self.width, self.height
            );
            let value = format!("{}×{}", picture.width, picture.height);
            return Err(Error::parameter("picture", rule, value));
        }
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
        let color = match self.color {
            Color::Gray => "grey",
            Color::Rgb => "RGB",
        };
        let how = if self.resized { "resized to" } else { "of" };
        format!("pixels {how} {}×{} {color}", self.width, self.height)
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
    use crate::ErrorKind;
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
            let pixels = match side {
                0 => Pixels::native(21, 13, color),
                _ => Pixels::resized(side, color),
            };
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
        let pixels = Pixels::native(21, 13, Color::Gray).unwrap();
        let rows = extract(pixels, &pictures).unwrap();
        for (picture, row) in pictures.iter().zip(rows.rows()) {
            let alone = extract(pixels, std::slice::from_ref(picture)).unwrap();
            assert_eq!(alone.row(0), row);
        }
    }

    #[test]
    fn another_size_is_an_error() {
        let pixels = Pixels::native(28, 28, Color::Gray).unwrap();
        let error = extract(pixels, &[picture("gray.png")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        assert_eq!(
            error.to_string(),
            "picture must have 28×28 pixels as they have all, got 21×13"
        );
    }

    #[test]
    fn parameters_are_checked() {
        let message = |pixels: Result<Pixels>| pixels.unwrap_err().to_string();
        assert_eq!(
            message(Pixels::resized(0, Color::Rgb)),
            "side must be from 1 to 1024, got 0"
        );
        assert_eq!(
            message(Pixels::resized(1025, Color::Rgb)),
            "side must be from 1 to 1024, got 1025"
        );
        assert_eq!(
            message(Pixels::native(0, 3, Color::Rgb)),
            "width must be at least 1, got 0"
        );
        assert_eq!(
            message(Pixels::native(3, 0, Color::Rgb)),
            "height must be at least 1, got 0"
        );
    }

    #[test]
    fn settings_tell_apart_what_differs() {
        let all = [
            Pixels::native(28, 28, Color::Gray),
            Pixels::native(28, 28, Color::Rgb),
            Pixels::native(28, 29, Color::Gray),
            Pixels::resized(28, Color::Gray),
            Pixels::resized(32, Color::Gray),
        ];
        let mut settings: Vec<String> = all.map(|pixels| pixels.unwrap().settings()).into();
        assert_eq!(settings[0], "pixels of 28×28 grey");
        assert_eq!(settings[4], "pixels resized to 32×32 grey");
        settings.sort();
        settings.dedup();
        assert_eq!(settings.len(), 5);
    }

    #[test]
    fn thin_pictures_are_resized() {
        let thin = Picture {
            width: 1,
            height: 30_000,
            channels: Channels::Gray,
            pixels: PicturePixels::U8(vec![77; 30_000]),
        };
        let rows = extract(Pixels::resized(8, Color::Rgb).unwrap(), &[thin]).unwrap();
        assert_eq!(rows, Array2::from_elem((1, 192), 77.0));
    }
}
