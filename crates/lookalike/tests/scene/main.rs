//! Segmenting a scene: against its truth, against a plain twin, and against itself on other threads
//! and with less memory.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod classes;
mod common;
mod files;
mod models;
mod refusals;
mod twin;
