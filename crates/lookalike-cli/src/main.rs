//! The command `lookalike`.

fn main() {}
