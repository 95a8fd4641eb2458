//! One file a verb.

pub(crate) mod assign;
pub(crate) mod cluster;
pub(crate) mod demo;
pub(crate) mod embed;
pub(crate) mod evaluate;
mod features;
mod input;
pub(crate) mod quantize;
pub(crate) mod reduce;
pub(crate) mod segment;
