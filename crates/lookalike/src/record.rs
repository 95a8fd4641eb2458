//! What a run was: enough to do it again.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

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
    /// An input and the hash of its bytes.
    pub fn new(name: impl Into<String>, bytes: &[u8]) -> Self {
        let mut sha256 = String::new();
        for byte in Sha256::digest(bytes) {
            // Writing to a string cannot fail.
            let _ = write!(sha256, "{byte:02x}");
        }
        Self {
            name: name.into(),
            sha256,
        }
    }
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
