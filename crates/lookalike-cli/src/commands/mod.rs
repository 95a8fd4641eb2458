//! One file a verb.

pub(crate) mod demo;
pub(crate) mod evaluate;
pub(crate) mod quantize;
pub(crate) mod segment;
