//! What a principal component analysis has learnt.

use ndarray::{Array2, ArrayRef2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::input::Samples;
use crate::linalg::{product, row_products};
use crate::real::Real;
use crate::real::sealed::Sealed;
use crate::simd::dispatch;
use crate::{Context, Result};

/// Rows of a block: of fewer, a matrix product spends its time on preparing the axes.
const ROWS: usize = 256;

/// Principal axes, and how much of the variance each of them carries; made by
/// [`Pca::fit`](super::Pca::fit).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct PcaModel {
    pub(super) components: Array2<f64>,
    pub(super) mean: Vec<f64>,
    pub(super) explained_variance: Vec<f64>,
    pub(super) explained_variance_ratio: Vec<f64>,
    pub(super) singular_values: Vec<f64>,
    pub(super) noise_variance: f64,
    pub(super) whiten: bool,
}

/// A model as somebody may have written it.
#[derive(Deserialize)]
struct Unchecked {
    components: Array2<f64>,
    mean: Vec<f64>,
    explained_variance: Vec<f64>,
    explained_variance_ratio: Vec<f64>,
    singular_values: Vec<f64>,
    noise_variance: f64,
    whiten: bool,
}

impl TryFrom<Unchecked> for PcaModel {
    type Error = String;

    fn try_from(model: Unchecked) -> std::result::Result<Self, String> {
        let (k, d) = model.components.dim();
        if k == 0 || d == 0 || model.mean.len() != d {
            let n = model.mean.len();
            return Err(format!(
                "a PCA must have components of as many features as its mean, got {k}×{d} and {n}"
            ));
        }
        for (name, values) in [
            ("explained_variance", &model.explained_variance),
            ("explained_variance_ratio", &model.explained_variance_ratio),
            ("singular_values", &model.singular_values),
        ] {
            if values.len() != k || !values.iter().all(|&v| v >= 0.0 && v.is_finite()) {
                return Err(format!(
                    "{name} of a PCA must be {k} finite numbers of at least 0, got {values:?}"
                ));
            }
        }
        if !model
            .components
            .iter()
            .chain(&model.mean)
            .all(|v| v.is_finite())
        {
            return Err("components and mean of a PCA must be finite".to_owned());
        }
        Ok(Self {
            components: model.components,
            mean: model.mean,
            explained_variance: model.explained_variance,
            explained_variance_ratio: model.explained_variance_ratio,
            singular_values: model.singular_values,
            noise_variance: model.noise_variance,
            whiten: model.whiten,
        })
    }
}

impl PcaModel {
    /// How many axes were kept.
    pub fn n_components(&self) -> usize {
        self.components.nrows()
    }

    /// The axes, components × features: rows of unit length at right angles, by descending
    /// variance, each with the sign that makes its largest entry positive.
    pub fn components(&self) -> &Array2<f64> {
        &self.components
    }

    /// The mean of each feature.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The variance of the samples along each axis (with n − 1 in the denominator).
    pub fn explained_variance(&self) -> &[f64] {
        &self.explained_variance
    }

    /// The variance along each axis as a share of all variance; 0 where there is none at all.
    pub fn explained_variance_ratio(&self) -> &[f64] {
        &self.explained_variance_ratio
    }

    /// The singular values of the centred samples that belong to the axes.
    pub fn singular_values(&self) -> &[f64] {
        &self.singular_values
    }

    /// The mean variance along the axes that were left out: the noise of the probabilistic model of
    /// Tipping and Bishop (1999).
    pub fn noise_variance(&self) -> f64 {
        self.noise_variance
    }

    /// The coordinates of the rows of `x` along the axes: rows × components.
    ///
    /// With whitening, each coordinate is divided by its standard deviation in the fitted samples.
    ///
    /// # Errors
    /// When `x` is empty or not finite, or has other columns than the fitted samples.
    pub fn transform<T: Real>(&self, x: &ArrayRef2<T>) -> Result<Array2<T>> {
        self.transform_with(x, &Context::default())
    }

    /// [`transform`](Self::transform) with given threads and cancellation.
    ///
    /// # Errors
    /// As [`transform`](Self::transform), and when cancelled.
    pub fn transform_with<T: Real>(
        &self,
        x: &ArrayRef2<T>,
        context: &Context,
    ) -> Result<Array2<T>> {
        context.run(|| {
            let d = self.mean.len();
            let samples = Samples::of_any_values_with_features(x, d)?;
            let axes: Vec<T> = self.axes(|scale| 1.0 / scale);
            let mut out =
                Array2::from_elem((samples.n_samples(), self.n_components()), T::default());
            let offsets = self.mean_is_small().then(|| self.offsets(&axes));
            by_blocks(samples.values(), d, &mut out, context, |rows, out| {
                if let Some(offsets) = &offsets {
                    row_products(rows, &axes, d, out);
                    subtract(out, offsets);
                } else {
                    let mut centered = rows.to_vec();
                    subtract(&mut centered, &self.mean);
                    row_products(&centered, &axes, d, out);
                }
            })?;
            // What is not finite makes coordinates that are not.
            if !out.iter().all(|&v| Sealed::is_finite(v)) {
                samples.check_finite()?;
            }
            Ok(out)
        })
    }

    /// The points in the space of the features that have the coordinates `x` (rows × components):
    /// the inverse of [`transform`](Self::transform), but for what the left-out axes held.
    ///
    /// # Errors
    /// When `x` is empty or not finite, or has not one column a component.
    pub fn inverse_transform<T: Real>(&self, x: &ArrayRef2<T>) -> Result<Array2<T>> {
        self.inverse_transform_with(x, &Context::default())
    }

    /// [`inverse_transform`](Self::inverse_transform) with given threads and cancellation.
    ///
    /// # Errors
    /// As [`inverse_transform`](Self::inverse_transform), and when cancelled.
    pub fn inverse_transform_with<T: Real>(
        &self,
        x: &ArrayRef2<T>,
        context: &Context,
    ) -> Result<Array2<T>> {
        context.run(|| {
            let k = self.n_components();
            let samples = Samples::with_features(x, k)?;
            let axes: Vec<T> = self.axes(|scale| scale);
            let mut out = Array2::from_elem((samples.n_samples(), self.mean.len()), T::default());
            by_blocks(samples.values(), k, &mut out, context, |rows, out| {
                product(rows, &axes, k, out);
                for row in out.chunks_exact_mut(self.mean.len()) {
                    for (v, m) in row.iter_mut().zip(&self.mean) {
                        *v = T::from_f64((*v).into() + m);
                    }
                }
            })?;
            Ok(out)
        })
    }

    /// Whether rows that keep their mean lose no more than one of the bits of their coordinates.
    fn mean_is_small(&self) -> bool {
        let share: f64 = self.explained_variance_ratio.iter().sum();
        let explained: f64 = self.explained_variance.iter().sum();
        // Without any variance, explained is 0, too.
        let variance = explained / if share > 0.0 { share } else { 1.0 };
        self.mean.iter().map(|m| m * m).sum::<f64>() <= 4.0 * variance
    }

    /// The coordinates of the mean.
    fn offsets<T: Real>(&self, axes: &[T]) -> Vec<f64> {
        axes.chunks_exact(self.mean.len())
            .map(|axis| {
                axis.iter()
                    .zip(&self.mean)
                    .map(|(&v, m)| v.into() * m)
                    .sum()
            })
            .collect()
    }

    /// The axes, row-major; with whitening, each times `factor` of its standard deviation.
    fn axes<T: Real>(&self, factor: impl Fn(f64) -> f64) -> Vec<T> {
        let axes = self.components.rows().into_iter();
        let largest = self.explained_variance.iter().copied().fold(0.0, f64::max);
        // What varies less does so by rounding, and where nothing varies, there is nothing to scale.
        let least = f64::EPSILON * largest.sqrt();
        axes.zip(&self.explained_variance)
            .flat_map(|(axis, variance)| {
                let deviation = variance.sqrt();
                let varies = self.whiten && deviation > least;
                let factor = if varies { factor(deviation) } else { 1.0 };
                axis.into_iter().map(move |v| T::from_f64(v * factor))
            })
            .collect()
    }
}

/// Takes the same off each row.
fn subtract<T: Real>(rows: &mut [T], offsets: &[f64]) {
    dispatch(
        #[inline(always)]
        || {
            for row in rows.chunks_exact_mut(offsets.len()) {
                for (v, offset) in row.iter_mut().zip(offsets) {
                    *v = T::from_f64((*v).into() - offset);
                }
            }
        },
    );
}

/// Runs `work` on blocks of the rows of `x` and the same rows of `out`.
fn by_blocks<T: Real>(
    x: &[T],
    n_columns: usize,
    out: &mut Array2<T>,
    context: &Context,
    work: impl Fn(&[T], &mut [T]) + Sync,
) -> Result<()> {
    let width = out.ncols();
    let out = out
        .as_slice_mut()
        .expect("a new array is laid out row by row");
    out.par_chunks_mut(ROWS * width)
        .zip(x.par_chunks(ROWS * n_columns))
        .try_for_each(|(out, x)| {
            context.check()?;
            work(x, out);
            Ok(())
        })
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use crate::Pca;
    use crate::random::Random;

    #[test]
    fn a_mean_is_small_beside_all_variance() {
        let (n, d) = (20, 300);
        let normal = Random::new(1, 0);
        for (mean, is_small) in [(1.0, true), (3.0, false)] {
            let value = |(i, j)| (mean + normal.normal((i * d + j) as u64)) as f32;
            let x = Array2::from_shape_fn((n, d), value);
            let model = Pca::new(2).fit(&x).unwrap();
            assert_eq!(model.mean_is_small(), is_small, "{mean}");
        }
    }
}
