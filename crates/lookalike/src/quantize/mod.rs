//! Fewer colours: a picture in the k colours that change it least.
//!
//! ```no_run
//! use lookalike::quantize::{Dither, Quantize};
//! use lookalike::{Context, imagery};
//!
//! let picture = imagery::picture::decode("photo.jpg".as_ref())?;
//! let quantized = Quantize::new(16).dither(Dither::FloydSteinberg).run(&picture, &Context::new())?;
//! for ([r, g, b, _], count) in quantized.palette.iter().zip(&quantized.counts) {
//!     println!("#{r:02X}{g:02X}{b:02X}: {count} pixels");
//! }
//! # Ok::<(), lookalike::Error>(())
//! ```
//!
//! The distinct colours are counted and clustered by k-means, each with the weight of its pixels:
//! exactly what k-means of all pixels finds, for a fraction of the work (Celebi, *Improving the
//! performance of k-means for color quantization*, 2011). Pictures with alpha are clustered by what
//! is seen of them, and fully transparent pixels stay so.

use lookalike_imagery::picture::{Picture, PicturePixels};
use lookalike_learn::Context;
use lookalike_learn::pixel_kmeans::MAX_CLUSTERS;

use crate::stopwatch::Stopwatch;
use crate::{Error, ErrorKind, Result};

mod colors;
mod dither;
mod encode;
mod morton;
mod nearest;
mod palette;
mod pixels;
mod space;
mod tally;

use colors::Colors;
use dither::floyd_steinberg;
use palette::Palette;
use pixels::Pixels;

pub use encode::Format;
pub use space::ColorSpace;

/// Colours at the most.
pub const MAX_COLORS: usize = MAX_CLUSTERS;

/// Iterations of k-means at the most: more change a photo of 256 colours by less than 0.05 dB.
const MAX_ITER: usize = 10;

/// Whether neighbouring pixels make up for colours that are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dither {
    /// Each pixel gets the nearest colour: the highest PSNR, but bands where colours change slowly.
    #[default]
    None,
    /// Floyd and Steinberg's way, rows there and back again.
    FloydSteinberg,
}

/// The recipe.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantize {
    n_colors: usize,
    space: ColorSpace,
    dither: Dither,
    n_init: usize,
    seed: u64,
}

/// A picture of few colours.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantized {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Red, green, blue and straight alpha of each colour, the most frequent first.
    ///
    /// Fewer than asked for where the picture has fewer, or where some are the same in 8 bits.
    pub palette: Vec<[u8; 4]>,
    /// How many pixels have each.
    pub counts: Vec<u64>,
    /// The colour of each pixel, row by row.
    pub indices: Vec<u16>,
    /// Colours of the picture before; fully transparent ones are one.
    pub n_colors_before: usize,
    /// Whether samples of 16 bits were rounded to 8 first.
    pub reduced_to_8_bits: bool,
    /// The mean squared error of a sample of 0 to 255: of three channels a pixel, or of four, of
    /// which three are times alpha, where pixels are not opaque.
    pub mean_squared_error: f64,
    /// Seconds of each step.
    pub seconds: Vec<(&'static str, f64)>,
}

impl Quantize {
    /// Up to `n_colors` colours, compared as stored, without dithering, from one start of seed 0.
    pub fn new(n_colors: usize) -> Self {
        Self {
            n_colors,
            space: ColorSpace::default(),
            dither: Dither::default(),
            n_init: 1,
            seed: 0,
        }
    }

    /// Where colours are compared; default [`ColorSpace::Srgb`].
    pub fn space(mut self, space: ColorSpace) -> Self {
        self.space = space;
        self
    }

    /// Default [`Dither::None`].
    pub fn dither(mut self, dither: Dither) -> Self {
        self.dither = dither;
        self
    }

    /// How many starts k-means makes, the best of which is kept; default 1.
    pub fn n_init(mut self, n_init: usize) -> Self {
        self.n_init = n_init;
        self
    }

    /// Which random numbers to draw; default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Quantizes `picture`. A picture of no more colours than asked for stays as it is.
    ///
    /// # Errors
    /// When `n_colors` is 0 or above [`MAX_COLORS`], or 1 for a picture of which some pixels but
    /// not all are fully transparent; when `n_init` is 0; when `picture` has not as many samples as
    /// it says, or 2³² pixels and more; or when cancelled.
    pub fn run(&self, picture: &Picture, context: &Context) -> Result<Quantized> {
        self.validate()?;
        check_picture(picture)?;
        context.run(|| self.run_here(picture, context))
    }

    fn validate(&self) -> Result<()> {
        let refused = |message| Err(Error::new(ErrorKind::InvalidParameter, message));
        if self.n_colors == 0 || self.n_colors > MAX_COLORS {
            let n_colors = self.n_colors;
            return refused(format!(
                "n_colors must be between 1 and {MAX_COLORS}, got {n_colors}"
            ));
        }
        if self.n_init == 0 {
            return refused("n_init must be at least 1, got 0".to_owned());
        }
        Ok(())
    }

    fn run_here(&self, picture: &Picture, context: &Context) -> Result<Quantized> {
        let mut watch = Stopwatch::default();
        let pixels = Pixels::new(picture);
        let colors = watch.time("count the colours", || Ok(Colors::count(&pixels, context)?))?;
        let palette = watch.time("choose the palette", || {
            Palette::choose(&colors, self, context)
        })?;
        let (indices, tally) = watch.time("give each pixel its colour", || {
            if self.dither == Dither::None || palette.colors.len() == colors.len() {
                palette.apply(&pixels, &colors, context)
            } else {
                let width = picture.width;
                floyd_steinberg(&pixels, width, &palette.colors, self.space, context)
            }
        })?;
        let is_opaque = !colors.has_transparent() && colors.visible_are_opaque();
        let n_channels = if is_opaque { 3 } else { 4 };
        Ok(Quantized {
            width: picture.width,
            height: picture.height,
            palette: palette.colors.iter().map(|c| c.to_be_bytes()).collect(),
            counts: tally.counts,
            n_colors_before: colors.len(),
            reduced_to_8_bits: matches!(picture.pixels, PicturePixels::U16(_)),
            mean_squared_error: tally.squared_error as f64 / (indices.len() * n_channels) as f64,
            indices,
            seconds: watch.laps,
        })
    }
}

fn check_picture(picture: &Picture) -> Result<()> {
    let (width, height) = (picture.width, picture.height);
    let n_channels = picture.channels.count();
    let n_samples = match &picture.pixels {
        PicturePixels::U8(samples) => samples.len(),
        PicturePixels::U16(samples) => samples.len(),
    };
    let n_pixels = width.checked_mul(height).filter(|&n| n > 0);
    let n_pixels = n_pixels.filter(|&n| u32::try_from(n).is_ok());
    if n_pixels.and_then(|n| n.checked_mul(n_channels)) != Some(n_samples) {
        let message = format!(
            "picture must have {n_channels} samples for each of {width}×{height} pixels, at least \
             one and fewer than 2^32, got {n_samples} samples"
        );
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    Ok(())
}

impl Quantized {
    /// The peak signal-to-noise ratio in decibels, infinite where nothing is lost.
    pub fn psnr(&self) -> f64 {
        10.0 * (255.0 * 255.0 / self.mean_squared_error).log10()
    }

    /// Whether every pixel that is seen has the colour it had, in 8 bits a channel.
    pub fn lossless(&self) -> bool {
        self.mean_squared_error == 0.0
    }
}
