//! Pictures, from files to results.
#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a panic is how a test fails"
)]

mod cluster;
mod embed;
