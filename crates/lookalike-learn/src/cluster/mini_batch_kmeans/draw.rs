//! Which rows a batch holds.

use ndarray::Array2;

use crate::input::Samples;
use crate::random::Random;

/// Draws rows with replacement, in proportion to their weights.
pub(super) struct Draw {
    n: usize,
    cumulated: Option<Vec<f64>>,
}

impl Draw {
    pub(super) fn new(n: usize, weights: Option<&[f64]>) -> Self {
        let cumulated = weights.map(|weights| {
            let add = |total: &mut f64, &w: &f64| {
                *total += w;
                Some(*total)
            };
            weights.iter().scan(0.0, add).collect()
        });
        Self { n, cumulated }
    }

    pub(super) fn row(&self, random: Random, item: u64) -> usize {
        match &self.cumulated {
            None => random.below(item, self.n),
            Some(cumulated) => {
                let target = random.uniform(item) * cumulated[self.n - 1];
                cumulated.partition_point(|&sum| sum <= target)
            }
        }
    }
}

/// A copy of some rows.
pub(super) fn select(x: &Samples<'_>, rows: &[usize]) -> Array2<f32> {
    let values = rows
        .iter()
        .flat_map(|&i| x.row(i).iter().copied())
        .collect();
    Array2::from_shape_vec((rows.len(), x.n_features()), values).expect("as many rows")
}
