//! `lookalike embed`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{FeatureArgs, PictureArgs, RunArgs};

#[derive(Debug, Args, Serialize)]
pub(crate) struct EmbedArgs {
    /// A folder of pictures, a glob such as 'photos/**/*.jpg', a list file with one path a line, or -
    /// for such a list on stdin
    #[arg(
        value_name = "INPUT",
        required_unless_present = "layers",
        required = false,
        default_value_if("layers", "true", "-")
    )]
    #[serde(serialize_with = "super::paths::one")]
    pub(crate) input: PathBuf,
    /// File to write: .parquet or .csv with the names of the pictures, or .npy without [default:
    /// NAME.parquet in the current folder]
    #[arg(short, long, value_name = "FILE")]
    #[serde(serialize_with = "super::paths::maybe")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) pictures: PictureArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) features: FeatureArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) run: RunArgs,
}
