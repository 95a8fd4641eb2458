//! What every verb takes that reads pictures.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

/// Which pictures.
#[derive(Debug, Args, Serialize)]
pub(crate) struct PictureArgs {
    /// Leave out what matches this glob, such as 'thumbs' or '**/*.gif'; may be given several times
    #[arg(long, value_name = "GLOB", help_heading = "Pictures")]
    pub(crate) exclude: Vec<String>,
    /// Take only the first so many
    #[arg(long, value_name = "N", help_heading = "Pictures")]
    pub(crate) limit: Option<usize>,
    /// Fail, after all is written, when a picture could not be used
    #[arg(long, help_heading = "Pictures")]
    pub(crate) strict: bool,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) cache: CacheArgs,
}

/// Where features are kept.
#[derive(Debug, Args, Serialize)]
pub(crate) struct CacheArgs {
    /// Folder in which features are kept, so that nothing is computed twice
    /// [default: lookalike in the user's cache folder]
    #[arg(long, value_name = "FOLDER", help_heading = "Pictures")]
    #[serde(serialize_with = "super::paths::maybe")]
    pub(crate) cache: Option<PathBuf>,
    /// Neither look up features nor keep them
    #[arg(long, conflicts_with = "cache", help_heading = "Pictures")]
    pub(crate) no_cache: bool,
}
