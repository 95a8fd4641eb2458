//! `lookalike segment` as a user meets it: what it prints, writes, refuses, and how it ends.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../common/mod.rs"]
mod common;
mod outputs;
mod refusals;
mod tiff;
#[cfg(unix)]
mod trouble;
