//! Quantized pictures as files.

use std::path::Path;

use lookalike_imagery::picture::{
    MAX_PNG_PALETTE, encode_jpeg, encode_palette_png, encode_png, encode_webp,
};

use super::Quantized;
use crate::{Error, ErrorKind, Result};

/// JPEG changes colours in any case; this little is hardly seen.
const JPEG_QUALITY: u8 = 95;

/// What a picture is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// With a palette up to 256 colours, in true colours above.
    Png,
    /// Of quality 95: its pixels are near the colours of the palette, not equal to them.
    Jpeg,
    /// Lossless.
    WebP,
}

impl Format {
    /// The format that the extension of a path names.
    ///
    /// # Errors
    /// When it names none of these.
    pub fn of(path: &Path) -> Result<Self> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("png") => Ok(Self::Png),
            Some("jpg" | "jpeg") => Ok(Self::Jpeg),
            Some("webp") => Ok(Self::WebP),
            _ => {
                let message = format!(
                    "output must end in .png, .jpg, .jpeg or .webp, got {}",
                    path.display()
                );
                Err(Error::new(ErrorKind::InvalidParameter, message))
            }
        }
    }
}

impl Quantized {
    /// The bytes of a file of this format.
    ///
    /// # Errors
    /// When the format cannot hold the picture: JPEG has no alpha, and sides of at most 65 535
    /// pixels; those of WebP are at most 16 383.
    pub fn encode(&self, format: Format) -> Result<Vec<u8>> {
        let (width, height) = (self.width, self.height);
        let has_alpha = self.palette.iter().any(|color| color[3] < 255);
        Ok(match format {
            Format::Png if self.palette.len() <= MAX_PNG_PALETTE => {
                encode_palette_png(width, height, &self.palette, &self.indices)?
            }
            Format::Png => encode_png(width, height, &self.rgba())?,
            Format::Jpeg if has_alpha => {
                let message = "output must be .png or .webp for a picture with transparent pixels, \
                               which JPEG cannot hold";
                return Err(Error::new(ErrorKind::InvalidParameter, message));
            }
            Format::Jpeg => encode_jpeg(width, height, &self.rgba(), JPEG_QUALITY, [0; 3])?,
            Format::WebP => encode_webp(width, height, &self.rgba())?,
        })
    }

    /// Red, green, blue and straight alpha of each pixel, row by row.
    pub fn rgba(&self) -> Vec<u8> {
        let color = |&index: &u16| self.palette[usize::from(index)];
        self.indices.iter().flat_map(color).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_names_the_format() {
        for (name, format) in [
            ("a.png", Format::Png),
            ("b/a.JPG", Format::Jpeg),
            ("a.b.jpeg", Format::Jpeg),
            ("a.webp", Format::WebP),
        ] {
            assert_eq!(Format::of(Path::new(name)).unwrap(), format, "{name}");
        }
        for name in ["a.gif", "png", ""] {
            let error = Format::of(Path::new(name)).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("output must end in .png, .jpg, .jpeg or .webp, got {name}")
            );
        }
    }
}
