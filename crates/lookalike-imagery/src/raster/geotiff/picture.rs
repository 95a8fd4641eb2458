//! The first image of a TIFF as a picture: colours as they are seen, not bands as they are stored.

use std::path::Path;

use image::metadata::Orientation;
use tiff_reader::TiffFile;

use super::fault::fault;
use super::image::Image;
use super::rows::Stored;
use super::{first_image, limits, tags};
use crate::picture::{Channels, Picture, PicturePixels, check_size};
use crate::raster::{SampleType, Window};
use crate::{Error, Result};

/// What the samples of a pixel mean.
struct Colors {
    channels: Channels,
    /// 0 is white, as in scans of text.
    inverted: bool,
    /// Colours are multiplied by alpha.
    multiplied: bool,
    /// The largest sample: less than that of its type in pictures of few bits.
    max: u32,
}

/// Decodes the TIFF `bytes`, and says how it is to be turned; messages call it `name`.
///
/// Bilevel, grey, RGB and palette of up to 16 bits, with or without alpha, stretched to the range of 8
/// or 16 bits.
pub(crate) fn decode_picture(bytes: &[u8], name: &Path) -> Result<(Picture, Orientation)> {
    let tiff = TiffFile::from_bytes_with_options(bytes.to_vec(), limits::open_options());
    let image = first_image(name.to_owned(), tiff.map_err(|e| fault(name, e))?)?;
    let orientation = tags::orientation(image.ifd())
        .and_then(Orientation::from_exif)
        .unwrap_or(Orientation::NoTransforms);
    let palette = tags::palette(image.ifd(), None);
    let (channels, pixels) = match (image.sample_type, palette) {
        (SampleType::U8, Some(palette)) => (Channels::Rgb, expanded::<u8>(&image, &palette, name)?),
        (SampleType::U16, Some(palette)) => {
            (Channels::Rgb, expanded::<u16>(&image, &palette, name)?)
        }
        (SampleType::U8, None) => {
            let colors = colors(&image, name)?;
            let narrow = |level| level as u8;
            let levels = levels(&image, &colors, name, narrow)?;
            (colors.channels, PicturePixels::U8(levels))
        }
        (SampleType::U16, None) => {
            let colors = colors(&image, name)?;
            let narrow = |level| level as u16;
            let levels = levels(&image, &colors, name, narrow)?;
            (colors.channels, PicturePixels::U16(levels))
        }
        (other, _) => {
            let why = format!(
                "its samples are of type {other:?}, those of a picture must be unsigned integers of \
                 up to 16 bits"
            );
            return Err(Error::unsupported(name, why));
        }
    };
    let picture = Picture {
        width: image.grid.width,
        height: image.grid.height,
        channels,
        pixels,
    };
    Ok((picture, orientation))
}

fn colors(image: &Image, name: &Path) -> Result<Colors> {
    const RGB: [u16; 2] = [2, 6];
    let ifd = image.ifd();
    let photometric = ifd.photometric_interpretation().unwrap_or(1);
    let has_alpha = tags::alpha(ifd).is_some_and(|alpha| alpha + 1 == image.n_samples);
    let channels = match (
        RGB.contains(&photometric),
        image.n_samples - usize::from(has_alpha),
    ) {
        (false, 1) if has_alpha => Channels::GrayAlpha,
        (false, 1) => Channels::Gray,
        (true, 3) if has_alpha => Channels::Rgba,
        (true, 3) => Channels::Rgb,
        _ => {
            let why = format!(
                "a picture must have grey or RGB and at most alpha beside them, its pixels have {} \
                 samples (PhotometricInterpretation {photometric})",
                image.n_samples
            );
            return Err(Error::unsupported(name, why));
        }
    };
    let bits = ifd.bits_per_sample().map_err(|e| fault(name, e))?;
    Ok(Colors {
        channels,
        inverted: photometric == 0,
        multiplied: tags::is_multiplied_by_alpha(ifd),
        max: (1 << bits.first().copied().unwrap_or(1)) - 1,
    })
}

/// The samples, pixel by pixel, as levels of the whole range of their type.
fn levels<T: Stored + Into<u32>>(
    image: &Image,
    colors: &Colors,
    name: &Path,
    narrow: impl Fn(u32) -> T,
) -> Result<Vec<T>> {
    let n_channels = colors.channels.count();
    let planes = planes::<T>(image, n_channels, n_channels, name)?;
    let n = planes.len() / n_channels;
    let top = (1u32 << (8 * size_of::<T>())) - 1;
    let n_colors = n_channels - usize::from(colors.channels.has_alpha());
    let mut levels = Vec::with_capacity(planes.len());
    for i in 0..n {
        let level = |channel: usize| {
            let sample: u32 = planes[channel * n + i].into();
            (sample * top + colors.max / 2) / colors.max
        };
        let alpha = if colors.channels.has_alpha() {
            level(n_colors)
        } else {
            top
        };
        for channel in 0..n_colors {
            let level = level(channel);
            let level = if colors.inverted { top - level } else { level };
            let straight = if colors.multiplied && alpha > 0 {
                ((level * top + alpha / 2) / alpha).min(top)
            } else {
                level
            };
            levels.push(narrow(straight));
        }
        if colors.channels.has_alpha() {
            levels.push(narrow(alpha));
        }
    }
    Ok(levels)
}

fn expanded<T: Stored + Into<u32>>(
    image: &Image,
    palette: &[[u8; 4]],
    name: &Path,
) -> Result<PicturePixels> {
    if image.n_samples != 1 {
        let why = format!(
            "a picture with a palette must have one sample a pixel, it has {}",
            image.n_samples
        );
        return Err(Error::unsupported(name, why));
    }
    let mut levels = Vec::new();
    for index in planes::<T>(image, 1, 3, name)? {
        let index: u32 = index.into();
        let Some([rgb @ .., _]) = palette.get(index as usize) else {
            let why = format!(
                "its palette has {} colours, a pixel the {index}th",
                palette.len()
            );
            return Err(Error::damaged(name, why));
        };
        levels.extend_from_slice(rgb);
    }
    Ok(PicturePixels::U8(levels))
}

/// The first `n_samples` samples of all pixels, plane by plane, of a picture that will have `n_channels`.
fn planes<T: Stored>(
    image: &Image,
    n_samples: usize,
    n_channels: usize,
    name: &Path,
) -> Result<Vec<T>> {
    let (width, height) = (image.grid.width, image.grid.height);
    // Sides are at most ten million: see `limits`.
    let n_bytes = (width * height * n_channels * size_of::<T>()) as u64;
    check_size(width as u32, height as u32, n_bytes, name)?;
    let whole = Window {
        x: 0,
        y: 0,
        width,
        height,
    };
    let wanted: Vec<usize> = (0..n_samples).collect();
    let mut planes = vec![T::default(); whole.n_pixels() * n_samples];
    image.read(whole, &wanted, &mut planes)?;
    Ok(planes)
}
