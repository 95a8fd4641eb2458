//! What a run was: enough to do it again.

use std::fmt::Write;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// Bytes of a file that are hashed at a time.
const HASH_BYTES: usize = 1 << 20;

/// The contents of `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunRecord {
    /// The version of Lookalike.
    pub version: &'static str,
    /// The job, as the command line calls it.
    pub command: &'static str,
    /// Its arguments, defaults filled in.
    pub arguments: Value,
    /// What it read: name and SHA-256.
    pub inputs: Vec<Input>,
    /// Seconds of each step, in the order in which they were done.
    pub seconds: Vec<Step>,
}

/// One input of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Its path, or the name of a built-in data set.
    pub name: String,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// What was done.
    pub step: &'static str,
    /// How long it took.
    pub seconds: f64,
}

impl Input {
    /// The files of these paths, and those within folders, each with its hash.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn of_files(paths: &[PathBuf]) -> Result<Vec<Self>> {
        let mut inputs = Vec::new();
        for path in paths {
            if path.is_dir() {
                let entries = fs::read_dir(path).map_err(|e| Error::io("read", path, e))?;
                let mut within: Vec<PathBuf> = entries
                    .map(|entry| Ok(entry.map_err(|e| Error::io("read", path, e))?.path()))
                    .collect::<Result<_>>()?;
                within.sort();
                inputs.extend(Self::of_files(&within)?);
            } else {
                inputs.push(Self::of_file(path)?);
            }
        }
        Ok(inputs)
    }

    fn of_file(path: &Path) -> Result<Self> {
        let refused = |e| Error::io("read", path, e);
        let mut file = fs::File::open(path).map_err(refused)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; HASH_BYTES];
        loop {
            match file.read(&mut buffer).map_err(refused)? {
                0 => break,
                n => hash.update(&buffer[..n]),
            }
        }
        Ok(Self {
            name: path.display().to_string(),
            sha256: hexadecimal(&hash.finalize()),
        })
    }

    /// An input and the hash of its bytes.
    pub fn new(name: impl Into<String>, bytes: &[u8]) -> Self {
        Self {
            name: name.into(),
            sha256: hexadecimal(&Sha256::digest(bytes)),
        }
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl RunRecord {
    /// As a JSON document.
    pub fn json(&self) -> String {
        format!("{:#}\n", json!(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_sha_256() {
        // The first example of FIPS 180-2, appendix B.
        let input = Input::new("abc", b"abc");
        assert!(
            input.sha256.starts_with("ba7816bf8f01cfea"),
            "{}",
            input.sha256
        );
        assert_eq!(input.sha256.len(), 64);
    }
}
