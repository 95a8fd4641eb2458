//! `lookalike assign`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{PictureArgs, RunArgs, VectorArgs};

#[derive(Debug, Args, Serialize)]
pub(crate) struct AssignArgs {
    /// Pictures or vectors, as for cluster
    #[arg(value_name = "INPUT")]
    #[serde(serialize_with = "super::paths::one")]
    pub(crate) input: PathBuf,
    /// The clusters: model.json of an earlier run of cluster
    #[arg(long, value_name = "FILE")]
    #[serde(serialize_with = "super::paths::one")]
    pub(crate) model: PathBuf,
    /// Neural network that the model was made with, where it is no longer where it was
    #[arg(long, value_name = "FILE")]
    #[serde(serialize_with = "super::paths::maybe")]
    pub(crate) network: Option<PathBuf>,
    /// Folder to write [default: NAME-assigned]
    #[arg(short, long, value_name = "FOLDER")]
    #[serde(serialize_with = "super::paths::maybe")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) pictures: PictureArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) vectors: VectorArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) run: RunArgs,
}
