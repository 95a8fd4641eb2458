//! Samples laid out cluster by cluster.

use std::ops::Range;

use rayon::prelude::*;

use super::contingency::Coded;
use crate::input::Samples;
use crate::{Error, Result};

/// The samples of each label, for the scores that compare clusters by their members.
#[derive(Debug)]
pub(super) struct Groups {
    /// Sample indices by label, ascending within a label.
    order: Vec<usize>,
    /// Where each label's samples start in `order`, and the end.
    starts: Vec<usize>,
}

impl Groups {
    /// Checks that the labels fit `samples` and that there are 2 to n − 1 different ones.
    pub(super) fn new(samples: &Samples<'_>, labels: &[i32]) -> Result<Self> {
        let n = samples.n_samples();
        if labels.len() != n {
            return Err(Error::input(format!(
                "labels must be one for each row of x, got {} labels and {n} rows",
                labels.len()
            )));
        }
        let coded = Coded::new(labels);
        let n_labels = coded.values.len();
        if n_labels < 2 || n_labels >= n {
            return Err(Error::input(format!(
                "labels must hold between 2 and the number of samples minus one ({}) different \
                 labels, got {n_labels}",
                n - 1
            )));
        }
        let mut starts = vec![0; n_labels + 1];
        for &code in &coded.codes {
            starts[code as usize + 1] += 1;
        }
        for g in 0..n_labels {
            starts[g + 1] += starts[g];
        }
        let mut next = starts.clone();
        let mut order = vec![0; n];
        for (i, &code) in coded.codes.iter().enumerate() {
            order[next[code as usize]] = i;
            next[code as usize] += 1;
        }
        Ok(Self { order, starts })
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// All samples, cluster by cluster.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// Where the samples of group `g` stand in [`order`](Self::order).
    pub(super) fn places(&self, g: usize) -> Range<usize> {
        self.starts[g]..self.starts[g + 1]
    }

    pub(super) fn members(&self, g: usize) -> &[usize] {
        &self.order[self.places(g)]
    }

    pub(super) fn size(&self, g: usize) -> usize {
        self.places(g).len()
    }

    /// The mean of each group: groups × features, row-major.
    pub(super) fn means(&self, samples: &Samples<'_>) -> Vec<f64> {
        let d = samples.n_features();
        let mut means = vec![0.0; self.len() * d];
        means
            .par_chunks_exact_mut(d)
            .enumerate()
            .for_each(|(g, mean)| {
                for &i in self.members(g) {
                    for (m, &v) in mean.iter_mut().zip(samples.row(i)) {
                        *m += f64::from(v);
                    }
                }
                for m in mean {
                    *m /= self.size(g) as f64;
                }
            });
        means
    }
}
