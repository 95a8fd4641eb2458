//! Runs the program.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part, and a panic is how a test fails"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

pub(crate) fn lookalike(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lookalike"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The exit code, and what the program says on stderr.
pub(crate) fn refusal(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = lookalike(folder, arguments);
    assert!(output.stdout.is_empty(), "{}", stdout(&output));
    (output.status.code().unwrap(), stderr(&output))
}
