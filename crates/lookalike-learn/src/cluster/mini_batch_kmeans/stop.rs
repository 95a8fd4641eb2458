//! When to stop.

use ndarray::Array2;

/// Stops on a smoothed inertia that does not fall, or on centres that stand still.
pub(super) struct Stop {
    batch_size: f64,
    smoothing: f64,
    max_no_improvement: Option<usize>,
    smoothed: Option<f64>,
    least: f64,
    without_improvement: usize,
}

impl Stop {
    pub(super) fn new(n: usize, batch_size: usize, max_no_improvement: Option<usize>) -> Self {
        Self {
            batch_size: batch_size as f64,
            smoothing: (batch_size as f64 * 2.0 / (n as f64 + 1.0)).min(1.0),
            max_no_improvement,
            smoothed: None,
            least: f64::INFINITY,
            without_improvement: 0,
        }
    }

    pub(super) fn now(&mut self, step: usize, inertia: f64, still: bool) -> bool {
        // The first inertia is that of the start.
        if step == 0 {
            return false;
        }
        let inertia = inertia / self.batch_size;
        let smoothed = self.smoothed.map_or(inertia, |smoothed| {
            smoothed * (1.0 - self.smoothing) + inertia * self.smoothing
        });
        self.smoothed = Some(smoothed);
        if still {
            return true;
        }
        if smoothed < self.least {
            self.least = smoothed;
            self.without_improvement = 0;
        } else {
            self.without_improvement += 1;
        }
        self.max_no_improvement
            .is_some_and(|most| self.without_improvement >= most)
    }
}

/// The squared moves of all centres, added up.
pub(super) fn moved(before: &Array2<f32>, after: &Array2<f32>) -> f64 {
    before
        .iter()
        .zip(after)
        .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
        .sum()
}
