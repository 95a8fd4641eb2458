//! Pictures as rows of numbers.

#[cfg(feature = "cnn")]
pub mod cnn;
mod descriptor;
mod pixels;

use ndarray::ArrayViewMut2;

use crate::Result;
use crate::picture::Picture;

pub use descriptor::Descriptor;
pub use pixels::{Color, Pixels};

/// A way of turning a picture into a row of `f32`.
///
/// A row depends on its picture and on [`settings`](Self::settings) alone: not on the pictures beside
/// it, and not on the number of threads. Several threads may extract at once.
pub trait Features: std::fmt::Debug + Send + Sync {
    /// Numbers a row.
    fn n_features(&self) -> usize;

    /// All that decides the values of a row besides its picture, in one line: what is kept in a cache
    /// is found by it.
    fn settings(&self) -> String;

    /// How many pictures are best given at once.
    fn batch_size(&self) -> usize {
        1
    }

    /// Fills `rows`, of shape `(pictures.len(), n_features)`, with the features of `pictures`.
    ///
    /// # Errors
    /// When a picture is one that these features cannot be taken of, or the extraction fails.
    fn extract(&self, pictures: &[Picture], rows: ArrayViewMut2<'_, f32>) -> Result<()>;
}
