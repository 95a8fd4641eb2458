//! Which rows a batch holds.

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
