//! Pictures of 8 bits without alpha, which is what features are taken of.

use std::borrow::Cow;

use super::{Channels, Picture, PicturePixels};

impl Picture {
    /// The picture in RGB of 8 bits.
    ///
    /// 16 bits become the nearest level of 8, then alpha is laid over white, then grey becomes three
    /// equal samples.
    pub fn to_rgb8(&self) -> Self {
        let pixels = match self.channels {
            Channels::Gray | Channels::GrayAlpha => {
                let gray = self.opaque8();
                gray.iter().flat_map(|&level| [level; 3]).collect()
            }
            Channels::Rgb | Channels::Rgba => self.opaque8().into_owned(),
        };
        self.with(Channels::Rgb, pixels)
    }

    /// The picture in grey of 8 bits.
    ///
    /// As [`to_rgb8`](Self::to_rgb8), and then the luma of ITU-R 601-2 in the whole numbers of Pillow's
    /// `convert("L")`.
    pub fn to_gray8(&self) -> Self {
        let opaque = self.opaque8();
        let pixels = match self.channels {
            Channels::Gray | Channels::GrayAlpha => opaque.into_owned(),
            Channels::Rgb | Channels::Rgba => {
                opaque.as_chunks().0.iter().copied().map(luma).collect()
            }
        };
        self.with(Channels::Gray, pixels)
    }

    /// The same levels of 65535.
    pub(super) fn to_16_bits(&self) -> Self {
        let samples = match &self.pixels {
            PicturePixels::U8(levels) => {
                levels.iter().map(|&level| u16::from(level) * 257).collect()
            }
            PicturePixels::U16(samples) => samples.clone(),
        };
        Self {
            pixels: PicturePixels::U16(samples),
            ..*self
        }
    }

    /// The nearest levels of 255.
    pub(super) fn to_8_bits(&self) -> Self {
        self.with(self.channels, self.levels8().into_owned())
    }

    fn with(&self, channels: Channels, pixels: Vec<u8>) -> Self {
        Self {
            width: self.width,
            height: self.height,
            channels,
            pixels: PicturePixels::U8(pixels),
        }
    }

    fn levels8(&self) -> Cow<'_, [u8]> {
        match &self.pixels {
            PicturePixels::U8(samples) => Cow::Borrowed(samples),
            PicturePixels::U16(samples) => samples.iter().map(|&s| nearest_level(s)).collect(),
        }
    }

    /// Samples of 8 bits without alpha: one or three a pixel.
    fn opaque8(&self) -> Cow<'_, [u8]> {
        let levels = self.levels8();
        match self.channels {
            Channels::Gray | Channels::Rgb => levels,
            Channels::GrayAlpha => over_white::<2>(&levels),
            Channels::Rgba => over_white::<4>(&levels),
        }
    }
}

fn nearest_level(sample: u16) -> u8 {
    ((u32::from(sample) + 128) / 257) as u8
}

fn over_white<const N: usize>(levels: &[u8]) -> Cow<'static, [u8]> {
    let pixels = levels.as_chunks::<N>().0.iter();
    pixels
        .flat_map(|pixel| {
            let alpha = u32::from(pixel[N - 1]);
            let over = move |&level: &u8| {
                ((u32::from(level) * alpha + 255 * (255 - alpha) + 127) / 255) as u8
            };
            pixel[..N - 1].iter().map(over)
        })
        .collect()
}

fn luma([r, g, b]: [u8; 3]) -> u8 {
    ((19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b) + 0x8000) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;

    fn picture(channels: Channels, pixels: PicturePixels) -> Picture {
        let n = match &pixels {
            PicturePixels::U8(samples) => samples.len(),
            PicturePixels::U16(samples) => samples.len(),
        };
        Picture {
            width: n / channels.count(),
            height: 1,
            channels,
            pixels,
        }
    }

    fn bytes(picture: Picture) -> Vec<u8> {
        match picture.pixels {
            PicturePixels::U8(samples) => samples,
            PicturePixels::U16(_) => panic!("8 bits are expected"),
        }
    }

    #[test]
    fn luma_is_pillows() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden");
        let text = std::fs::read_to_string(golden.join("picture_resize.json")).unwrap();
        let golden: Value = serde_json::from_str(&text).unwrap();
        let levels = |key: &str| -> Vec<u8> {
            let levels = golden["luma"][key].as_array().unwrap().iter();
            levels.map(|level| level.as_u64().unwrap() as u8).collect()
        };
        let rgb = picture(Channels::Rgb, PicturePixels::U8(levels("rgb")));
        assert_eq!(bytes(rgb.to_gray8()), levels("gray"));
        assert_eq!(rgb.to_rgb8(), rgb);
    }

    #[test]
    fn gray_stays_gray() {
        let gray = picture(Channels::Gray, PicturePixels::U8((0..=255).collect()));
        assert_eq!(gray.to_rgb8().to_gray8(), gray);
        assert_eq!(bytes(gray.to_rgb8())[..6], [0, 0, 0, 1, 1, 1]);
    }

    #[test]
    fn sixteen_bits_become_the_nearest_level() {
        let all = picture(Channels::Gray, PicturePixels::U16((0..=65_535).collect()));
        for (sample, level) in bytes(all.to_gray8()).into_iter().enumerate() {
            let exact = sample as f64 / 257.0;
            assert!((exact - f64::from(level)).abs() <= 0.5, "{sample}: {level}");
        }
    }

    #[test]
    fn alpha_is_laid_over_white() {
        for alpha in 0..=255 {
            for level in [0, 1, 100, 254, 255] {
                let gray = picture(Channels::GrayAlpha, PicturePixels::U8(vec![level, alpha]));
                let part = f64::from(alpha) / 255.0;
                let exact = f64::from(level) * part + 255.0 * (1.0 - part);
                let found = bytes(gray.to_gray8())[0];
                assert!(
                    (exact - f64::from(found)).abs() <= 0.5,
                    "{level}, {alpha}: {found}"
                );
            }
        }
        let samples = vec![0, 30_000, 65_535, 65_535, 9, 9, 9, 0];
        let deep = picture(Channels::Rgba, PicturePixels::U16(samples));
        assert_eq!(bytes(deep.to_rgb8()), [0, 117, 255, 255, 255, 255]);
    }
}
