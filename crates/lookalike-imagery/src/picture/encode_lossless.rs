//! Pictures as PNG and WebP files that lose nothing.

use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder};
use png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter};

use super::encode::check;
use crate::{Error, Result};

/// Colours at the most of a PNG file with a palette.
pub const MAX_PNG_PALETTE: usize = 256;
/// Longest side of a WebP file.
const MAX_WEBP_SIDE: usize = 16_383;
/// The next level, that of zlib and Pillow, takes twice the time for a thirtieth of the bytes.
const LEVEL: DeflateCompression = DeflateCompression::Level(5);

/// As a PNG file with a `palette` of red, green, blue and straight alpha, of which `indices` tell the
/// colour of each pixel, row by row. It takes 1, 2, 4 or 8 bits a pixel, as the palette needs.
///
/// # Errors
/// When there are no pixels, not one index of each, no colours or more than [`MAX_PNG_PALETTE`], or
/// an index is beyond the palette.
pub fn encode_palette_png(
    width: usize,
    height: usize,
    palette: &[[u8; 4]],
    indices: &[u16],
) -> Result<Vec<u8>> {
    let n_pixels = width.checked_mul(height);
    if n_pixels.is_none_or(|n| n == 0 || n != indices.len()) {
        let rule = format!("have one index for each of {width}×{height} pixels, at least one");
        return Err(Error::parameter("indices", rule, indices.len()));
    }
    if palette.is_empty() || palette.len() > MAX_PNG_PALETTE {
        let rule = format!("have 1 to {MAX_PNG_PALETTE} colours");
        return Err(Error::parameter("palette", rule, palette.len()));
    }
    if let Some(index) = indices.iter().find(|&&i| usize::from(i) >= palette.len()) {
        let rule = format!("be below the {} colours of the palette", palette.len());
        return Err(Error::parameter("indices", rule, index));
    }
    let (depth, bits) = match palette.len() {
        1 | 2 => (BitDepth::One, 1),
        3 | 4 => (BitDepth::Two, 2),
        5..=16 => (BitDepth::Four, 4),
        _ => (BitDepth::Eight, 8),
    };
    let colors: Vec<u8> = palette.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect();
    let n_alphas = palette
        .iter()
        .rposition(|color| color[3] < 255)
        .map_or(0, |last| last + 1);
    let alphas: Vec<u8> = palette[..n_alphas].iter().map(|color| color[3]).collect();
    write_png(
        width,
        height,
        ColorType::Indexed,
        &packed(width, indices, bits),
        |encoder| {
            encoder.set_depth(depth);
            // Neighbouring indices say nothing of each other.
            encoder.set_filter(Filter::NoFilter);
            encoder.set_palette(colors);
            if !alphas.is_empty() {
                encoder.set_trns(alphas);
            }
        },
    )
}

/// As a PNG file of `rgba`: red, green, blue and straight alpha of each pixel, row by row. Without
/// alpha where all of it is opaque.
///
/// # Errors
/// When there are no pixels, or not four bytes of each.
pub fn encode_png(width: usize, height: usize, rgba: &[u8]) -> Result<Vec<u8>> {
    check(width, height, rgba)?;
    match without_alpha(rgba) {
        Some(rgb) => write_png(width, height, ColorType::Rgb, &rgb, |_| {}),
        None => write_png(width, height, ColorType::Rgba, rgba, |_| {}),
    }
}

/// As a lossless WebP file; `rgba` as for [`encode_png`].
///
/// # Errors
/// As [`encode_png`]; also when a side is above 16 383.
pub fn encode_webp(width: usize, height: usize, rgba: &[u8]) -> Result<Vec<u8>> {
    check(width, height, rgba)?;
    if width.max(height) > MAX_WEBP_SIDE {
        let rule = format!("have sides of at most {MAX_WEBP_SIDE} pixels as WebP");
        return Err(Error::parameter(
            "picture",
            rule,
            format!("{width}×{height}"),
        ));
    }
    let mut file = Vec::new();
    let encoder = WebPEncoder::new_lossless(&mut file);
    let (width, height) = (width as u32, height as u32);
    match without_alpha(rgba) {
        Some(rgb) => encoder.write_image(&rgb, width, height, ExtendedColorType::Rgb8),
        None => encoder.write_image(rgba, width, height, ExtendedColorType::Rgba8),
    }
    .map_err(|cause| Error::parameter("picture", "become a WebP file", cause))?;
    Ok(file)
}

fn write_png(
    width: usize,
    height: usize,
    color: ColorType,
    data: &[u8],
    set: impl FnOnce(&mut Encoder<'_, &mut Vec<u8>>),
) -> Result<Vec<u8>> {
    let refused = |cause| Error::parameter("picture", "become a PNG file", cause);
    let size = |side: usize| {
        let rule = "have sides of less than 2^32 pixels";
        u32::try_from(side).map_err(|_| Error::parameter("picture", rule, side))
    };
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, size(width)?, size(height)?);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_deflate_compression(LEVEL);
    set(&mut encoder);
    let mut writer = encoder.write_header().map_err(refused)?;
    writer.write_image_data(data).map_err(refused)?;
    writer.finish().map_err(refused)?;
    Ok(file)
}

/// Rows of indices of so many bits, the first in the highest, each row of whole bytes.
fn packed(width: usize, indices: &[u16], bits: usize) -> Vec<u8> {
    let per_byte = 8 / bits;
    let byte = |indices: &[u16]| {
        let shifted = indices.iter().enumerate();
        shifted.fold(0, |byte, (i, &index)| {
            byte | (index as u8) << (8 - bits * (i + 1))
        })
    };
    indices
        .chunks_exact(width)
        .flat_map(|row| row.chunks(per_byte).map(byte))
        .collect()
}

/// Red, green and blue, if all pixels are opaque.
fn without_alpha(rgba: &[u8]) -> Option<Vec<u8>> {
    let (pixels, _) = rgba.as_chunks::<4>();
    let opaque = pixels.iter().all(|pixel| pixel[3] == 255);
    opaque.then(|| pixels.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::picture::{Channels, PicturePixels, decode_bytes};

    fn rgba(file: &[u8]) -> Vec<[u8; 4]> {
        let picture = decode_bytes(file, Path::new("test")).unwrap();
        let PicturePixels::U8(samples) = picture.pixels else {
            panic!("8 bits were written");
        };
        match picture.channels {
            Channels::Rgba => samples.as_chunks().0.to_vec(),
            Channels::Rgb => {
                let pixels = samples.as_chunks().0.iter();
                pixels.map(|&[r, g, b]| [r, g, b, 255]).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            palette in proptest::collection::vec(any::<[u8; 4]>(), 1..=256),
            width in 1usize..20,
            height in 1usize..5,
            opaque in any::<bool>(),
            step in 1usize..300,
        ) {
            let alpha = |[r, g, b, a]: [u8; 4]| [r, g, b, if opaque { 255 } else { a }];
            let palette: Vec<[u8; 4]> = palette.into_iter().map(alpha).collect();
            let indices = (0..width * height).map(|i| (i * step % palette.len()) as u16);
            let indices: Vec<u16> = indices.collect();
            let pixels: Vec<_> = indices.iter().map(|&i| palette[usize::from(i)]).collect();
            let file = encode_palette_png(width, height, &palette, &indices).unwrap();
            prop_assert_eq!(rgba(&file), pixels.clone());
            let bytes = pixels.concat();
            prop_assert_eq!(rgba(&encode_png(width, height, &bytes).unwrap()), pixels.clone());
            prop_assert_eq!(rgba(&encode_webp(width, height, &bytes).unwrap()), pixels);
        }
    }

    #[test]
    fn depth_is_what_the_palette_needs() {
        for (n_colors, bits) in [
            (1, 1),
            (2, 1),
            (3, 2),
            (4, 2),
            (5, 4),
            (16, 4),
            (17, 8),
            (256, 8),
        ] {
            let palette = vec![[1, 2, 3, 255]; n_colors];
            let file = encode_palette_png(3, 1, &palette, &[0; 3]).unwrap();
            // Bit depth and colour type are the ninth and tenth byte of the header chunk.
            assert_eq!(file[24..26], [bits, 3], "{n_colors}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let message = |file: Result<Vec<u8>>| file.unwrap_err().to_string();
        let colors = [[0; 4]; 257];
        assert_eq!(
            message(encode_palette_png(2, 2, &colors[..2], &[0; 3])),
            "indices must have one index for each of 2×2 pixels, at least one, got 3"
        );
        assert_eq!(
            message(encode_palette_png(1, 1, &colors, &[0])),
            "palette must have 1 to 256 colours, got 257"
        );
        assert_eq!(
            message(encode_palette_png(1, 1, &colors[..2], &[2])),
            "indices must be below the 2 colours of the palette, got 2"
        );
        assert_eq!(
            message(encode_webp(16_384, 1, &vec![0; 4 * 16_384])),
            "picture must have sides of at most 16383 pixels as WebP, got 16384×1"
        );
        assert!(encode_png(0, 1, &[]).is_err());
    }
}
