//! JPEG, strictly: the `image` crate fills what a truncated file lacks with grey and says nothing.

use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::check_size;
use crate::{Error, Result};

/// A block of 8×8 pixels takes a bit at least: a few bytes that claim more would keep the decoder busy
/// for minutes.
const MAX_PIXELS_PER_BYTE: usize = 8 * 64;

pub(super) fn decode(bytes: &[u8], name: &Path) -> Result<(DynamicImage, Orientation)> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder
        .decode_headers()
        .map_err(|cause| jpeg_error(name, cause))?;
    let orientation = decoder
        .exif()
        .and_then(|exif| Orientation::from_exif_chunk(exif))
        .unwrap_or(Orientation::NoTransforms);
    let (Some((width, height)), Some(stored)) = (decoder.dimensions(), decoder.input_colorspace())
    else {
        return Err(Error::damaged(name, "it has no frame header"));
    };
    let colors = match stored {
        ColorSpace::Luma => ColorSpace::Luma,
        ColorSpace::RGB | ColorSpace::YCbCr | ColorSpace::CMYK | ColorSpace::YCCK => {
            ColorSpace::RGB
        }
        other => {
            let why = format!("JPEG files of colours {other:?} are not read");
            return Err(Error::unsupported(name, why));
        }
    };
    let n_pixels = width * height;
    let n_bytes = n_pixels * colors.num_components();
    let (width, height) = (width as u32, height as u32);
    check_size(width, height, n_bytes as u64, name)?;
    if !ends(bytes) {
        let why = "it is truncated: the marker of its end is missing";
        return Err(Error::damaged(name, why));
    }
    if n_pixels > MAX_PIXELS_PER_BYTE * bytes.len() {
        let why = format!(
            "its {width}×{height} pixels cannot be coded in {} bytes",
            bytes.len()
        );
        return Err(Error::damaged(name, why));
    }

    decoder.set_options(options.jpeg_set_out_colorspace(colors));
    let pixels = decoder.decode().map_err(|cause| jpeg_error(name, cause))?;
    let picture = match colors {
        ColorSpace::Luma => GrayImage::from_raw(width, height, pixels).map(DynamicImage::from),
        _ => RgbImage::from_raw(width, height, pixels).map(DynamicImage::from),
    };
    let picture = picture.ok_or_else(|| Error::damaged(name, "it has too few pixels"))?;
    Ok((picture, orientation))
}

fn jpeg_error(name: &Path, cause: DecodeErrors) -> Error {
    match cause {
        DecodeErrors::Unsupported(scheme) => {
            Error::unsupported(name, format!("JPEG feature {scheme:?} is not read"))
        }
        DecodeErrors::LargeDimensions(n) => Error::too_large(name, format!("a side of {n} pixels")),
        // Its own texts end with a line break.
        cause => {
            let cause = format!("{cause:?}");
            Error::damaged(
                name,
                format!("it is damaged or truncated: {}", cause.trim_end()),
            )
        }
    }
}

/// Whether the marker that ends the image is there, looked for segment by segment: bytes inside
/// segments, such as those of an embedded thumbnail, do not count.
fn ends(bytes: &[u8]) -> bool {
    const END_OF_IMAGE: u8 = 0xD9;
    let mut at = 2;
    while let Some(&[first, second]) = bytes.get(at..at + 2).and_then(|pair| pair.first_chunk()) {
        at += match (first, second) {
            (0xFF, END_OF_IMAGE) => return true,
            // Outside segments: coded data, in which 0xFF is followed by 0 or a restart marker.
            (0xFF, 0x00 | 0x01 | 0xD0..=0xD8) => 2,
            (0xFF, 0xFF) => 1,
            (0xFF, _) => match bytes.get(at + 2..at + 4) {
                Some(length) => 2 + usize::from(u16::from_be_bytes([length[0], length[1]])),
                None => return false,
            },
            _ => 1,
        };
    }
    false
}
