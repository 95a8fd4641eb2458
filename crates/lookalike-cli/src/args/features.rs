//! How pictures become features.

use std::path::PathBuf;

use clap::Args;
use clap::builder::TypedValueParser;
use lookalike::imagery::features::Color;
use lookalike::imagery::features::cnn::{Pool, Preprocess};
use serde::Serialize;

use super::choice::one_of;

#[derive(Debug, Args, Serialize)]
pub(crate) struct FeatureArgs {
    /// What stands for a picture: its pixels, a descriptor of shapes and colours, or what a neural
    /// network makes of it. auto: pixels for equal small bitmaps, cnn with --model, else descriptor
    #[arg(long, value_name = "NAME", value_parser = features(), default_value = "auto",
          help_heading = "Features")]
    pub(crate) features: FeatureName,
    /// With pixels: bring all pictures to N×N [default: as they are, if they are small and equal]
    #[arg(long, value_name = "N", help_heading = "Features")]
    pub(crate) size: Option<usize>,
    /// With pixels: gray or rgb [default: gray, if all that are looked at are]
    #[arg(long, value_name = "NAME", value_parser = color(), help_heading = "Features")]
    pub(crate) color: Option<Color>,
    /// Neural network for images, an ONNX file; it runs on this machine
    #[arg(long, value_name = "FILE", help_heading = "Features")]
    #[serde(serialize_with = "super::paths::maybe")]
    pub(crate) model: Option<PathBuf>,
    /// Layer of the network that is taken, or auto: the last before the classifier
    #[arg(
        long,
        value_name = "NAME",
        default_value = "auto",
        help_heading = "Features"
    )]
    pub(crate) layer: String,
    /// List the layers that could be taken, and do nothing
    #[arg(long, requires = "model", help_heading = "Features")]
    pub(crate) layers: bool,
    /// How pictures are prepared for the network [default: guessed from it, and said]
    #[arg(long, value_name = "FAMILY", value_parser = preprocess(), help_heading = "Features")]
    pub(crate) preprocess: Option<Preprocess>,
    /// How maps of a network become numbers
    #[arg(long, value_name = "WAY", value_parser = pool(), default_value = "avg",
          help_heading = "Features")]
    pub(crate) pool: Pool,
    /// Do not bring the vectors of a network to length 1
    #[arg(long, help_heading = "Features")]
    pub(crate) no_normalize: bool,
}

/// A kind of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FeatureName {
    Auto,
    Pixels,
    Descriptor,
    Cnn,
}

fn color() -> impl TypedValueParser<Value = Color> {
    one_of([("gray", Color::Gray), ("rgb", Color::Rgb)])
}

fn preprocess() -> impl TypedValueParser<Value = Preprocess> {
    one_of([
        ("imagenet", Preprocess::Imagenet),
        ("keras-caffe", Preprocess::KerasCaffe),
        ("keras-tf", Preprocess::KerasTf),
        ("clip", Preprocess::Clip),
        ("none", Preprocess::None),
    ])
}

fn pool() -> impl TypedValueParser<Value = Pool> {
    one_of([("avg", Pool::Average), ("max", Pool::Max)])
}

fn features() -> impl TypedValueParser<Value = FeatureName> {
    one_of([
        ("auto", FeatureName::Auto),
        ("pixels", FeatureName::Pixels),
        ("descriptor", FeatureName::Descriptor),
        ("cnn", FeatureName::Cnn),
    ])
}
