//! Principal component analysis.

mod centered;
mod minka;
mod model;
mod probabilistic;
mod solvers;
mod whole;

use ndarray::{Array2, ArrayRef2};

use centered::Centered;
pub use model::PcaModel;
use solvers::{Sketch, Spectrum, by_gram, by_sketch};

use crate::input::Samples;
use crate::linalg::orthonormal_rows;
use crate::real::Real;
use crate::{Context, Error, Result};

/// Directions that the randomised way follows beyond those wanted.
const DEFAULT_N_OVERSAMPLES: usize = 10;

/// Principal component analysis: the axes along which the samples vary most.
///
/// ```
/// use lookalike_learn::datasets;
/// use lookalike_learn::decomposition::Pca;
///
/// let digits = datasets::digits();
/// let pca = Pca::with_variance(0.9).fit(&digits.data)?;
/// assert_eq!(pca.n_components(), 21);
/// let coordinates = pca.transform(&digits.data)?;
/// assert_eq!(coordinates.dim(), (1797, 21));
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    n_components: NComponents,
    whiten: bool,
    svd_solver: SvdSolver,
    n_oversamples: usize,
    iterated_power: Option<usize>,
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum NComponents {
    Count(usize),
    Share(f64),
    Evidence,
}

/// How the axes are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SvdSolver {
    /// scikit-learn's choice by shape: [`Covariance`](Self::Covariance) for at most 1000 features
    /// and ten times as many samples; else [`Full`](Self::Full) where neither exceeds 500 or at
    /// least 80 % of all axes, or a share of variance, is wanted; else
    /// [`Randomized`](Self::Randomized).
    #[default]
    Auto,
    /// Eigenvectors of the covariance matrix (features × features), whose blocks are multiplied in
    /// f32 and added in f64: scikit-learn's `covariance_eigh`. Variances below about 1e-7 of the
    /// greatest drown in rounding. On x86-64 with AVX2, pixels (values that are whole multiples of a
    /// unit, up to 255) are multiplied exactly.
    Covariance,
    /// All singular values, in f64: by the Gram matrix of the features or of the samples, whichever
    /// is smaller. Standard deviations below about 1e-8 of the greatest drown in rounding.
    Full,
    /// The greatest singular values only, by iteration on random directions (Halko, Martinsson and
    /// Tropp, 2011): O(n·d·`n_components`).
    Randomized,
}

impl Pca {
    /// Keeps `n_components` axes, 1 to the smaller of the numbers of samples and features.
    pub fn new(n_components: usize) -> Self {
        Self::keep(NComponents::Count(n_components))
    }

    /// Keeps as few axes as carry more than `share` (between 0 and 1) of the variance together.
    pub fn with_variance(share: f64) -> Self {
        Self::keep(NComponents::Share(share))
    }

    /// Keeps as many axes as the samples give most evidence for: Minka, *Automatic choice of
    /// dimensionality for PCA*, NIPS 2000. It needs at least as many samples as features.
    pub fn with_evidence() -> Self {
        Self::keep(NComponents::Evidence)
    }

    fn keep(n_components: NComponents) -> Self {
        Self {
            n_components,
            whiten: false,
            svd_solver: SvdSolver::Auto,
            n_oversamples: DEFAULT_N_OVERSAMPLES,
            iterated_power: None,
            seed: 0,
        }
    }

    /// Scales all coordinates to unit variance (default: no).
    pub fn whiten(mut self, whiten: bool) -> Self {
        self.whiten = whiten;
        self
    }

    /// How the axes are found (default: by shape).
    pub fn svd_solver(mut self, svd_solver: SvdSolver) -> Self {
        self.svd_solver = svd_solver;
        self
    }

    /// Directions that the randomised way follows beyond those wanted (default: 10).
    pub fn n_oversamples(mut self, n_oversamples: usize) -> Self {
        self.n_oversamples = n_oversamples;
        self
    }

    /// Power iterations of the randomised way (default: 7 where less than a tenth of all axes is
    /// wanted, 4 otherwise).
    pub fn iterated_power(mut self, iterated_power: usize) -> Self {
        self.iterated_power = Some(iterated_power);
        self
    }

    /// The seed of the randomised way (default: 0).
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Finds the axes of the rows of `x` (samples × features). Of f64 rows, everything is computed in
    /// f64.
    ///
    /// # Errors
    /// When a parameter breaks its rule, or `x` is not finite or has less than two rows.
    pub fn fit<T: Real>(&self, x: &ArrayRef2<T>) -> Result<PcaModel> {
        self.fit_with(x, &Context::default())
    }

    /// [`fit`](Self::fit) with given threads and cancellation.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and when cancelled.
    pub fn fit_with<T: Real>(&self, x: &ArrayRef2<T>, context: &Context) -> Result<PcaModel> {
        context.run(|| {
            let samples = Samples::of_any_values(x)?;
            let solver = self.validate(&samples)?;
            context.check()?;
            let moments = match solver {
                SvdSolver::Covariance => whole::moments(&samples, context)?,
                _ => None,
            };
            let columns = match &moments {
                Some(moments) => moments.columns(samples.n_samples()),
                None => samples.columns(),
            };
            samples.check_means(&columns.means)?;
            context.check()?;
            let centered = match solver {
                SvdSolver::Covariance => Centered::new(&samples, &columns, moments.as_ref()),
                _ => Centered::upright(&samples, &columns),
            };
            let spectrum = match (solver, self.n_components) {
                (SvdSolver::Covariance, _) => by_gram::<T, T>(&centered, context)?,
                (SvdSolver::Randomized, NComponents::Count(count)) => {
                    by_sketch::<T, T>(&centered, self.sketch(count, &samples), context)?
                }
                _ => by_gram::<f64, T>(&centered, context)?,
            };
            self.model(&centered, &spectrum, &columns.means, context)
        })
    }

    /// Checks all parameters and settles the way.
    fn validate<T: Real>(&self, samples: &Samples<'_, T>) -> Result<SvdSolver> {
        let (n, d) = (samples.n_samples(), samples.n_features());
        if n < 2 {
            return Err(Error::input(format!(
                "x must have at least two rows (samples) to vary, got {n}"
            )));
        }
        match self.n_components {
            NComponents::Count(count) if count == 0 || count > n.min(d) => {
                let rule = format!(
                    "be between 1 and the smaller of the numbers of samples and features ({})",
                    n.min(d)
                );
                return Err(Error::parameter("n_components", rule, count));
            }
            NComponents::Share(share) if !(share > 0.0 && share < 1.0) => {
                let rule = "be greater than 0 and less than 1 as a share of variance";
                return Err(Error::parameter("n_components", rule, share));
            }
            NComponents::Evidence if n < d => {
                let rule =
                    format!("be a number where there are fewer samples ({n}) than features ({d})");
                return Err(Error::parameter(
                    "n_components",
                    rule,
                    "a choice by evidence",
                ));
            }
            NComponents::Evidence if self.svd_solver == SvdSolver::Randomized => {
                let rule = "be a number of components for the randomized solver";
                return Err(Error::parameter(
                    "n_components",
                    rule,
                    "a choice by evidence",
                ));
            }
            NComponents::Share(share) if self.svd_solver == SvdSolver::Randomized => {
                let rule = "be a number of components for the randomized solver";
                return Err(Error::parameter("n_components", rule, share));
            }
            _ => {}
        }
        Ok(match self.svd_solver {
            SvdSolver::Auto => self.solver_for(n, d),
            chosen => chosen,
        })
    }

    /// The rule of scikit-learn 1.9.
    fn solver_for(&self, n: usize, d: usize) -> SvdSolver {
        if d <= 1000 && n >= 10 * d {
            return SvdSolver::Covariance;
        }
        match self.n_components {
            NComponents::Count(count)
                if n.max(d) > 500 && (count as f64) < 0.8 * n.min(d) as f64 =>
            {
                SvdSolver::Randomized
            }
            _ => SvdSolver::Full,
        }
    }

    fn sketch<T: Real>(&self, count: usize, samples: &Samples<'_, T>) -> Sketch {
        let shorter = samples.n_samples().min(samples.n_features()) as f64;
        let n_iter = if (count as f64) < 0.1 * shorter { 7 } else { 4 };
        Sketch {
            count,
            n_oversamples: self.n_oversamples,
            n_iter: self.iterated_power.unwrap_or(n_iter),
            seed: self.seed,
        }
    }

    fn model<T: Real>(
        &self,
        centered: &Centered<'_, T>,
        spectrum: &Spectrum,
        mean: &[f64],
        context: &Context,
    ) -> Result<PcaModel> {
        let (n, d) = if centered.is_transposed() {
            (centered.n_columns(), centered.n_rows())
        } else {
            (centered.n_rows(), centered.n_columns())
        };
        let degrees = n as f64 - 1.0;
        let total = spectrum.total / degrees;
        let mut explained_variance: Vec<f64> = spectrum
            .squares
            .iter()
            .map(|square| square / degrees)
            .collect();
        let mut explained_variance_ratio: Vec<f64> = explained_variance
            .iter()
            .map(|variance| if total > 0.0 { variance / total } else { 0.0 })
            .collect();
        let k = match self.n_components {
            NComponents::Count(count) => count,
            NComponents::Share(share) => components_for(&explained_variance_ratio, share).min(n),
            NComponents::Evidence => minka::n_components(&explained_variance, n),
        };
        let width = centered.n_columns();
        let mut components = spectrum.vectors[..k * width].to_vec();
        if centered.is_transposed() {
            // From left to right singular vectors; those without variance lose their direction.
            let products = centered.products(&components, context)?;
            components = vec![0.0; k * d];
            for (j, products) in products.chunks_exact(k).enumerate() {
                for (i, &value) in products.iter().enumerate() {
                    components[i * d + j] = value;
                }
            }
            components = orthonormal_rows(&components, d);
        }
        flip_signs(&mut components, d);
        explained_variance.truncate(k);
        explained_variance_ratio.truncate(k);
        let left = n.min(d) - k;
        let noise_variance = if left == 0 {
            0.0
        } else {
            let unexplained = total - explained_variance.iter().sum::<f64>();
            unexplained.max(0.0) / left as f64
        };
        Ok(PcaModel {
            components: Array2::from_shape_vec((k, d), components).expect("k×d components"),
            mean: mean.to_vec(),
            singular_values: spectrum.squares[..k]
                .iter()
                .map(|square| square.sqrt())
                .collect(),
            explained_variance,
            explained_variance_ratio,
            noise_variance,
            whiten: self.whiten,
        })
    }
}

/// The least number of components that carry more than `share` of the variance.
fn components_for(ratios: &[f64], share: f64) -> usize {
    let mut sum = 0.0;
    let before = ratios.iter().take_while(|&ratio| {
        sum += ratio;
        sum <= share
    });
    (before.count() + 1).min(ratios.len())
}

/// Makes the entry of each row that is farthest from zero positive, the first of equals.
fn flip_signs(components: &mut [f64], d: usize) {
    for axis in components.chunks_exact_mut(d) {
        let farthest = axis.iter().fold(0.0f64, |farthest, &v| {
            if v.abs() > farthest.abs() {
                v
            } else {
                farthest
            }
        });
        if farthest < 0.0 {
            for v in axis {
                *v = -*v;
            }
        }
    }
}
