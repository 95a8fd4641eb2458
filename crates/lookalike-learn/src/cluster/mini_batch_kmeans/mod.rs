//! Mini-batch k-means: k-means by small random samples, for data too large to go through often.
//!
//! **What it finds.** Centres a little worse than those of [`KMeans`](crate::KMeans), in a
//! fraction of the time; and, by [`MiniBatchKMeansModel::partial_fit`], centres of data that
//! arrives piece by piece.
//!
//! **Algorithm.** Each step draws a batch, assigns it, and moves every centre to the running mean
//! of all samples that it was ever given. Centres with very few samples are put on random samples
//! of the batch now and then. It stops when the smoothed inertia of the batches stops falling.
//!
//! **Cost.** O(`batch_size`·k·d) a step; memory, beyond the input, O((`batch_size` + k)·d).
//!
//! **References.** Sculley, *Web-scale k-means clustering*, WWW 2010. Batches, reassignment and
//! stopping of scikit-learn 1.9.

use ndarray::{Array2, ArrayRef2};

use super::kmeans::spread::Spread;
use super::kmeans::{
    Init, check_init, check_tol, check_weights, first_centers, labels_and_inertia,
};
use crate::cluster::check_n_clusters;
use crate::input::Samples;
use crate::random::Random;
use crate::{Context, Error, Result};

mod draw;
mod model;
mod stop;

pub use model::MiniBatchKMeansModel;

use draw::Draw;
use stop::{Stop, moved};

/// Samples of a step, as in scikit-learn.
pub const DEFAULT_BATCH_SIZE: usize = 1024;
/// Passes over the data at the most, as in scikit-learn.
pub const DEFAULT_MAX_ITER: usize = 100;
/// Steps without improvement after which to stop, as in scikit-learn.
pub const DEFAULT_MAX_NO_IMPROVEMENT: usize = 10;
/// Share of the largest count below which a centre is moved, as in scikit-learn.
pub const DEFAULT_REASSIGNMENT_RATIO: f64 = 0.01;
/// Starts when these are drawn at random, as scikit-learn's `n_init="auto"`.
const AUTO_N_INIT_RANDOM: usize = 3;

/// The recipe of mini-batch k-means; see the [module](self) for what it does.
///
/// ```
/// use lookalike_learn::{MiniBatchKMeans, datasets};
///
/// let digits = datasets::digits();
/// let model = MiniBatchKMeans::new(10).n_init(3).seed(0).fit(&digits.data)?;
/// assert!(model.inertia() < 1_250_000.0);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MiniBatchKMeans {
    n_clusters: usize,
    init: Init,
    n_init: Option<usize>,
    max_iter: usize,
    batch_size: usize,
    tol: f64,
    max_no_improvement: Option<usize>,
    init_size: Option<usize>,
    reassignment_ratio: f64,
    seed: u64,
}

/// Streams of random numbers: one a purpose.
mod stream {
    pub(super) const VALIDATION: u64 = 1;
    pub(super) const START: u64 = 2;
    pub(super) const BATCH: u64 = 3;
    pub(super) const REASSIGNMENT: u64 = 4;
}

impl MiniBatchKMeans {
    /// Mini-batch k-means with `n_clusters` clusters, scikit-learn's defaults and seed 0.
    pub fn new(n_clusters: usize) -> Self {
        Self {
            n_clusters,
            init: Init::default(),
            n_init: None,
            max_iter: DEFAULT_MAX_ITER,
            batch_size: DEFAULT_BATCH_SIZE,
            tol: 0.0,
            max_no_improvement: Some(DEFAULT_MAX_NO_IMPROVEMENT),
            init_size: None,
            reassignment_ratio: DEFAULT_REASSIGNMENT_RATIO,
            seed: 0,
        }
    }

    /// How to find the first centres; default [`Init::KMeansPlusPlus`].
    pub fn init(mut self, init: Init) -> Self {
        self.init = init;
        self
    }

    /// How many starts to compare on a sample before the best of them is refined. Default, as
    /// scikit-learn's `"auto"`: 3 from [`Init::Random`], otherwise 1.
    pub fn n_init(mut self, n_init: usize) -> Self {
        self.n_init = Some(n_init);
        self
    }

    /// Passes over the data at the most; default [`DEFAULT_MAX_ITER`].
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// Samples of a step; default [`DEFAULT_BATCH_SIZE`].
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size;
        self
    }

    /// Stop when the squared moves of the centres in a step add up to no more than `tol` times the
    /// mean variance of the columns; default 0, which never stops for this.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// Stop after this many steps without a smaller smoothed inertia, or never; default
    /// [`DEFAULT_MAX_NO_IMPROVEMENT`].
    pub fn max_no_improvement(mut self, steps: impl Into<Option<usize>>) -> Self {
        self.max_no_improvement = steps.into();
        self
    }

    /// Samples that a start is made from; default three batches, or 3·`n_clusters` where that is
    /// less than `n_clusters`.
    pub fn init_size(mut self, init_size: usize) -> Self {
        self.init_size = Some(init_size);
        self
    }

    /// Centres given fewer samples than this share (0 to 1) of what the busiest was given are moved to
    /// random samples; default [`DEFAULT_REASSIGNMENT_RATIO`].
    pub fn reassignment_ratio(mut self, reassignment_ratio: f64) -> Self {
        self.reassignment_ratio = reassignment_ratio;
        self
    }

    /// Which random numbers to draw; default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Clusters the rows of `x` (n×d).
    ///
    /// # Errors
    /// When `x` is empty or not finite, `n_clusters` is 0 or above n, or another parameter is
    /// outside its range.
    pub fn fit(&self, x: &ArrayRef2<f32>) -> Result<MiniBatchKMeansModel> {
        self.fit_with(x, &Context::default())
    }

    /// [`fit`](Self::fit) with threads, progress and cancellation of `context`.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); also when cancelled.
    pub fn fit_with(&self, x: &ArrayRef2<f32>, context: &Context) -> Result<MiniBatchKMeansModel> {
        context.run(|| {
            let x = Samples::of_any_values(x)?;
            self.fit_samples(&x, None, context)
        })
    }

    /// [`fit_with`](Self::fit_with) where row i is drawn in proportion to `sample_weight[i]`.
    ///
    /// # Errors
    /// As [`fit_with`](Self::fit_with); also when there are not n weights, or one is negative or
    /// not finite, or none is positive.
    pub fn fit_weighted(
        &self,
        x: &ArrayRef2<f32>,
        sample_weight: &[f64],
        context: &Context,
    ) -> Result<MiniBatchKMeansModel> {
        context.run(|| {
            let x = Samples::of_any_values(x)?;
            check_weights(sample_weight, x.n_samples())?;
            self.fit_samples(&x, Some(sample_weight), context)
        })
    }

    /// Starts from a first batch, to be continued by [`MiniBatchKMeansModel::partial_fit`].
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn partial_fit(&self, batch: &ArrayRef2<f32>) -> Result<MiniBatchKMeansModel> {
        self.partial_fit_weighted(batch, &vec![1.0; batch.nrows()], &Context::default())
    }

    /// [`partial_fit`](Self::partial_fit) where row i counts `sample_weight[i]` times, with the threads
    /// of `context`.
    ///
    /// # Errors
    /// As [`fit_weighted`](Self::fit_weighted).
    pub fn partial_fit_weighted(
        &self,
        batch: &ArrayRef2<f32>,
        sample_weight: &[f64],
        context: &Context,
    ) -> Result<MiniBatchKMeansModel> {
        context.run(|| {
            let x = Samples::of_any_values(batch)?;
            self.validate(&x)?;
            check_weights(sample_weight, x.n_samples())?;
            let centers = self.start(&x, sample_weight, 0, context)?;
            let mut model = self.model(&x, centers);
            model.learn(&x, sample_weight);
            check_inertia(model.inertia, &x)?;
            Ok(model)
        })
    }

    /// On samples of any values, which are refused where one is not finite: each is looked at when it is read.
    fn fit_samples(
        &self,
        x: &Samples<'_>,
        weights: Option<&[f64]>,
        context: &Context,
    ) -> Result<MiniBatchKMeansModel> {
        self.validate(x)?;
        let n = x.n_samples();
        let units = vec![1.0; n];
        let all_weights = weights.unwrap_or(&units);
        let batch_size = self.batch_size.min(n);
        let tol = if self.tol > 0.0 {
            x.check_finite()?;
            self.tol * Spread::of(x).mean_variance()
        } else {
            0.0
        };
        let centers = self.best_start(x, all_weights, context)?;
        let mut model = self.model(x, centers);

        let draw = Draw::new(n, weights);
        let mut stop = Stop::new(n, batch_size, self.max_no_improvement);
        let n_steps = self.max_iter.saturating_mul(n) / batch_size;
        for step in 0..n_steps {
            context.check()?;
            let random = Random::new(self.seed, stream::BATCH).split(step as u64);
            let rows: Vec<usize> = (0..batch_size as u64)
                .map(|i| draw.row(random, i))
                .collect();
            let before = (tol > 0.0).then(|| model.cluster_centers.clone());
            let inertia = model.step(x, &rows, &units[..batch_size]);
            check_inertia(inertia, x)?;
            context.report("mini-batch k-means", step + 1, n_steps, Some(inertia));
            let still = before.is_some_and(|before| moved(&before, &model.cluster_centers) <= tol);
            if stop.now(step, inertia, still) {
                model.converged = true;
                break;
            }
        }
        model.n_iter = (model.n_steps * batch_size).div_ceil(n);
        (model.labels, model.inertia) =
            labels_and_inertia(x, None, all_weights, &model.cluster_centers);
        check_inertia(model.inertia, x)?;
        Ok(model)
    }

    /// Of `n_init` starts the one with the smallest inertia on a validation sample.
    fn best_start(
        &self,
        x: &Samples<'_>,
        weights: &[f64],
        context: &Context,
    ) -> Result<Array2<f32>> {
        let starts = match self.init {
            Init::Centers(_) => 1,
            Init::Random => self.n_init.unwrap_or(AUTO_N_INIT_RANDOM),
            Init::KMeansPlusPlus => self.n_init.unwrap_or(1),
        };
        if starts == 1 {
            return self.start(x, weights, 0, context);
        }
        let random = Random::new(self.seed, stream::VALIDATION);
        let rows = self.init_rows(x.n_samples(), random);
        let valid_weights: Vec<f64> = rows.iter().map(|&i| weights[i]).collect();
        let mut best = None;
        for start in 0..starts {
            let centers = self.start(x, weights, start as u64, context)?;
            let (_, inertia) = labels_and_inertia(x, Some(&rows), &valid_weights, &centers);
            if best.as_ref().is_none_or(|(least, _)| inertia < *least) {
                best = Some((inertia, centers));
            }
        }
        Ok(best.expect("there is at least one start").1)
    }

    /// First centres, from a sample of the rows.
    fn start(
        &self,
        x: &Samples<'_>,
        weights: &[f64],
        start: u64,
        context: &Context,
    ) -> Result<Array2<f32>> {
        let random = Random::new(self.seed, stream::START).split(start);
        let k = self.n_clusters;
        let centers = if self.rows_of_start(x.n_samples()) < x.n_samples() {
            let rows = self.init_rows(x.n_samples(), random.split(0));
            let sample = x.select(&rows);
            if sample.check_finite().is_err() {
                x.check_finite()?;
            }
            let mut weights: Vec<f64> = rows.iter().map(|&i| weights[i]).collect();
            if weights.iter().all(|&w| w == 0.0) {
                weights.fill(1.0);
            }
            let spread = Spread::of(&sample);
            first_centers(&self.init, &sample, &weights, &spread, k, random, context)?
        } else {
            x.check_finite()?;
            first_centers(&self.init, x, weights, &Spread::of(x), k, random, context)?
        };
        Ok(Array2::from_shape_vec((k, x.n_features()), centers).expect("k×d centres"))
    }

    fn rows_of_start(&self, n: usize) -> usize {
        let wanted = self.init_size.unwrap_or(3 * self.batch_size.min(n));
        if wanted < self.n_clusters {
            self.n_clusters.saturating_mul(3)
        } else {
            wanted
        }
        .min(n)
    }

    fn init_rows(&self, n: usize, random: Random) -> Vec<usize> {
        (0..self.rows_of_start(n) as u64)
            .map(|i| random.below(i, n))
            .collect()
    }

    fn model(&self, x: &Samples<'_>, cluster_centers: Array2<f32>) -> MiniBatchKMeansModel {
        debug_assert_eq!(cluster_centers.ncols(), x.n_features());
        MiniBatchKMeansModel {
            cluster_centers,
            labels: Vec::new(),
            inertia: 0.0,
            n_iter: 0,
            n_steps: 0,
            converged: false,
            counts: vec![0.0; self.n_clusters],
            since_reassignment: 0,
            reassignment_ratio: self.reassignment_ratio,
            seed: self.seed,
        }
    }

    fn validate(&self, x: &Samples<'_>) -> Result<()> {
        check_n_clusters(self.n_clusters, x.n_samples())?;
        check_init(&self.init, self.n_clusters, x.n_features())?;
        check_tol(self.tol)?;
        for (name, value) in [
            ("n_init", self.n_init),
            ("max_iter", Some(self.max_iter)),
            ("batch_size", Some(self.batch_size)),
            ("init_size", self.init_size),
        ] {
            if value == Some(0) {
                return Err(Error::parameter(name, "be at least 1", 0));
            }
        }
        let ratio = self.reassignment_ratio;
        if !(0.0..=1.0).contains(&ratio) {
            let rule = "be between 0 and 1";
            return Err(Error::parameter("reassignment_ratio", rule, ratio));
        }
        Ok(())
    }
}

/// That all values of `x` are finite: one that is not makes an inertia that is not.
fn check_inertia(inertia: f64, x: &Samples<'_>) -> Result<()> {
    if inertia.is_finite() {
        Ok(())
    } else {
        x.check_finite()
    }
}
