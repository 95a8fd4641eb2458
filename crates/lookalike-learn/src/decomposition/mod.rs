//! Fewer columns, linearly.

mod pca;

pub use pca::{Pca, PcaModel, SvdSolver};
