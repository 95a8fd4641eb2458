//! `lookalike demo`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::RunArgs;

#[derive(Debug, Args, Serialize)]
pub(crate) struct DemoArgs {
    /// Folder to write
    #[arg(short, long, value_name = "FOLDER", default_value = "lookalike-demo")]
    #[serde(serialize_with = "super::paths::one")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) run: RunArgs,
}
