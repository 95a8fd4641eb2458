//! Nearest neighbours by a matrix of distances.

use ndarray::ArrayRef2;
use rayon::prelude::*;

use super::Neighbors;
use crate::distance::scaling_exponent;
use crate::{Context, Result};

/// Distances from here on are beyond f32, or their squares are, and below the first lose digits.
const SAFE: std::ops::Range<f64> = 1e-15..1e15;
/// Two to a larger power is no number, or hardly one.
const MAX_EXPONENT: i32 = 1000;

/// The `n_neighbors` nearest other samples of each, 1 to n − 1. Where f32 does not hold the distances of one, all
/// of its own are times a power of two: they can be compared with one another alone.
pub(crate) fn k_nearest(
    distances: &ArrayRef2<f64>,
    n_neighbors: usize,
    context: &Context,
) -> Result<Neighbors> {
    let n = distances.nrows();
    let rows = (0..n).into_par_iter().map(|i| {
        context.check()?;
        let others = (0..n).filter(|&j| j != i);
        let mut others: Vec<(f64, usize)> = others.map(|j| (distances[[i, j]], j)).collect();
        let order = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        others.select_nth_unstable_by(n_neighbors - 1, order);
        others.truncate(n_neighbors);
        others.sort_unstable_by(order);
        Ok(others)
    });
    let rows = rows.collect::<Result<Vec<_>>>()?;
    let mut neighbors = Neighbors::zeros(n, n_neighbors);
    for (i, row) in rows.into_iter().enumerate() {
        let largest = row.last().map_or(0.0, |&(distance, _)| distance);
        let exponent = scaling_exponent(largest, 0).clamp(-MAX_EXPONENT, MAX_EXPONENT);
        let is_safe = largest == 0.0 || SAFE.contains(&largest);
        let scale = if is_safe { 1.0 } else { 2f64.powi(exponent) };
        for (place, (distance, j)) in row.into_iter().enumerate() {
            neighbors.indices[[i, place]] = j as u32;
            neighbors.distances[[i, place]] = (distance * scale) as f32;
        }
    }
    Ok(neighbors)
}
