//! Does a map keep the neighbours that the samples have in the data?

use ndarray::ArrayRef2;

use super::ranks::ranks_of_map_neighbors;
use crate::input::Samples;
use crate::{Context, Error, Result};

/// How far neighbours in the map are neighbours in the data: 0 to 1.
///
/// Every one of the `n_neighbors` nearest samples in the map that is not among as many nearest in
/// the data costs by how much its rank there is worse. Venna and Kaski: *Neighborhood preservation
/// in nonlinear projection methods*, ICANN 2001. scikit-learn's default is 5 neighbours.
///
/// `x` is n×d, `map` n×(any number of axes, mostly 2 or 3); Euclidean distances in both, of equal ones the lower index first.
///
/// ```
/// use lookalike_learn::metrics::trustworthiness;
/// use ndarray::array;
///
/// let x = array![[0.0, 0.0], [1.0, 0.0], [3.0, 0.0], [7.0, 0.0], [15.0, 1.0]];
/// let map = array![[0.0], [1.0], [3.0], [7.0], [15.0]];
/// assert_eq!(trustworthiness(&x, &map, 2)?, 1.0);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
///
/// # Errors
/// When either is empty or not finite, they differ in rows, or `n_neighbors` is 0 or not below n/2.
pub fn trustworthiness(
    x: &ArrayRef2<f32>,
    map: &ArrayRef2<f32>,
    n_neighbors: usize,
) -> Result<f64> {
    trustworthiness_with(x, map, n_neighbors, &Context::default())
}

/// [`trustworthiness`] with given threads and cancellation.
///
/// # Errors
/// As [`trustworthiness`], and when cancelled.
pub fn trustworthiness_with(
    x: &ArrayRef2<f32>,
    map: &ArrayRef2<f32>,
    n_neighbors: usize,
    context: &Context,
) -> Result<f64> {
    context.run(|| {
        let (x, map) = same_samples(x, map)?;
        if n_neighbors == 0 || 2 * n_neighbors >= x.n_samples() {
            return Err(Error::parameter(
                "n_neighbors",
                format!(
                    "be at least 1 and below half the number of samples ({})",
                    x.n_samples()
                ),
                n_neighbors,
            ));
        }
        let ranks = ranks_of_map_neighbors(&x, &map, n_neighbors, context)?;
        let k = n_neighbors as u64;
        let excess: u64 = ranks
            .iter()
            .map(|&rank| u64::from(rank).saturating_sub(k))
            .sum();
        let (n, k) = (x.n_samples() as f64, k as f64);
        Ok(1.0 - excess as f64 * (2.0 / (n * k * (2.0 * n - 3.0 * k - 1.0))))
    })
}

/// The share of each sample's `n_neighbors` nearest samples in `x` that are among as many nearest
/// in `map`, on average: 0 to 1.
///
/// The measure of Lee and Verleysen (*Quality assessment of dimensionality reduction*,
/// Neurocomputing 2009), their `Q_NX`.
///
/// # Errors
/// When either is empty or not finite, they differ in rows, or `n_neighbors` is 0 or not below n.
pub fn neighbor_recall(
    x: &ArrayRef2<f32>,
    map: &ArrayRef2<f32>,
    n_neighbors: usize,
) -> Result<f64> {
    neighbor_recall_with(x, map, n_neighbors, &Context::default())
}

/// [`neighbor_recall`] with given threads and cancellation.
///
/// # Errors
/// As [`neighbor_recall`], and when cancelled.
pub fn neighbor_recall_with(
    x: &ArrayRef2<f32>,
    map: &ArrayRef2<f32>,
    n_neighbors: usize,
    context: &Context,
) -> Result<f64> {
    context.run(|| {
        let (x, map) = same_samples(x, map)?;
        if n_neighbors == 0 || n_neighbors >= x.n_samples() {
            return Err(Error::parameter(
                "n_neighbors",
                format!(
                    "be at least 1 and below the number of samples ({})",
                    x.n_samples()
                ),
                n_neighbors,
            ));
        }
        let ranks = ranks_of_map_neighbors(&x, &map, n_neighbors, context)?;
        let kept = ranks
            .iter()
            .filter(|&&rank| rank as usize <= n_neighbors)
            .count();
        Ok(kept as f64 / ranks.len() as f64)
    })
}

fn same_samples<'a>(
    x: &'a ArrayRef2<f32>,
    map: &'a ArrayRef2<f32>,
) -> Result<(Samples<'a>, Samples<'a>)> {
    if x.nrows() != map.nrows() {
        return Err(Error::input(format!(
            "x and map must have the same samples, got {} rows in x and {} in map",
            x.nrows(),
            map.nrows()
        )));
    }
    Ok((Samples::new(x)?, Samples::new(map)?))
}
