//! Nearest neighbours, exactly.
//!
//! [`k_nearest`] finds the nearest other rows of every row. In a few dimensions it asks a k-d tree;
//! above, it compares all pairs by blocks of matrix products, which there is the faster way.

pub(crate) mod bounds;
mod brute;
pub(crate) mod kd_tree;
pub(crate) mod matrix;

use ndarray::{Array2, ArrayRef2};
use serde::{Deserialize, Serialize};

use crate::input::Samples;
use crate::{Context, Error, Result};

/// The most features with which a k-d tree is faster than blocks of products.
pub(crate) const TREE_FEATURES: usize = 8;

/// The nearest other rows of each row, nearest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Neighbors {
    indices: Array2<u32>,
    distances: Array2<f32>,
}

impl Neighbors {
    fn zeros(n_samples: usize, n_neighbors: usize) -> Self {
        Self {
            indices: Array2::zeros((n_samples, n_neighbors)),
            distances: Array2::zeros((n_samples, n_neighbors)),
        }
    }

    /// Indices and distances, row by row: both are made so.
    pub(crate) fn into_parts(self) -> (Vec<u32>, Vec<f32>) {
        let (indices, _) = self.indices.into_raw_vec_and_offset();
        let (distances, _) = self.distances.into_raw_vec_and_offset();
        (indices, distances)
    }

    /// `n_samples` × `n_neighbors`: which rows are nearest to each row, itself left out.
    ///
    /// Each row ascends by distance; rows at the same distance by index.
    pub fn indices(&self) -> &Array2<u32> {
        &self.indices
    }

    /// `n_samples` × `n_neighbors`: how far they are (Euclidean), in units of the data.
    pub fn distances(&self) -> &Array2<f32> {
        &self.distances
    }
}

/// Finds the `n_neighbors` nearest other rows of each row of `x`, by Euclidean distance.
///
/// Exact: which rows are nearest, and their order, is decided on distances in f64.
///
/// ```
/// use lookalike_learn::neighbors::k_nearest;
/// use ndarray::array;
///
/// let nearest = k_nearest(&array![[0.0], [1.0], [3.0]], 2)?;
/// assert_eq!(nearest.indices(), &array![[1, 2], [0, 2], [1, 0]]);
/// assert_eq!(nearest.distances(), &array![[1.0, 3.0], [1.0, 2.0], [2.0, 3.0]]);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
///
/// # Errors
/// When `n_neighbors` is 0 or not below the number of rows, or `x` is empty or not finite.
pub fn k_nearest(x: &ArrayRef2<f32>, n_neighbors: usize) -> Result<Neighbors> {
    k_nearest_with(x, n_neighbors, &Context::default())
}

/// As [`k_nearest`], with the threads and the cancellation of `context`.
///
/// # Errors
/// As [`k_nearest`], and when the caller cancels.
pub fn k_nearest_with(
    x: &ArrayRef2<f32>,
    n_neighbors: usize,
    context: &Context,
) -> Result<Neighbors> {
    context.run(|| nearest_of_samples(&Samples::new(x)?, n_neighbors, context))
}

/// As [`k_nearest_with`], on samples that are checked already; runs on the threads it is called on.
pub(crate) fn nearest_of_samples(
    samples: &Samples<'_>,
    n_neighbors: usize,
    context: &Context,
) -> Result<Neighbors> {
    samples.check_indices()?;
    let n = samples.n_samples();
    if n_neighbors == 0 || n_neighbors >= n {
        return Err(Error::parameter(
            "n_neighbors",
            format!(
                "be at least 1 and at most the number of other samples ({})",
                n - 1
            ),
            n_neighbors,
        ));
    }
    if samples.n_features() <= TREE_FEATURES {
        kd_tree::k_nearest(samples, n_neighbors, context)
    } else {
        brute::k_nearest(samples, n_neighbors, context)
    }
}
