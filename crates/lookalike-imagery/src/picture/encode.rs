//! Pictures as JPEG files.

use jpeg_encoder::{ColorType, Encoder};

use crate::{Error, Result};

/// Longest side of a JPEG file.
const MAX_JPEG_SIDE: usize = 65_535;

/// As a JPEG file of this `quality` (1 to 100), with pixels that are not opaque on `background`;
/// `rgba` as for [`encode_png`](super::encode_png).
///
/// # Errors
/// When there are no pixels, or not four bytes of each, or a side is above 65 535.
pub fn encode_jpeg(
    width: usize,
    height: usize,
    rgba: &[u8],
    quality: u8,
    background: [u8; 3],
) -> Result<Vec<u8>> {
    check(width, height, rgba)?;
    if width.max(height) > MAX_JPEG_SIDE {
        let rule = format!("have sides of at most {MAX_JPEG_SIDE} pixels as JPEG");
        return Err(Error::parameter(
            "picture",
            rule,
            format!("{width}×{height}"),
        ));
    }
    let mut file = Vec::new();
    let encoder = Encoder::new(&mut file, quality);
    let (width, height) = (width as u16, height as u16);
    let encoded = if rgba.chunks_exact(4).all(|pixel| pixel[3] == 255) {
        encoder.encode(rgba, width, height, ColorType::Rgba)
    } else {
        encoder.encode(&rgb(rgba, background), width, height, ColorType::Rgb)
    };
    encoded.map_err(|e| Error::parameter("picture", "become a JPEG file", e))?;
    Ok(file)
}

pub(super) fn check(width: usize, height: usize, rgba: &[u8]) -> Result<()> {
    let n_bytes = width.checked_mul(height).and_then(|n| n.checked_mul(4));
    if n_bytes.is_none_or(|n| n == 0 || n != rgba.len()) {
        let rule = format!("have four bytes for each of {width}×{height} pixels, at least one");
        return Err(Error::parameter("picture", rule, rgba.len()));
    }
    Ok(())
}

/// Without opacity, laid on `background`.
fn rgb(rgba: &[u8], background: [u8; 3]) -> Vec<u8> {
    let blend = |value: u8, behind: u8, opacity: u8| {
        let (value, behind, opacity) = (u32::from(value), u32::from(behind), u32::from(opacity));
        ((value * opacity + behind * (255 - opacity) + 127) / 255) as u8
    };
    let mut rgb = vec![0; rgba.len() / 4 * 3];
    for (to, p) in rgb.chunks_exact_mut(3).zip(rgba.chunks_exact(4)) {
        for c in 0..3 {
            to[c] = blend(p[c], background[c], p[3]);
        }
    }
    rgb
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::picture::{PicturePixels, decode_bytes};

    fn pixels(file: &[u8]) -> (usize, usize, Vec<u8>) {
        let picture = decode_bytes(file, Path::new("test")).unwrap();
        match picture.pixels {
            PicturePixels::U8(pixels) => (picture.width, picture.height, pixels),
            PicturePixels::U16(_) => panic!("8 bits were written"),
        }
    }

    #[test]
    fn jpeg_lies_on_the_background() {
        let rgba: Vec<u8> = [[200, 100, 50, 255]; 64].concat();
        let (width, height, found) = pixels(&encode_jpeg(8, 8, &rgba, 95, [0; 3]).unwrap());
        assert_eq!((width, height), (8, 8));
        for pixel in found.chunks_exact(3) {
            for (value, expected) in pixel.iter().zip([200u8, 100, 50]) {
                assert!(value.abs_diff(expected) <= 3, "{pixel:?}");
            }
        }
        let clear = [0; 4 * 64];
        let (_, _, found) = pixels(&encode_jpeg(8, 8, &clear, 95, [250; 3]).unwrap());
        assert!(found.iter().all(|v| v.abs_diff(250) <= 2));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let message = encode_jpeg(2, 2, &[0; 15], 90, [0; 3])
            .unwrap_err()
            .to_string();
        assert_eq!(
            message,
            "picture must have four bytes for each of 2×2 pixels, at least one, got 15"
        );
        assert!(encode_jpeg(0, 2, &[], 90, [0; 3]).is_err());
        assert!(encode_jpeg(65_536, 1, &vec![0; 4 << 16], 90, [0; 3]).is_err());
    }
}
