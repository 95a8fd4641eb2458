//! Data built into the library, to try it on.

mod digits;

pub use digits::{Digits, digits};
