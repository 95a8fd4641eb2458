//! `lookalike cluster`, `embed`, `reduce` and `assign` as a user meets them.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod album;
#[path = "../common/mod.rs"]
mod common;

mod outputs;
mod refusals;
mod steps;
mod trouble;
