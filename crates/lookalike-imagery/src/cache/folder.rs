//! Where the cache is unless the user says otherwise.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;

use crate::{Error, Result};

/// The folder `lookalike` in the user's cache folder: `$XDG_CACHE_HOME`, else `~/.cache`;
/// `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows.
///
/// # Errors
/// When the user has no home folder.
pub fn default_folder() -> Result<PathBuf> {
    let strategy = etcetera::base_strategy::choose_native_strategy().map_err(|cause| {
        Error::parameter("cache", "be given where there is no home folder", cause)
    })?;
    Ok(strategy.cache_dir().join("lookalike"))
}
