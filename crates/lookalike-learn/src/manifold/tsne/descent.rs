//! Gradient descent with Nesterov's momentum and a gain for each coordinate.
//!
//! Gains are those of Jacobs, *Increased rates of convergence through learning rate adaptation*, 1988, with the
//! constants of van der Maaten's reference implementation, as in scikit-learn.

use std::ops::Range;

use super::affinity::Affinities;
use super::attraction::Attraction;
use super::divergence::kl_divergence;
use super::forces::{Coordinates, Repulsion, TASK_ROWS, row_blocks};
use super::schedule::{Schedule, Step, is_settled};
use crate::simd;
use crate::{Context, Result};

/// Iterations between two looks at the divergence and the gradient.
const CHECK_EVERY: usize = 50;
const MIN_GAIN: f32 = 0.01;

/// How a descent ended.
pub(crate) struct Outcome {
    /// Iterations done, those before this descent included.
    pub(crate) n_iter: usize,
    /// Whether it ended before the last iteration.
    pub(crate) converged: bool,
}

/// What one descent hands to the next.
pub(crate) struct Descent<'a, const D: usize> {
    pub(crate) repulsion: &'a mut dyn Repulsion<D>,
    pub(crate) context: &'a Context,
    pub(crate) schedule: Schedule,
    pub(crate) n_iter_without_progress: usize,
    pub(crate) min_grad_norm: f64,
    /// Iterations of all descents at the most, for progress.
    pub(crate) total: usize,
    /// (iterations done, divergence) at each check.
    pub(crate) history: Vec<(usize, f64)>,
}

impl<const D: usize> Descent<'_, D> {
    /// Does these iterations of the schedule, without the momentum of earlier ones.
    pub(crate) fn run(
        &mut self,
        iterations: Range<usize>,
        p: &Affinities,
        y: &mut Coordinates<D>,
    ) -> Result<Outcome> {
        let n = y[0].len();
        let zeros = || -> Coordinates<D> { std::array::from_fn(|_| vec![0.0f32; n]) };
        let (mut pull, mut push, mut step) = (zeros(), zeros(), zeros());
        let mut gains: Coordinates<D> = std::array::from_fn(|_| vec![1.0f32; n]);
        let mut attraction = Attraction::new(n);
        let mut momentum = self.schedule.momentum_from(iterations.start);
        let mut last = f64::INFINITY;
        let mut best = (f64::INFINITY, iterations.start);
        for i in iterations.clone() {
            self.context.check()?;
            let check = (i + 1) % CHECK_EVERY == 0;
            let z = self.repulsion.add_up(y, &mut push).max(f64::MIN_POSITIVE);
            let divergence = check.then(|| kl_divergence(p, y, z));
            attraction.update(y);
            let step_now = self.schedule.step(i);
            let momentum_now = momentum.next();
            let inverse_z = (1.0 / z) as f32;
            let moving = [&mut pull, &mut gains, &mut step, &mut *y];
            // A point moves while what pulls it is in the cache.
            let uphill = row_blocks(moving, TASK_ROWS, |first, [pull, gains, step, y]| {
                attraction.add_up(p, first, pull);
                let rows = first..first + pull[0].len();
                let axes = (0..D).map(|a| {
                    let forces = (&mut *pull[a], &push[a][rows.clone()], inverse_z);
                    let moving = (&mut *gains[a], &mut *step[a], &mut *y[a]);
                    step_now.advance(momentum_now, forces, moving)
                });
                axes.sum::<usize>()
            });
            // Restarts while the exaggeration falls tear maps of small perplexity.
            if is_settled(i) {
                momentum.heed(uphill.into_iter().sum(), D * n);
            }
            self.context.report("t-SNE", i + 1, self.total, divergence);
            let Some(divergence) = divergence else {
                continue;
            };
            self.history.push((i + 1, divergence));
            if !is_settled(i) {
                continue;
            }
            if divergence > last {
                momentum.damp();
            }
            last = divergence;
            let stuck = if divergence < best.0 {
                best = (divergence, i);
                false
            } else {
                i - best.1 > self.n_iter_without_progress
            };
            let squares = pull.iter().flatten().map(|&g| f64::from(g) * f64::from(g));
            if stuck || squares.sum::<f64>().sqrt() <= self.min_grad_norm {
                return Ok(Outcome {
                    n_iter: i + 1,
                    converged: true,
                });
            }
        }
        Ok(Outcome {
            n_iter: iterations.end,
            converged: false,
        })
    }
}

impl Step {
    /// Moves the points along one axis; leaves the gradient, times its gains, in the first of the forces: pull,
    /// push and what the latter is multiplied with. Returns how many points were going uphill.
    fn advance(
        self,
        momentum: f32,
        (pull, push, inverse_z): (&mut [f32], &[f32], f32),
        (gains, step, y): (&mut [f32], &mut [f32], &mut [f32]),
    ) -> usize {
        let n = y.len();
        let (pull, push) = (&mut pull[..n], &push[..n]);
        let (gains, step) = (&mut gains[..n], &mut step[..n]);
        simd::dispatch(
            #[inline(always)]
            || {
                let mut uphill = 0u32;
                for i in 0..n {
                    let gradient = 4.0 * (self.exaggeration * pull[i] - push[i] * inverse_z);
                    let along = step[i] * gradient;
                    uphill += u32::from(along > 0.0);
                    let gain = if along < 0.0 {
                        gains[i] + 0.2
                    } else {
                        gains[i] * 0.8
                    };
                    gains[i] = if gain > MIN_GAIN { gain } else { MIN_GAIN };
                    pull[i] = gradient * gains[i];
                    step[i] = momentum * step[i] - self.learning_rate * pull[i];
                    y[i] += momentum * step[i] - self.learning_rate * pull[i];
                }
                uphill as usize
            },
        )
    }
}
