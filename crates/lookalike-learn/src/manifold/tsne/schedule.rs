//! Exaggeration and length of each step, and the greatest momentum.
//!
//! Exploration: attraction is exaggerated, so that points find their clusters. Then exaggeration
//! falls to 1 by the same factor in each iteration, and steps grow as it falls: their length is n
//! by the exaggeration, as in Belkina et al., *Automated optimized parameters for t-SNE improve
//! visualization and analysis of large datasets*, Nature Communications 2019, and in openTSNE.
//! To drop the exaggeration at once tears maps of a few hundred samples, and of samples without
//! clusters, into pieces that do not meet again.

use super::momentum::Momentum;

/// Iterations with all of the exaggeration.
pub(crate) const EXPLORATION_ITER: usize = 50;
/// Iterations in which the exaggeration falls to 1.
const ANNEALING_ITER: usize = 100;
const EXPLORATION_MOMENTUM: f64 = 0.8;
const MOMENTUM: f64 = 0.98;
/// With this momentum a point goes as far as with scikit-learn's least rate, 50, at its 0.8.
const MIN_LEARNING_RATE: f64 = 5.0;

/// What the steps of a descent are like.
pub(crate) struct Schedule {
    early_exaggeration: f64,
    /// Of all steps, if somebody asked for it.
    learning_rate: Option<f64>,
    /// Of a step without exaggeration, if nobody did.
    natural_rate: f64,
}

/// What one step is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    pub(crate) exaggeration: f32,
    pub(crate) learning_rate: f32,
}

/// Whether nothing is exaggerated in this iteration, so that the divergence is what falls.
pub(crate) fn is_settled(iteration: usize) -> bool {
    iteration >= EXPLORATION_ITER + ANNEALING_ITER
}

impl Schedule {
    pub(crate) fn new(n: usize, early_exaggeration: f64, learning_rate: Option<f64>) -> Self {
        Self {
            early_exaggeration,
            learning_rate,
            // scikit-learn's gradient has a factor of 4, which the paper's has not.
            natural_rate: n as f64 / 4.0,
        }
    }

    /// Length of the steps without exaggeration.
    pub(crate) fn learning_rate(&self) -> f64 {
        self.rate(1.0)
    }

    pub(crate) fn step(&self, iteration: usize) -> Step {
        let annealed = iteration.saturating_sub(EXPLORATION_ITER) as f64 / ANNEALING_ITER as f64;
        let exaggeration = self.early_exaggeration.powf((1.0 - annealed).max(0.0));
        Step {
            exaggeration: exaggeration as f32,
            learning_rate: self.rate(exaggeration) as f32,
        }
    }

    fn rate(&self, exaggeration: f64) -> f64 {
        let natural = (self.natural_rate / exaggeration).max(MIN_LEARNING_RATE);
        self.learning_rate.unwrap_or(natural)
    }

    /// The momentum of steps from this iteration on. Where steps are longer than natural it grows to less, so that
    /// points go no further.
    pub(crate) fn momentum_from(&self, iteration: usize) -> Momentum {
        if iteration < EXPLORATION_ITER {
            return Momentum::up_to(EXPLORATION_MOMENTUM);
        }
        let natural = self.natural_rate.max(MIN_LEARNING_RATE);
        let longer = (self.learning_rate() / natural).max(1.0);
        Momentum::up_to(1.0 - (1.0 - MOMENTUM) * longer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(exaggeration: f32, learning_rate: f32) -> Step {
        Step {
            exaggeration,
            learning_rate,
        }
    }

    fn greatest_momentum(schedule: &Schedule, iteration: usize) -> f32 {
        let mut momentum = schedule.momentum_from(iteration);
        (0..1000).map(|_| momentum.next()).last().expect("a step")
    }

    #[test]
    fn exaggeration_falls_evenly_while_steps_grow_with_its_inverse() {
        let schedule = Schedule::new(4800, 12.0, None);
        assert_eq!(schedule.step(0), step(12.0, 100.0));
        assert_eq!(schedule.step(EXPLORATION_ITER), step(12.0, 100.0));
        let between = schedule.step(EXPLORATION_ITER + ANNEALING_ITER / 2);
        assert!((between.exaggeration - 12f32.sqrt()).abs() < 1e-5);
        for i in EXPLORATION_ITER..300 {
            let (step, next) = (schedule.step(i), schedule.step(i + 1));
            assert!((step.learning_rate * step.exaggeration - 1200.0).abs() < 1e-2);
            assert!(next.exaggeration <= step.exaggeration);
            assert_eq!(is_settled(i), step.exaggeration <= 1.0, "{i}");
        }
        assert_eq!(schedule.step(300), step(1.0, 1200.0));
        assert!((schedule.learning_rate() - 1200.0).abs() < 1e-9);
        assert!((greatest_momentum(&schedule, 0) - 0.8).abs() < 1e-6);
        assert!((greatest_momentum(&schedule, EXPLORATION_ITER) - 0.98).abs() < 1e-6);
    }

    #[test]
    fn a_rate_that_is_given_holds_for_all_steps_and_longer_ones_get_less_momentum() {
        for (rate, momentum) in [(20.0, 0.98), (100.0, 0.98), (200.0, 0.96), (5000.0, 0.8)] {
            let schedule = Schedule::new(400, 12.0, Some(f64::from(rate)));
            assert_eq!(schedule.step(0), step(12.0, rate));
            assert_eq!(schedule.step(400), step(1.0, rate));
            let greatest = greatest_momentum(&schedule, EXPLORATION_ITER);
            assert!((greatest - momentum).abs() < 1e-6, "{rate}");
        }
    }

    #[test]
    fn few_samples_get_the_least_rate() {
        let schedule = Schedule::new(16, 12.0, None);
        assert_eq!(schedule.step(0), step(12.0, 5.0));
        assert_eq!(schedule.step(200), step(1.0, 5.0));
    }
}
