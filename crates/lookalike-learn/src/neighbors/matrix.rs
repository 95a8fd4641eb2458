//! Nearest neighbours by a matrix of distances.

use ndarray::ArrayRef2;
use rayon::prelude::*;

use super::Neighbors;
use crate::{Context, Result};

/// The `n_neighbors` nearest other samples of each, 1 to n − 1, and their distances times `scale`, a power of two.
pub(crate) fn k_nearest(
    distances: &ArrayRef2<f64>,
    scale: f64,
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
        for (place, (distance, j)) in row.into_iter().enumerate() {
            neighbors.indices[[i, place]] = j as u32;
            neighbors.distances[[i, place]] = (distance * scale) as f32;
        }
    }
    Ok(neighbors)
}
