//! Scores of clusters by their means alone.

use ndarray::ArrayRef2;
use rayon::prelude::*;

use super::groups::Groups;
use crate::input::Samples;
use crate::{Context, Result};

/// How alike each cluster is to the one most like it, on average: 0 is best.
///
/// The likeness of two clusters is the sum of their mean distances to their centres over the
/// distance of the centres. Davies and Bouldin: *A cluster separation measure*, IEEE TPAMI 1979.
/// Noise (−1) counts as a cluster.
///
/// ```
/// use lookalike_learn::metrics::davies_bouldin_score;
/// use ndarray::array;
///
/// let x = array![[0.0, 0.0], [0.0, 1.0], [9.0, 0.0], [9.0, 1.0]];
/// assert!((davies_bouldin_score(&x, &[0, 0, 1, 1])? - 1.0 / 9.0).abs() < 1e-12);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
///
/// # Errors
/// When `x` is empty or not finite, the labels are not one a row, or they do not form between 2
/// and n − 1 clusters.
pub fn davies_bouldin_score(x: &ArrayRef2<f32>, labels: &[i32]) -> Result<f64> {
    davies_bouldin_score_with(x, labels, &Context::default())
}

/// [`davies_bouldin_score`] with given threads and cancellation.
///
/// # Errors
/// As [`davies_bouldin_score`], and when cancelled.
pub fn davies_bouldin_score_with(
    x: &ArrayRef2<f32>,
    labels: &[i32],
    context: &Context,
) -> Result<f64> {
    context.run(|| {
        let samples = Samples::new(x)?;
        let groups = Groups::new(&samples, labels)?;
        let means = groups.means(&samples);
        let center = |g: usize| &means[g * samples.n_features()..(g + 1) * samples.n_features()];
        let spreads: Vec<f64> = (0..groups.len())
            .into_par_iter()
            .map(|g| {
                let members = groups.members(g).iter();
                let distances = members.map(|&i| squared(samples.row(i), center(g)).sqrt());
                distances.sum::<f64>() / groups.size(g) as f64
            })
            .collect();
        // For each cluster, its greatest likeness and the greatest distance of its centre.
        let worst: Vec<(f64, f64)> = (0..groups.len())
            .into_par_iter()
            .map(|g| {
                context.check()?;
                let mut worst = (0.0f64, 0.0f64);
                for other in (0..groups.len()).filter(|&other| other != g) {
                    let apart = center(g).iter().zip(center(other));
                    let apart = apart.map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
                    // Clusters with one and the same centre are not compared.
                    if apart > 0.0 {
                        worst.0 = worst.0.max((spreads[g] + spreads[other]) / apart);
                        worst.1 = worst.1.max(apart);
                    }
                }
                Ok(worst)
            })
            .collect::<Result<_>>()?;
        // scikit-learn's numpy.isclose(..., 0).
        let is_zero = |value: f64| value <= 1e-8;
        if spreads.iter().all(|&spread| is_zero(spread)) || worst.iter().all(|w| is_zero(w.1)) {
            return Ok(0.0);
        }
        Ok(worst.iter().map(|w| w.0).sum::<f64>() / groups.len() as f64)
    })
}

/// The spread between the clusters over the spread within, each per degree of freedom: the higher
/// the better.
///
/// Caliński and Harabasz: *A dendrite method for cluster analysis*, Communications in Statistics
/// 1974. Noise (−1) counts as a cluster; 1 when no cluster has any spread.
///
/// # Errors
/// As [`davies_bouldin_score`].
pub fn calinski_harabasz_score(x: &ArrayRef2<f32>, labels: &[i32]) -> Result<f64> {
    calinski_harabasz_score_with(x, labels, &Context::default())
}

/// [`calinski_harabasz_score`] with given threads and cancellation.
///
/// # Errors
/// As [`davies_bouldin_score`], and when cancelled.
pub fn calinski_harabasz_score_with(
    x: &ArrayRef2<f32>,
    labels: &[i32],
    context: &Context,
) -> Result<f64> {
    context.run(|| {
        let samples = Samples::new(x)?;
        let groups = Groups::new(&samples, labels)?;
        let means = groups.means(&samples);
        let mean = samples.column_means();
        let spreads: Vec<(f64, f64)> = means
            .par_chunks_exact(samples.n_features())
            .enumerate()
            .map(|(g, center)| {
                context.check()?;
                let apart = center.iter().zip(&mean);
                let apart = apart.map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
                let members = groups.members(g).iter();
                let within = members
                    .map(|&i| squared(samples.row(i), center))
                    .sum::<f64>();
                Ok((groups.size(g) as f64 * apart, within))
            })
            .collect::<Result<_>>()?;
        let between: f64 = spreads.iter().map(|s| s.0).sum();
        let within: f64 = spreads.iter().map(|s| s.1).sum();
        if within == 0.0 {
            return Ok(1.0);
        }
        let (n, k) = (samples.n_samples() as f64, groups.len() as f64);
        Ok(between * (n - k) / (within * (k - 1.0)))
    })
}

/// The squared distance of a sample to a centre.
fn squared(row: &[f32], center: &[f64]) -> f64 {
    row.iter()
        .zip(center)
        .map(|(&v, c)| (f64::from(v) - c) * (f64::from(v) - c))
        .sum()
}
