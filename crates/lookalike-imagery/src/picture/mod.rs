//! Pictures: JPEG, PNG, WebP, BMP, GIF, TIFF, PNM and QOI files, decoded whole.
//!
//! The format is told by the content, never by the name. A damaged or truncated file is an error,
//! never a picture with a black or grey rest. Colours are taken as stored: colour profiles and
//! gamma are not applied.

mod convert;
mod encode;
mod encode_lossless;
mod jpeg;
mod resize;

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use image::error::ImageError;
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::raster::{decode_tiff, is_tiff};
use crate::{Error, Result};

pub use encode::encode_jpeg;
pub use encode_lossless::{MAX_PNG_PALETTE, encode_palette_png, encode_png, encode_webp};
pub use resize::{Filter, resize};

/// A picture may have this many bytes of pixels, and its file this many bytes: 1 GiB. A progressive
/// JPEG takes up to four times its pixels while it is decoded.
pub const MAX_BYTES: u64 = 1 << 30;

/// A decoded picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// What the samples of a pixel are.
    pub channels: Channels,
    /// Row by row, pixel by pixel, the samples of a pixel side by side.
    pub pixels: PicturePixels,
}

/// What the samples of a pixel are. Alpha is straight: colours are not multiplied by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say all")]
pub enum Channels {
    Gray,
    GrayAlpha,
    Rgb,
    Rgba,
}

/// The samples of a [`Picture`].
#[derive(Debug, Clone, PartialEq)]
pub enum PicturePixels {
    /// 0 to 255; pictures of 1, 2 and 4 bits are scaled to it.
    U8(Vec<u8>),
    /// 0 to 65535.
    U16(Vec<u16>),
}

impl Channels {
    /// Samples a pixel, alpha included.
    pub fn count(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    /// Whether the last sample of a pixel is alpha.
    pub fn has_alpha(self) -> bool {
        matches!(self, Self::GrayAlpha | Self::Rgba)
    }
}

impl Picture {
    /// How many pixels it has.
    pub fn n_pixels(&self) -> usize {
        self.width * self.height
    }
}

/// Decodes a picture and turns it upright, as its EXIF orientation says.
///
/// JPEG: grey, RGB, and CMYK converted to RGB. PNG: all types; a palette becomes RGB, or RGBA
/// where it has transparent colours. WebP: lossy and lossless. BMP: all but embedded JPEG and PNG. GIF: RGB,
/// or RGBA where pixels are transparent. TIFF: bilevel, grey, RGB and palette of up to 16 bits. PNM: PBM, PGM,
/// PPM and PAM, their greatest value stretched to 255 or 65535. Of an animation or a file of several
/// pictures, the first.
///
/// # Errors
/// When the file cannot be read, is damaged or truncated, is of another format, or has more than
/// [`MAX_BYTES`].
pub fn decode(path: &Path) -> Result<Picture> {
    decode_bytes(&read_file(path)?, path)
}

/// [`decode`] of a file in memory, which messages call `name`.
///
/// # Errors
/// As [`decode`].
pub fn decode_bytes(bytes: &[u8], name: &Path) -> Result<Picture> {
    let (picture, orientation) = decode_any(bytes, name)?;
    if orientation == Orientation::NoTransforms {
        return Ok(picture);
    }
    let mut image = picture.into_image();
    image.apply_orientation(orientation);
    Picture::from_image(image, name)
}

/// [`decode_bytes`] without EXIF orientation: the grid of pixels that the file stores.
pub(crate) fn decode_stored(bytes: &[u8], name: &Path) -> Result<Picture> {
    Ok(decode_any(bytes, name)?.0)
}

/// Whether a file that begins with these bytes is a picture that [`decode`] reads. TIFFs are not among them:
/// they are rasters too, and mean other things there.
pub(crate) fn is_picture(start: &[u8]) -> bool {
    format_of(start).is_some()
}

/// Reads a file of at most [`MAX_BYTES`].
///
/// # Errors
/// When it cannot be read, or is larger.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(|cause| Error::io("read", path, cause))?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| Error::io("read", path, cause))?;
    if bytes.len() as u64 > MAX_BYTES {
        let why = format!("a picture file must have at most {MAX_BYTES} bytes, this one has more");
        return Err(Error::too_large(path, why));
    }
    Ok(bytes)
}

fn format_of(start: &[u8]) -> Option<ImageFormat> {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Pnm, Qoi, WebP};
    let format = image::guess_format(start).ok()?;
    matches!(format, Bmp | Gif | Jpeg | Png | Pnm | Qoi | WebP).then_some(format)
}

fn decode_any(bytes: &[u8], name: &Path) -> Result<(Picture, Orientation)> {
    let (image, orientation) = match format_of(bytes) {
        Some(ImageFormat::Jpeg) => jpeg::decode(bytes, name)?,
        Some(format) => decode_other(bytes, format, name)?,
        None if is_tiff(bytes) => return decode_tiff(bytes, name),
        None if bytes.is_empty() => return Err(Error::damaged(name, "the file is empty")),
        None => {
            let why = "a picture must be a JPEG, PNG, WebP, BMP, GIF, TIFF, PNM or QOI file, this is \
                       none of them";
            return Err(Error::unsupported(name, why));
        }
    };
    Ok((Picture::from_image(image, name)?, orientation))
}

fn decode_other(
    bytes: &[u8],
    format: ImageFormat,
    name: &Path,
) -> Result<(DynamicImage, Orientation)> {
    let to_error = |cause| image_error(name, cause);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(to_error)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, decoder.total_bytes(), name)?;
    let orientation = decoder.orientation().map_err(to_error)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(to_error)?;
    // A GIF comes with alpha whether it uses it or not.
    let picture = match picture {
        DynamicImage::ImageRgba8(image)
            if format == ImageFormat::Gif && image.pixels().all(|pixel| pixel[3] == u8::MAX) =>
        {
            DynamicImage::ImageRgba8(image).into_rgb8().into()
        }
        picture => picture,
    };
    Ok((picture, orientation))
}

pub(crate) fn check_size(width: u32, height: u32, n_bytes: u64, name: &Path) -> Result<()> {
    if width == 0 || height == 0 {
        let why = format!("a picture must have pixels, this one is {width}×{height}");
        return Err(Error::damaged(name, why));
    }
    if n_bytes > MAX_BYTES {
        let why = format!(
            "a picture must take at most {MAX_BYTES} bytes, this one of {width}×{height} pixels takes {n_bytes}"
        );
        return Err(Error::too_large(name, why));
    }
    Ok(())
}

fn image_error(name: &Path, cause: ImageError) -> Error {
    match cause {
        ImageError::Limits(cause) => Error::too_large(name, cause),
        ImageError::Unsupported(cause) => Error::unsupported(name, cause),
        cause => Error::damaged(name, cause),
    }
}

impl Picture {
    fn from_image(picture: DynamicImage, name: &Path) -> Result<Self> {
        use DynamicImage as Image;
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let (channels, pixels) = match picture {
            Image::ImageLuma8(image) => (Channels::Gray, PicturePixels::U8(image.into_raw())),
            Image::ImageLumaA8(image) => (Channels::GrayAlpha, PicturePixels::U8(image.into_raw())),
            Image::ImageRgb8(image) => (Channels::Rgb, PicturePixels::U8(image.into_raw())),
            Image::ImageRgba8(image) => (Channels::Rgba, PicturePixels::U8(image.into_raw())),
            Image::ImageLuma16(image) => (Channels::Gray, PicturePixels::U16(image.into_raw())),
            Image::ImageLumaA16(image) => {
                (Channels::GrayAlpha, PicturePixels::U16(image.into_raw()))
            }
            Image::ImageRgb16(image) => (Channels::Rgb, PicturePixels::U16(image.into_raw())),
            Image::ImageRgba16(image) => (Channels::Rgba, PicturePixels::U16(image.into_raw())),
            other => {
                let why = format!("pixels of type {:?} are not read", other.color());
                return Err(Error::unsupported(name, why));
            }
        };
        Ok(Self {
            width,
            height,
            channels,
            pixels,
        })
    }
}

impl Picture {
    fn into_image(self) -> DynamicImage {
        let (width, height) = (self.width as u32, self.height as u32);
        let image = match (self.channels, self.pixels) {
            (Channels::Gray, PicturePixels::U8(pixels)) => {
                ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8)
            }
            (Channels::GrayAlpha, PicturePixels::U8(pixels)) => {
                ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLumaA8)
            }
            (Channels::Rgb, PicturePixels::U8(pixels)) => {
                ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8)
            }
            (Channels::Rgba, PicturePixels::U8(pixels)) => {
                ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8)
            }
            (Channels::Gray, PicturePixels::U16(pixels)) => {
                ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLuma16)
            }
            (Channels::GrayAlpha, PicturePixels::U16(pixels)) => {
                ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLumaA16)
            }
            (Channels::Rgb, PicturePixels::U16(pixels)) => {
                ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb16)
            }
            (Channels::Rgba, PicturePixels::U16(pixels)) => {
                ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgba16)
            }
        };
        image.expect("a decoded picture has the samples of its size")
    }
}

#[cfg(test)]
mod tests;
