//! The Gaussian that principal components stand for, with noise of equal variance along all other axes.
//!
//! Tipping and Bishop, *Probabilistic principal component analysis*, JRSS B 1999.

use std::f64::consts::PI;

use ndarray::{Array2, ArrayRef2};
use rayon::prelude::*;

use super::PcaModel;
use crate::input::Samples;
use crate::real::Real;
use crate::{Context, Error, Result};

impl PcaModel {
    /// The covariance of the features (d×d) under the model.
    pub fn covariance(&self) -> Array2<f64> {
        let excess = |variance: f64| (variance - self.noise_variance).max(0.0);
        self.sum_over_axes(self.noise_variance, excess)
    }

    /// The inverse of [`covariance`](Self::covariance).
    ///
    /// # Errors
    /// When the covariance has none: where fewer axes are kept than there are features, and the others
    /// hold no variance.
    pub fn precision(&self) -> Result<Array2<f64>> {
        self.check_invertible()?;
        if self.n_components() == self.mean.len() {
            return Ok(self.sum_over_axes(0.0, |variance| 1.0 / variance));
        }
        let noise = self.noise_variance;
        Ok(self.sum_over_axes(1.0 / noise, |variance| {
            1.0 / variance.max(noise) - 1.0 / noise
        }))
    }

    /// The logarithm of the probability density of each row of `x` (n×d) under the model.
    ///
    /// # Errors
    /// When `x` is empty or not finite, or has other columns than the fitted samples, and as
    /// [`precision`](Self::precision).
    pub fn score_samples<T: Real>(&self, x: &ArrayRef2<T>, context: &Context) -> Result<Vec<f64>> {
        self.check_invertible()?;
        let d = self.mean.len();
        let n_noise = d - self.n_components();
        let noise = self.noise_variance;
        // Rounding may leave an axis less variance than the mean of those left out.
        let variances = self.explained_variance.iter();
        let variances: Vec<f64> = variances
            .map(|&v| if n_noise > 0 { v.max(noise) } else { v })
            .collect();
        let mut ln_determinant: f64 = variances.iter().map(|v| v.ln()).sum();
        if n_noise > 0 {
            ln_determinant += noise.ln() * n_noise as f64;
        }
        let constant = d as f64 * (2.0 * PI).ln() + ln_determinant;
        context.run(|| {
            let x = Samples::with_features(x, d)?;
            let rows = 0..x.n_samples();
            let score = |i: usize| {
                let centered = x.row(i).iter().zip(&self.mean);
                let centered: Vec<f64> = centered.map(|(&v, m)| v.into() - m).collect();
                let mut left: f64 = centered.iter().map(|v| v * v).sum();
                let mut distance = 0.0;
                for (axis, variance) in self.components.rows().into_iter().zip(&variances) {
                    let pairs = axis.into_iter().zip(&centered);
                    let along: f64 = pairs.map(|(&a, v)| a * v).sum();
                    distance += along * along / variance;
                    left -= along * along;
                }
                if n_noise > 0 {
                    distance += left.max(0.0) / noise;
                }
                -0.5 * (constant + distance)
            };
            Ok(rows.into_par_iter().map(score).collect())
        })
    }

    fn check_invertible(&self) -> Result<()> {
        let complete = self.n_components() == self.mean.len();
        let least = if complete {
            self.explained_variance.last().copied().unwrap_or(0.0)
        } else {
            self.noise_variance
        };
        if least > 0.0 {
            return Ok(());
        }
        let axes = if complete {
            "last axis"
        } else {
            "axes left out"
        };
        Err(Error::input(format!(
            "the model must have variance along all axes to have a density, got none along the {axes}"
        )))
    }

    /// The sum of the outer products of the axes, each times `factor` of its variance, and of
    /// `diagonal` times the identity.
    fn sum_over_axes(&self, diagonal: f64, factor: impl Fn(f64) -> f64) -> Array2<f64> {
        let d = self.mean.len();
        let mut sum = Array2::from_diag_elem(d, diagonal);
        for (axis, &variance) in self
            .components
            .rows()
            .into_iter()
            .zip(&self.explained_variance)
        {
            let factor = factor(variance);
            for (i, mut row) in sum.rows_mut().into_iter().enumerate() {
                let scaled = factor * axis[i];
                row.zip_mut_with(&axis, |v, &a| *v += scaled * a);
            }
        }
        sum
    }
}
