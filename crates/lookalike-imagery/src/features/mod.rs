//! Pictures to rows of numbers: what is measured of a picture before pictures are compared.

use ndarray::ArrayViewMut2;

use crate::Result;
use crate::picture::Picture;

/// A way to turn a picture into a row of numbers.
pub trait Features: Send + Sync {
    /// Numbers a picture.
    fn n_features(&self) -> usize;

    /// What the numbers depend on, but for the picture: the way's name, version and every setting,
    /// and of a network its file's hash. Rows of equal settings may be compared, and kept for the
    /// next run.
    fn settings(&self) -> String;

    /// How many pictures [`extract`](Self::extract) likes to get at once.
    fn batch_size(&self) -> usize {
        1
    }

    /// Fills one row of `rows` for each of the `pictures`. Called by several threads at once; what
    /// comes out depends neither on them nor on what else is in a batch.
    ///
    /// # Errors
    /// When the pictures cannot be measured. That one of them cannot is told by a batch of one.
    fn extract(&self, pictures: &[Picture], rows: ArrayViewMut2<'_, f32>) -> Result<()>;
}
