//! The centres so far, and the step that learns a batch.

use ndarray::{Array2, ArrayRef2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::stream;
use crate::cluster::kmeans::{
    check_weights, distances_to_centers, labels_and_inertia, nearest_centers,
};
use crate::input::Samples;
use crate::random::Random;
use crate::simd::dispatch;
use crate::{Context, Result};

/// What mini-batch k-means found so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MiniBatchKMeansModel {
    pub(super) cluster_centers: Array2<f32>,
    pub(super) labels: Vec<i32>,
    pub(super) inertia: f64,
    pub(super) n_iter: usize,
    pub(super) n_steps: usize,
    pub(super) converged: bool,
    /// The weight of all samples that each centre was ever given.
    pub(super) counts: Vec<f64>,
    pub(super) since_reassignment: usize,
    pub(super) reassignment_ratio: f64,
    pub(super) seed: u64,
}

impl MiniBatchKMeansModel {
    /// k×d.
    pub fn cluster_centers(&self) -> &Array2<f32> {
        &self.cluster_centers
    }

    /// The cluster of each sample of `fit`, or of the last batch of `partial_fit`.
    pub fn labels(&self) -> &[i32] {
        &self.labels
    }

    /// The sum of the squared distances of the samples of `fit` to their centres, or of the last
    /// batch of `partial_fit`.
    pub fn inertia(&self) -> f64 {
        self.inertia
    }

    /// Passes over the data, a part counted as one; 0 after `partial_fit` alone.
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// Batches learnt.
    pub fn n_steps(&self) -> usize {
        self.n_steps
    }

    /// Whether `fit` stopped before `max_iter`.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// Learns one more batch.
    ///
    /// # Errors
    /// When the batch is empty, not finite, or has not d columns.
    pub fn partial_fit(&mut self, batch: &ArrayRef2<f32>) -> Result<()> {
        let weights = vec![1.0; batch.nrows()];
        self.partial_fit_weighted(batch, &weights, &Context::default())
    }

    /// [`partial_fit`](Self::partial_fit) where row i counts `sample_weight[i]` times, with the threads
    /// of `context`.
    ///
    /// # Errors
    /// As [`partial_fit`](Self::partial_fit); also when there are not n weights, or one is negative or
    /// not finite, or none is positive.
    pub fn partial_fit_weighted(
        &mut self,
        batch: &ArrayRef2<f32>,
        sample_weight: &[f64],
        context: &Context,
    ) -> Result<()> {
        context.run(|| {
            let batch = Samples::with_features(batch, self.cluster_centers.ncols())?;
            check_weights(sample_weight, batch.n_samples())?;
            self.learn(&batch, sample_weight);
            Ok(())
        })
    }

    /// The nearest centre of each row of `x` (n×d), the lowest index where several are.
    ///
    /// # Errors
    /// When `x` is empty, not finite, or has not d columns.
    pub fn predict(&self, x: &ArrayRef2<f32>) -> Result<Vec<i32>> {
        let x = Samples::with_features(x, self.cluster_centers.ncols())?;
        Ok(nearest_centers(&x, &self.cluster_centers))
    }

    /// n×k: the distance of each row of `x` to each centre.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn transform(&self, x: &ArrayRef2<f32>) -> Result<Array2<f32>> {
        let x = Samples::with_features(x, self.cluster_centers.ncols())?;
        Ok(distances_to_centers(&x, &self.cluster_centers))
    }

    pub(super) fn learn(&mut self, batch: &Samples<'_>, weights: &[f64]) {
        let rows: Vec<usize> = (0..batch.n_samples()).collect();
        self.step(batch, &rows, weights);
        (self.labels, self.inertia) =
            labels_and_inertia(batch, None, weights, &self.cluster_centers);
    }

    /// One step on a batch of some `rows` of `x`, with a weight each; the inertia of the batch before it.
    pub(super) fn step(&mut self, x: &Samples<'_>, rows: &[usize], weights: &[f64]) -> f64 {
        let (k, d) = self.cluster_centers.dim();
        let (labels, inertia) = labels_and_inertia(x, Some(rows), weights, &self.cluster_centers);

        let mut members = vec![Vec::new(); k];
        for ((&row, &weight), &label) in rows.iter().zip(weights).zip(&labels) {
            if weight > 0.0 {
                members[label as usize].push((row, weight));
            }
        }
        let centers = self.cluster_centers.as_slice_mut();
        centers
            .expect("standard layout")
            .par_chunks_mut(d)
            .zip(&mut self.counts)
            .zip(&members)
            .filter(|(_, members)| !members.is_empty())
            .for_each(|((center, count), members)| {
                add_to_mean(center, count, members, x);
            });
        if self.reassignment_is_due(rows.len()) {
            self.reassign(x, rows);
        }
        self.n_steps += 1;
        inertia
    }

    /// Every 10·k samples, and whenever a centre was never given any.
    fn reassignment_is_due(&mut self, batch_size: usize) -> bool {
        self.since_reassignment += batch_size;
        let due = self.counts.contains(&0.0) || self.since_reassignment >= 10 * self.counts.len();
        if due {
            self.since_reassignment = 0;
        }
        due
    }

    fn reassign(&mut self, x: &Samples<'_>, batch: &[usize]) {
        let busiest = self.counts.iter().copied().fold(0.0, f64::max);
        let mut rare: Vec<usize> = (0..self.counts.len())
            .filter(|&c| self.counts[c] < self.reassignment_ratio * busiest)
            .collect();
        // No more than half of the batch become centres; the rarest centres go first.
        rare.sort_by(|&a, &b| self.counts[a].total_cmp(&self.counts[b]).then(a.cmp(&b)));
        rare.truncate(batch.len() / 2);
        if rare.is_empty() {
            return;
        }
        let random = Random::new(self.seed, stream::REASSIGNMENT).split(self.n_steps as u64);
        let places = random.sample(batch.len(), rare.len());
        let kept = (0..self.counts.len()).filter(|c| !rare.contains(c));
        let least_kept = kept.map(|c| self.counts[c]).fold(f64::INFINITY, f64::min);
        for (&c, place) in rare.iter().zip(places) {
            for (v, &new) in self
                .cluster_centers
                .row_mut(c)
                .iter_mut()
                .zip(x.row(batch[place]))
            {
                *v = new;
            }
            // Not zero, or the centre would be moved again at once.
            self.counts[c] = least_kept;
        }
    }
}

/// Brings the mean of samples of the weight `count` up to date with more of them: rows of `x` and their weights.
fn add_to_mean(center: &mut [f32], count: &mut f64, members: &[(usize, f64)], x: &Samples<'_>) {
    let mut sum: Vec<f64> = center.iter().map(|&v| f64::from(v) * *count).collect();
    *count += members.iter().map(|&(_, weight)| weight).sum::<f64>();
    dispatch(
        #[inline(always)]
        || {
            for &(row, weight) in members {
                for (sum, &v) in sum.iter_mut().zip(x.row(row)) {
                    *sum += weight * f64::from(v);
                }
            }
        },
    );
    for (v, sum) in center.iter_mut().zip(&sum) {
        *v = (sum / *count) as f32;
    }
}
