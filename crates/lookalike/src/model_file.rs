//! Files of models: JSON documents that say what they are.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::{Error, ErrorKind, Result};

/// Reads a model of a `kind`, such as `scene model`; `check` says what is wrong with one.
pub(crate) fn read<T: DeserializeOwned>(
    path: &Path,
    kind: &str,
    check: impl FnOnce(&T) -> std::result::Result<(), String>,
) -> Result<T> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, e))?;
    let refused = |why: String| {
        let message = format!("cannot read {}: {why}", path.display());
        Error::new(ErrorKind::InvalidInput, message)
    };
    let model: T = serde_json::from_str(&text)
        .map_err(|e| refused(format!("it is not a {kind} of Lookalike ({e})")))?;
    check(&model).map_err(refused)?;
    Ok(model)
}

/// What is wrong with what a file says of itself, as (format, version), against what is read.
pub(crate) fn check_header(
    found: (&str, u32),
    wanted: (&str, u32),
) -> std::result::Result<(), String> {
    if found.0 != wanted.0 {
        return Err(format!("format must be '{}', got '{}'", wanted.0, found.0));
    }
    if found.1 != wanted.1 {
        return Err(format!("version must be {}, got {}", wanted.1, found.1));
    }
    Ok(())
}
