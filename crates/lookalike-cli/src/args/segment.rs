//! `lookalike segment`

use std::path::PathBuf;

use bytesize::ByteSize;
use clap::builder::TypedValueParser;
use clap::{ArgGroup, Args};
use lookalike::ClusterCount;
use lookalike::imagery::raster::{Overviews, Resampling, StretchPercentiles};
use lookalike::scene::{
    Algorithm, DEFAULT_CHOICE, DEFAULT_MAX_SIDE, DEFAULT_N_INIT, Order, PictureFormat, Scale,
};
use serde::{Serialize, Serializer};

use super::choice::{as_debug, as_text, one_of};
use super::{RunArgs, n_clusters};

#[derive(Debug, Args, Serialize)]
#[command(group = ArgGroup::new("colouring").args(["colors", "colormap"]))]
pub(crate) struct SegmentArgs {
    /// A raster, several of one place (their bands are stacked), or the folder of a Sentinel-2 or
    /// Landsat product
    #[arg(required = true, value_name = "SCENE")]
    #[serde(serialize_with = "super::paths::all")]
    pub(crate) inputs: Vec<PathBuf>,
    /// How many classes: a number, a range to choose from (4..8), or auto (2..12)
    #[arg(short = 'k', long = "n-clusters", value_name = "K", value_parser = n_clusters::parser(DEFAULT_CHOICE),
          default_value = "auto", allow_negative_numbers = true)]
    #[serde(serialize_with = "n_clusters::as_text")]
    pub(crate) n_clusters: ClusterCount,
    /// Folder to write [default: NAME-classes]
    #[arg(short, long, value_name = "FOLDER")]
    #[serde(serialize_with = "super::paths::maybe")]
    pub(crate) output: Option<PathBuf>,

    /// Apply the classes of this model instead of finding new ones
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "n_clusters", "algorithm", "scale", "order", "n_init", "max_iter", "tol", "init", "sample",
        "colors", "colormap", "names",
    ], help_heading = "Classes")]
    #[serde(serialize_with = "super::paths::maybe")]
    pub(crate) model: Option<PathBuf>,
    /// How classes are found
    #[arg(long, value_name = "NAME", value_parser = algorithm(), default_value = "kmeans",
          help_heading = "Classes")]
    pub(crate) algorithm: Algorithm,
    /// What bands are divided by: nothing, their standard deviations, or the percentiles of --stretch
    #[arg(long, value_name = "WAY", value_parser = scale(), default_value = "none",
          help_heading = "Classes")]
    pub(crate) scale: Scale,
    /// How classes are numbered: from dark to bright, or from the largest down
    #[arg(long, value_name = "RULE", value_parser = order(), default_value = "brightness",
          help_heading = "Classes")]
    pub(crate) order: Order,
    /// Starts of the search for centres
    #[arg(long, value_name = "N", default_value_t = DEFAULT_N_INIT, help_heading = "Classes")]
    pub(crate) n_init: usize,
    /// Passes of kmeans over all pixels at the most; minibatch ends by a rule of its own
    #[arg(long, value_name = "N", default_value_t = lookalike::cluster::kmeans::DEFAULT_MAX_ITER,
          help_heading = "Classes")]
    pub(crate) max_iter: usize,
    /// With kmeans: end when centres move by no more than this, relative to the variance of the bands
    #[arg(long, value_name = "X", default_value_t = lookalike::cluster::kmeans::DEFAULT_TOL,
          allow_negative_numbers = true, help_heading = "Classes")]
    pub(crate) tol: f64,
    /// Start from these centres: a CSV file without header, one row a class, one column a band
    #[arg(long, value_name = "FILE", help_heading = "Classes")]
    #[serde(serialize_with = "super::paths::maybe")]
    pub(crate) init: Option<PathBuf>,
    /// Fit on this many pixels instead of all
    #[arg(long, value_name = "N", help_heading = "Classes")]
    pub(crate) sample: Option<usize>,

    /// Bands to cluster, by number from 1 or by name, such as 1,2,4 or B02,B03,B08 [default: all]
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        help_heading = "Pixels"
    )]
    pub(crate) bands: Option<Vec<String>>,
    /// How coarser bands are brought to the finest grid
    #[arg(long, value_name = "WAY", value_parser = resampling(), default_value = "nearest",
          help_heading = "Pixels")]
    #[serde(serialize_with = "as_debug")]
    pub(crate) resampling: Resampling,
    /// Value that means "no data" in every band, instead of what the file says
    #[arg(
        long,
        value_name = "X",
        allow_negative_numbers = true,
        help_heading = "Pixels"
    )]
    pub(crate) nodata: Option<f64>,
    /// Raster of the same size that is 0 where pixels are to be left out
    #[arg(long, value_name = "FILE", help_heading = "Pixels")]
    #[serde(serialize_with = "super::paths::maybe")]
    pub(crate) mask: Option<PathBuf>,
    /// Memory to use at the most, such as 1GiB; what does not fit goes to a scratch file
    /// [default: half of what is free]
    #[arg(long, value_name = "SIZE", help_heading = "Pixels")]
    #[serde(serialize_with = "ram_in_bytes")]
    pub(crate) ram: Option<ByteSize>,

    /// Colours of the classes: hex or names, such as '#B90E0A,navy,green'; interpolated where they
    /// are not as many as classes
    #[arg(long, value_name = "LIST", help_heading = "Looks")]
    pub(crate) colors: Option<String>,
    /// Colours of the classes from a map of matplotlib's, such as terrain
    #[arg(long, value_name = "NAME", help_heading = "Looks")]
    pub(crate) colormap: Option<String>,
    /// Names of the classes, in their order
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        help_heading = "Looks"
    )]
    pub(crate) names: Vec<String>,
    /// Bands shown as red, green and blue [default: those of
    /// such names, else 1,2,3]
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        num_args = 1,
        help_heading = "Looks"
    )]
    pub(crate) rgb: Option<Vec<String>>,
    /// Percentiles that become black and white
    #[arg(long, value_name = "LOW,HIGH", default_value_t, value_parser = percentiles,
          allow_hyphen_values = true, help_heading = "Looks")]
    #[serde(serialize_with = "as_text")]
    pub(crate) stretch: StretchPercentiles,
    /// Find one stretch for all bands that are shown, instead of one each
    #[arg(long, help_heading = "Looks")]
    pub(crate) stretch_together: bool,
    /// Longest side of the pictures in pixels, or full
    #[arg(long, value_name = "N", value_parser = max_side, default_value_t = MaxSide(Some(DEFAULT_MAX_SIDE)),
          help_heading = "Looks")]
    pub(crate) max_side: MaxSide,
    /// Format of the pictures
    #[arg(long, value_name = "FORMAT", value_parser = pictures(), default_value = "png",
          help_heading = "Looks")]
    #[serde(serialize_with = "as_debug")]
    pub(crate) pictures: PictureFormat,
    /// Add a band to the class map: how much nearer the best centre is than the second, in percent
    #[arg(long, help_heading = "Looks")]
    pub(crate) confidence: bool,
    /// How overviews of the class map are made
    #[arg(long, value_name = "WAY", value_parser = overviews(), default_value = "mode",
          help_heading = "Looks")]
    #[serde(serialize_with = "as_debug")]
    pub(crate) overviews: Overviews,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) run: RunArgs,
}

/// Longest side of a picture; None for all pixels.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct MaxSide(pub(crate) Option<usize>);

impl std::fmt::Display for MaxSide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(side) => write!(f, "{side}"),
            None => f.write_str("full"),
        }
    }
}

fn max_side(text: &str) -> Result<MaxSide, String> {
    match (text, text.parse()) {
        ("full", _) => Ok(MaxSide(None)),
        (_, Ok(side @ 1..)) => Ok(MaxSide(Some(side))),
        _ => Err("max-side must be a whole number from 1 on, or full".to_owned()),
    }
}

fn percentiles(text: &str) -> Result<StretchPercentiles, String> {
    text.parse()
        .map_err(|e: lookalike::imagery::Error| e.to_string())
}

#[expect(clippy::ref_option, reason = "serde hands it over so")]
fn ram_in_bytes<S: Serializer>(ram: &Option<ByteSize>, serializer: S) -> Result<S::Ok, S::Error> {
    ram.map(|ram| ram.as_u64()).serialize(serializer)
}

fn algorithm() -> impl TypedValueParser<Value = Algorithm> {
    one_of([
        ("kmeans", Algorithm::KMeans),
        ("minibatch", Algorithm::MiniBatch),
    ])
}

fn scale() -> impl TypedValueParser<Value = Scale> {
    one_of([
        ("none", Scale::None),
        ("standard", Scale::Standard),
        ("percentile", Scale::Percentile),
    ])
}

fn order() -> impl TypedValueParser<Value = Order> {
    one_of([("brightness", Order::Brightness), ("size", Order::Size)])
}

fn resampling() -> impl TypedValueParser<Value = Resampling> {
    one_of([
        ("nearest", Resampling::Nearest),
        ("bilinear", Resampling::Bilinear),
    ])
}

fn overviews() -> impl TypedValueParser<Value = Overviews> {
    one_of([
        ("mode", Overviews::Mode),
        ("nearest", Overviews::Nearest),
        ("none", Overviews::None),
    ])
}

fn pictures() -> impl TypedValueParser<Value = PictureFormat> {
    one_of([("png", PictureFormat::Png), ("jpg", PictureFormat::Jpg)])
}
