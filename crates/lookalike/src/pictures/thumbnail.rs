//! Pictures at the size of a page.

use std::path::Path;

use lookalike_figures as figures;
use lookalike_imagery::picture::{self, Filter, Picture, PicturePixels, encode_jpeg, resize};

use crate::Result;

/// Pictures of at most this side stay as they are, pixel by pixel.
pub(super) const SMALL: usize = 64;
const JPEG_QUALITY: u8 = 85;
const WHITE: [u8; 3] = [255; 3];

/// What stands for a picture that has gone since its features were taken: that is no reason to lose
/// all that was found.
const GONE: [u8; 4] = [200, 200, 200, 255];

/// Decodes a picture and fits it into a square of this side: a JPEG file, or PNG where it is small.
pub(super) fn thumbnail(path: &Path, side: usize) -> Result<figures::Picture> {
    let Ok(picture) = picture::decode(path) else {
        return Ok(figures::Picture::from_rgba(1, 1, &GONE)?);
    };
    let (width, height) = fitted(picture.width, picture.height, side);
    let is_small = picture.width.max(picture.height) <= SMALL;
    let picture = if (width, height) == (picture.width, picture.height) {
        picture
    } else {
        resize(&picture, width, height, Filter::Bilinear)?
    };
    let rgba = rgba(&picture);
    Ok(if is_small {
        figures::Picture::from_rgba(width, height, &rgba)?
    } else {
        let file = encode_jpeg(width, height, &rgba, JPEG_QUALITY, WHITE)?;
        figures::Picture::from_file(width, height, file)?
    })
}

/// The largest size of these proportions within a square; never larger than the picture itself.
fn fitted(width: usize, height: usize, side: usize) -> (usize, usize) {
    let longest = width.max(height);
    if longest <= side {
        return (width, height);
    }
    let scaled = |n: usize| ((n * side + longest / 2) / longest).max(1);
    (scaled(width), scaled(height))
}

/// Four bytes a pixel, alpha laid over white.
fn rgba(picture: &Picture) -> Vec<u8> {
    match picture.to_rgb8().pixels {
        PicturePixels::U8(rgb) => rgb
            .chunks_exact(3)
            .flat_map(|p| [p[0], p[1], p[2], 255])
            .collect(),
        PicturePixels::U16(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::fitted;

    #[test]
    fn proportions_are_kept_and_no_side_vanishes() {
        assert_eq!(fitted(4000, 3000, 256), (256, 192));
        assert_eq!(fitted(3, 5, 256), (3, 5));
        assert_eq!(fitted(1, 30_000, 256), (1, 256));
        assert_eq!(fitted(30_000, 10, 256), (256, 1));
    }
}
