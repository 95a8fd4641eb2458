//! `lookalike quantize`

use std::path::PathBuf;

use clap::Args;
use clap::builder::TypedValueParser;
use lookalike::quantize::{ColorSpace, Dither};
use serde::Serialize;

use super::RunArgs;
use super::choice::one_of;

#[derive(Debug, Args, Serialize)]
pub(crate) struct QuantizeArgs {
    /// Picture to read: JPEG, PNG, WebP, BMP, GIF, TIFF, PNM or QOI
    #[arg(value_name = "PICTURE")]
    #[serde(serialize_with = "super::paths::one")]
    pub(crate) input: PathBuf,
    /// Colours to keep, 1 to 65535; PNG files have a palette up to 256
    #[arg(short = 'k', long, value_name = "K", default_value_t = 256)]
    pub(crate) n_colors: usize,
    /// File to write: .png, .jpg or .webp [default: NAME.quantized.png in the current folder]
    #[arg(short, long, value_name = "FILE")]
    #[serde(serialize_with = "super::paths::maybe")]
    pub(crate) output: Option<PathBuf>,
    /// Where colours are compared: srgb keeps pixel values, oklab what people see
    #[arg(long, value_parser = space(), default_value = "srgb")]
    pub(crate) space: ColorSpace,
    /// Whether neighbouring pixels make up for colours that are missing
    #[arg(long, value_parser = dither(), default_value = "none")]
    pub(crate) dither: Dither,
    /// Starts of k-means, the best of which is kept
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) n_init: usize,
    /// Print the palette and write nothing
    #[arg(long, conflicts_with_all = ["output", "overwrite"])]
    pub(crate) palette_only: bool,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) run: RunArgs,
}

fn space() -> impl TypedValueParser<Value = ColorSpace> {
    one_of([("srgb", ColorSpace::Srgb), ("oklab", ColorSpace::Oklab)])
}

fn dither() -> impl TypedValueParser<Value = Dither> {
    one_of([
        ("none", Dither::None),
        ("floyd-steinberg", Dither::FloydSteinberg),
    ])
}
