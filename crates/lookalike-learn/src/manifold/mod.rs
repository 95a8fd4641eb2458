//! Maps: fewer columns, not linearly.

pub mod tsne;

pub use tsne::{Tsne, TsneInit, TsneMethod, TsneModel};
