//! Resizing and cropping.

use std::borrow::Cow;
use std::fmt::Debug;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, MulDiv, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::{Channels, MAX_BYTES, Picture, PicturePixels};
use crate::{Error, Result};

/// What a pixel of the result is made of. All but [`Nearest`](Self::Nearest) widen with the reduction, so
/// that every pixel of the source counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Filter {
    /// The pixel that the centre lies in.
    Nearest,
    /// The mean of the pixels below it.
    Box,
    /// A triangle.
    Bilinear,
    /// Catmull and Rom's cubic.
    Bicubic,
    /// A sinc of three lobes.
    Lanczos,
}

/// A side that shrinks by more first shrinks to this many times its length by [`Filter::Box`]: the weights of
/// so many pixels are too small for the whole numbers that the kernels count in.
const MAX_REDUCTION: usize = 4096;

/// Resizes a picture to `width` × `height` pixels; channels and bits stay.
///
/// Columns first, then rows, with whole numbers between, as Pillow's `Image.resize` does (13 begins with
/// rows for some shapes): equal to it to one level in 255, but for the box that ends in the very middle of a pixel, where a rounding error decides
/// there and here whether that pixel counts. Colours count by their alpha: they are multiplied by it before and
/// divided by it afterwards, in their own bits, which makes more of a level where alpha is low. The work is
/// one thread's.
///
/// # Errors
/// When `width` or `height` is 0, or the result or what lies between would take more than
/// [`MAX_BYTES`].
pub fn resize(picture: &Picture, width: usize, height: usize, filter: Filter) -> Result<Picture> {
    for (name, side) in [("width", width), ("height", height)] {
        if side == 0 {
            return Err(Error::parameter(name, "be at least 1", side));
        }
    }
    let bytes_a_pixel = pixel_type(picture.channels, &picture.pixels).size();
    for rows in [picture.height, height] {
        let n_bytes = width
            .checked_mul(rows)
            .and_then(|n| n.checked_mul(bytes_a_pixel));
        if n_bytes.is_none_or(|n_bytes| n_bytes as u64 > MAX_BYTES) {
            let rule = format!("make pictures of at most {MAX_BYTES} bytes");
            return Err(Error::parameter(
                "width × height",
                rule,
                format!("{width}×{rows}"),
            ));
        }
    }
    let weighted = picture.channels.has_alpha() && filter != Filter::Nearest;
    let mut resized = Cow::Borrowed(picture);
    if weighted {
        let multiply = |alpha: MulDiv, image: &mut Image<'_>| alpha.multiply_alpha_inplace(image);
        resized.to_mut().on_image(multiply);
    }
    let coarse = |from: usize, to: usize| match filter {
        Filter::Nearest => from,
        _ => from.min(to.saturating_mul(MAX_REDUCTION)),
    };
    let passes = [
        (coarse(picture.width, width), picture.height, Filter::Box),
        (width, picture.height, filter),
        (width, coarse(picture.height, height), Filter::Box),
        (width, height, filter),
    ];
    // The weights of a cubic would make two levels of a rounding error between the passes.
    let is_deepened = filter == Filter::Bicubic && matches!(picture.pixels, PicturePixels::U8(_));
    if is_deepened {
        resized = Cow::Owned(resized.to_16_bits());
    }
    let mut resizer = Resizer::new();
    for (width, height, filter) in passes {
        if (width, height) != (resized.width, resized.height) {
            resized = Cow::Owned(resized.pass(&mut resizer, width, height, filter));
        }
    }
    let mut resized = resized.into_owned();
    if weighted {
        resized.on_image(|alpha, image| alpha.divide_alpha_inplace(image));
    }
    Ok(if is_deepened {
        resized.to_8_bits()
    } else {
        resized
    })
}

impl Picture {
    /// The rectangle of `width` × `height` pixels whose upper left one is (`x`, `y`).
    ///
    /// # Errors
    /// When it has no pixels, or is not inside the picture.
    pub fn crop(&self, x: usize, y: usize, width: usize, height: usize) -> Result<Self> {
        let inside = |start: usize, length: usize, side: usize| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= side)
        };
        if !inside(x, width, self.width) || !inside(y, height, self.height) {
            let rule = format!(
                "have pixels and lie inside the {}×{} pixels",
                self.width, self.height
            );
            let value = format!("{width}×{height} from ({x}, {y})");
            return Err(Error::parameter("crop", rule, value));
        }
        let n_channels = self.channels.count();
        let rows = (y..y + height).map(|row| {
            let start = (row * self.width + x) * n_channels;
            start..start + width * n_channels
        });
        let pixels = match &self.pixels {
            PicturePixels::U8(all) => {
                PicturePixels::U8(rows.flat_map(|row| &all[row]).copied().collect())
            }
            PicturePixels::U16(all) => {
                PicturePixels::U16(rows.flat_map(|row| &all[row]).copied().collect())
            }
        };
        Ok(Self {
            width,
            height,
            channels: self.channels,
            pixels,
        })
    }

    fn pass(&self, resizer: &mut Resizer, width: usize, height: usize, filter: Filter) -> Self {
        let algorithm = match filter {
            Filter::Nearest => ResizeAlg::Nearest,
            Filter::Box => ResizeAlg::Convolution(FilterType::Box),
            Filter::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
            Filter::Bicubic => ResizeAlg::Convolution(FilterType::CatmullRom),
            Filter::Lanczos => ResizeAlg::Convolution(FilterType::Lanczos3),
        };
        let options = ResizeOptions::new().resize_alg(algorithm).use_alpha(false);
        let n_samples = width * height * self.channels.count();
        let mut resized = Self {
            width,
            height,
            channels: self.channels,
            pixels: match self.pixels {
                PicturePixels::U8(_) => PicturePixels::U8(vec![0; n_samples]),
                PicturePixels::U16(_) => PicturePixels::U16(vec![0; n_samples]),
            },
        };
        let source = self.view();
        resized.on_image(|_, image| resizer.resize(&source, image, &options));
        resized
    }

    fn view(&self) -> ImageRef<'_> {
        let bytes = match &self.pixels {
            PicturePixels::U8(samples) => samples,
            PicturePixels::U16(samples) => bytemuck::cast_slice(samples),
        };
        let (width, height) = (self.width as u32, self.height as u32);
        ImageRef::new(
            width,
            height,
            bytes,
            pixel_type(self.channels, &self.pixels),
        )
        .expect("the samples are those of the size")
    }

    fn on_image<E: Debug>(
        &mut self,
        change: impl FnOnce(MulDiv, &mut Image<'_>) -> std::result::Result<(), E>,
    ) {
        let pixel_type = pixel_type(self.channels, &self.pixels);
        let bytes = match &mut self.pixels {
            PicturePixels::U8(samples) => &mut samples[..],
            PicturePixels::U16(samples) => bytemuck::cast_slice_mut(samples),
        };
        let (width, height) = (self.width as u32, self.height as u32);
        let mut image = Image::from_slice_u8(width, height, bytes, pixel_type)
            .expect("the samples are those of the size");
        change(MulDiv::new(), &mut image).expect("all types of pixels are known");
    }
}

fn pixel_type(channels: Channels, pixels: &PicturePixels) -> PixelType {
    match (pixels, channels) {
        (PicturePixels::U8(_), Channels::Gray) => PixelType::U8,
        (PicturePixels::U8(_), Channels::GrayAlpha) => PixelType::U8x2,
        (PicturePixels::U8(_), Channels::Rgb) => PixelType::U8x3,
        (PicturePixels::U8(_), Channels::Rgba) => PixelType::U8x4,
        (PicturePixels::U16(_), Channels::Gray) => PixelType::U16,
        (PicturePixels::U16(_), Channels::GrayAlpha) => PixelType::U16x2,
        (PicturePixels::U16(_), Channels::Rgb) => PixelType::U16x3,
        (PicturePixels::U16(_), Channels::Rgba) => PixelType::U16x4,
    }
}

#[cfg(test)]
mod tests;
