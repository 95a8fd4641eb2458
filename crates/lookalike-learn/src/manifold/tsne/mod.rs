//! t-SNE: a map on which samples that are alike lie together.
//!
//! **What it finds.** Neighbourhoods: points that are close on the map are close in the data.
//! Sizes of clusters and distances between them mean little. It is for looking, and for clustering
//! what it shows; not for measuring.
//!
//! **Algorithm.** The nearest neighbours of each sample (three times the perplexity, exact) get
//! Gaussian affinities P of the perplexity asked for; the map's affinities Q follow Student's t
//! distribution with one degree of freedom, in any dimension; gradient descent minimises the
//! Kullback–Leibler divergence of Q from P. Repulsion is summed over all pairs for a few
//! hundred samples; above, by a tree, and for many in 2-D by interpolation on a grid.
//!
//! **Cost.** Neighbours O(n²·d) once, O(n·log n) in up to 8 dimensions; each iteration O(n²) for few samples,
//! O(n·log n) by the tree, O(n) and a Fourier transform of the map by interpolation.
//! Memory O(n·perplexity).
//!
//! **References.** Van der Maaten and Hinton, *Visualizing data using t-SNE*, JMLR 2008; van der
//! Maaten, *Accelerating t-SNE using tree-based algorithms*, JMLR 2014; Linderman et al., *Fast
//! interpolation-based t-SNE*, Nature Methods 2019. Perplexity, start and
//! stopping of scikit-learn 1.9, whose own kernel has two degrees of freedom in 3-D; for the steps
//! see the papers that `schedule.rs` and `momentum.rs` name.

use ndarray::{Array2, ArrayRef2};
use serde::{Deserialize, Serialize};

use crate::input::{Samples, check_distances};
use crate::neighbors::{Neighbors, matrix, nearest_of_samples};
use crate::random::Random;
use crate::{Context, Error, Pca, Result};

mod affinity;
mod attraction;
mod barnes_hut;
mod descent;
mod divergence;
mod exact;
mod forces;
mod interpolation;
mod momentum;
mod morton;
mod schedule;
#[cfg(test)]
mod tests;

use affinity::Affinities;
use barnes_hut::BarnesHut;
use descent::Descent;
use divergence::kl_divergence;
use exact::Exact;
use forces::{Coordinates, Repulsion};
use interpolation::Interpolation;
use schedule::{EXPLORATION_ITER, Schedule};

/// Axes of the map.
pub const DEFAULT_N_COMPONENTS: usize = 2;
/// About how many neighbours each sample has, as in scikit-learn.
pub const DEFAULT_PERPLEXITY: f64 = 30.0;
/// Factor on P in the first iterations, as in scikit-learn.
pub const DEFAULT_EARLY_EXAGGERATION: f64 = 12.0;
/// Iterations; maps have a lower divergence than after 1000 of scikit-learn's. Of a few hundred samples each
/// ends in a minimum of its own: on eighteen parts of the digits 3 % lower on average, 1.5 % higher at most.
pub const DEFAULT_MAX_ITER: usize = 300;
/// Iterations without a smaller divergence after which to stop, as in scikit-learn.
pub const DEFAULT_N_ITER_WITHOUT_PROGRESS: usize = 300;
/// Norm of the gradient at which to stop, as in scikit-learn.
pub const DEFAULT_MIN_GRAD_NORM: f64 = 1e-7;
/// Trade-off of the tree between speed (large) and accuracy (small), as in scikit-learn.
pub const DEFAULT_ANGLE: f64 = 0.5;

/// Least iterations that can be asked for, as in scikit-learn.
const MIN_MAX_ITER: usize = 250;
/// Standard deviation of the first axis of a start.
const INITIAL_DEVIATION: f64 = 1e-4;
/// Samples from which the tree is faster than all pairs.
const TREE_FROM: usize = 500;
/// Samples from which interpolation is faster than the tree, in 2-D.
const FFT_FROM: usize = 12_000;
/// Samples from which points are kept along a curve: fewer are in the cache in any order.
const SORTED_FROM: usize = 5000;

/// Where the points of the map start.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum TsneInit {
    /// The first principal components, scaled down: the map keeps more of the global layout. Where there are
    /// fewer of them than axes, or nothing varies, as [`Random`](Self::Random).
    #[default]
    Pca,
    /// A tiny Gaussian cloud.
    Random,
    /// These n×`n_components` coordinates.
    Given(Array2<f32>),
}

/// How repulsion is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TsneMethod {
    /// Whichever is fastest for the number of samples: all pairs below 500, the tree, interpolation
    /// in 2-D from 12 000 on.
    #[default]
    Auto,
    /// All pairs: O(n²) an iteration.
    Exact,
    /// By a tree whose cells act by their moments up to the second: O(n·log n) an iteration.
    BarnesHut,
    /// By interpolation on a grid and fast Fourier transforms: O(n) an iteration. Only for maps
    /// in 2-D.
    Fft,
}

/// The recipe of t-SNE; see the [module](self) for what it does.
///
/// ```
/// use lookalike_learn::{Tsne, datasets};
/// use ndarray::s;
///
/// let digits = datasets::digits();
/// let some = digits.data.slice(s![..200, ..]);
/// let model = Tsne::new().perplexity(15.0).fit(&some)?;
/// assert_eq!(model.embedding().dim(), (200, 2));
/// assert!(model.kl_divergence() < 0.8);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Tsne {
    n_components: usize,
    perplexity: f64,
    early_exaggeration: f64,
    learning_rate: Option<f64>,
    max_iter: usize,
    n_iter_without_progress: usize,
    min_grad_norm: f64,
    init: TsneInit,
    method: TsneMethod,
    angle: f64,
    seed: u64,
}

/// The map that t-SNE drew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TsneModel {
    embedding: Array2<f32>,
    kl_divergence: f64,
    n_iter: usize,
    converged: bool,
    learning_rate: f64,
    history: Vec<(usize, f64)>,
}

impl Default for Tsne {
    fn default() -> Self {
        Self::new()
    }
}

impl Tsne {
    /// t-SNE in 2-D with seed 0 and the defaults that each setting names.
    pub fn new() -> Self {
        Self {
            n_components: DEFAULT_N_COMPONENTS,
            perplexity: DEFAULT_PERPLEXITY,
            early_exaggeration: DEFAULT_EARLY_EXAGGERATION,
            learning_rate: None,
            max_iter: DEFAULT_MAX_ITER,
            n_iter_without_progress: DEFAULT_N_ITER_WITHOUT_PROGRESS,
            min_grad_norm: DEFAULT_MIN_GRAD_NORM,
            init: TsneInit::default(),
            method: TsneMethod::default(),
            angle: DEFAULT_ANGLE,
            seed: 0,
        }
    }

    /// Axes of the map, 1 to 3; default [`DEFAULT_N_COMPONENTS`].
    pub fn n_components(mut self, n_components: usize) -> Self {
        self.n_components = n_components;
        self
    }

    /// About how many neighbours each sample has, above 0 and below n; default
    /// [`DEFAULT_PERPLEXITY`]. 5 to 50 serve most data.
    pub fn perplexity(mut self, perplexity: f64) -> Self {
        self.perplexity = perplexity;
        self
    }

    /// How much tighter clusters are drawn in the first 50 iterations, at least 1; falls to 1 in 100
    /// more. Default [`DEFAULT_EARLY_EXAGGERATION`].
    pub fn early_exaggeration(mut self, early_exaggeration: f64) -> Self {
        self.early_exaggeration = early_exaggeration;
        self
    }

    /// Length of a step along the gradient, above 0, in the unit of scikit-learn. Default, as
    /// openTSNE's: n / 4 by the exaggeration of the iteration, at least 5.
    pub fn learning_rate(mut self, learning_rate: f64) -> Self {
        self.learning_rate = Some(learning_rate);
        self
    }

    /// Iterations at the most, at least 250; default [`DEFAULT_MAX_ITER`].
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// Iterations without exaggeration and without a smaller divergence after which to stop, looked
    /// at every 50; default [`DEFAULT_N_ITER_WITHOUT_PROGRESS`].
    pub fn n_iter_without_progress(mut self, n_iter_without_progress: usize) -> Self {
        self.n_iter_without_progress = n_iter_without_progress;
        self
    }

    /// Norm of the gradient, without exaggeration, at which to stop; default [`DEFAULT_MIN_GRAD_NORM`].
    pub fn min_grad_norm(mut self, min_grad_norm: f64) -> Self {
        self.min_grad_norm = min_grad_norm;
        self
    }

    /// Where the points start; default [`TsneInit::Pca`].
    pub fn init(mut self, init: TsneInit) -> Self {
        self.init = init;
        self
    }

    /// How repulsion is summed; default [`TsneMethod::Auto`].
    pub fn method(mut self, method: TsneMethod) -> Self {
        self.method = method;
        self
    }

    /// Width over distance below which the tree takes a cell for one point, 0 (exact, slow) to 1;
    /// default [`DEFAULT_ANGLE`], at which forces on the digits are off by 0.01 to 0.2 % in all. For
    /// [`TsneMethod::BarnesHut`], also where [`TsneMethod::Auto`] chooses it, and for maps that are too wide for a grid.
    pub fn angle(mut self, angle: f64) -> Self {
        self.angle = angle;
        self
    }

    /// Which random numbers to draw; default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Draws the map of the rows of `x` (n×d).
    ///
    /// # Errors
    /// When `x` is not finite or has fewer than two rows, the perplexity is not above 0 and below
    /// n, `n_components` is not 1, 2 or 3, or another parameter is outside its range.
    pub fn fit(&self, x: &ArrayRef2<f32>) -> Result<TsneModel> {
        self.fit_with(x, &Context::default())
    }

    /// [`fit`](Self::fit) with threads, progress and cancellation of `context`.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); also when cancelled.
    pub fn fit_with(&self, x: &ArrayRef2<f32>, context: &Context) -> Result<TsneModel> {
        context.run(|| {
            let samples = Samples::new(x)?;
            self.validate(samples.n_samples())?;
            let n_neighbors = self.n_neighbors(samples.n_samples());
            let neighbors = nearest_of_samples(&samples, n_neighbors, context)?;
            self.map(neighbors, Some(x), context)
        })
    }

    /// Draws the map of n samples of which only the distances are known: n×n, symmetric.
    ///
    /// # Errors
    /// As [`fit_with`](Self::fit_with); also with [`TsneInit::Pca`], which needs the samples, and when the
    /// matrix is not square or a distance is negative or not finite.
    pub fn fit_precomputed(
        &self,
        distances: &ArrayRef2<f64>,
        context: &Context,
    ) -> Result<TsneModel> {
        context.run(|| {
            check_distances(distances)?;
            let n = distances.nrows();
            self.validate(n)?;
            if self.init == TsneInit::Pca {
                let rule = "be random or given where only distances are known";
                return Err(Error::parameter("init", rule, "pca"));
            }
            let neighbors = matrix::k_nearest(distances, self.n_neighbors(n), context)?;
            self.map(neighbors, None, context)
        })
    }

    fn n_neighbors(&self, n_samples: usize) -> usize {
        (n_samples - 1).min((3.0 * self.perplexity + 1.0) as usize)
    }

    fn map(
        &self,
        neighbors: Neighbors,
        x: Option<&ArrayRef2<f32>>,
        context: &Context,
    ) -> Result<TsneModel> {
        let n = neighbors.indices().nrows();
        let p = Affinities::new(neighbors, self.perplexity);
        match self.n_components {
            1 => {
                let repulsion = self.by_pairs_or_tree::<1>(n);
                self.draw(p, self.start(n, x, context)?, context, repulsion)
            }
            2 => {
                let repulsion = match self.method_for(n) {
                    TsneMethod::Fft => Box::new(Interpolation::new(self.angle)),
                    _ => self.by_pairs_or_tree::<2>(n),
                };
                self.draw(p, self.start(n, x, context)?, context, repulsion)
            }
            _ => {
                let repulsion = self.by_pairs_or_tree::<3>(n);
                self.draw(p, self.start(n, x, context)?, context, repulsion)
            }
        }
    }

    /// The method that [`TsneMethod::Auto`] stands for.
    fn method_for(&self, n: usize) -> TsneMethod {
        match self.method {
            TsneMethod::Auto if n < TREE_FROM => TsneMethod::Exact,
            TsneMethod::Auto if self.n_components == 2 && n >= FFT_FROM => TsneMethod::Fft,
            TsneMethod::Auto => TsneMethod::BarnesHut,
            method => method,
        }
    }

    fn by_pairs_or_tree<const D: usize>(&self, n: usize) -> Box<dyn Repulsion<D>> {
        match self.method_for(n) {
            TsneMethod::Exact => Box::new(Exact::new()),
            _ => Box::new(BarnesHut::new(self.angle)),
        }
    }

    fn draw<const D: usize>(
        &self,
        mut p: Affinities,
        mut y: Coordinates<D>,
        context: &Context,
        mut repulsion: Box<dyn Repulsion<D>>,
    ) -> Result<TsneModel> {
        let n = y[0].len();
        let schedule = Schedule::new(n, self.early_exaggeration, self.learning_rate);
        let learning_rate = schedule.learning_rate();
        let mut samples_at: Vec<u32> = (0..n as u32).collect();
        sort_along_curve(&mut y, &mut p, &mut samples_at);
        let mut descent = Descent {
            repulsion: &mut *repulsion,
            context,
            schedule,
            n_iter_without_progress: self.n_iter_without_progress,
            min_grad_norm: self.min_grad_norm,
            total: self.max_iter,
            history: Vec::new(),
        };
        descent.run(0..EXPLORATION_ITER, &p, &mut y)?;
        sort_along_curve(&mut y, &mut p, &mut samples_at);
        descent.repulsion.reordered();
        let refined = descent.run(EXPLORATION_ITER..self.max_iter, &p, &mut y)?;
        let history = descent.history;

        let z = sum_of_q(&y, &mut *repulsion);
        let mut embedding = Array2::zeros((n, D));
        for (i, &sample) in samples_at.iter().enumerate() {
            for a in 0..D {
                embedding[[sample as usize, a]] = y[a][i];
            }
        }
        Ok(TsneModel {
            embedding,
            kl_divergence: kl_divergence(&p, &y, z),
            n_iter: refined.n_iter,
            converged: refined.converged,
            learning_rate,
            history,
        })
    }

    /// Where the points of `n` samples start; `x` where the samples are known.
    fn start<const D: usize>(
        &self,
        n: usize,
        x: Option<&ArrayRef2<f32>>,
        context: &Context,
    ) -> Result<Coordinates<D>> {
        if let TsneInit::Given(given) = &self.init {
            return Ok(std::array::from_fn(|a| given.column(a).to_vec()));
        }
        let random = Random::new(self.seed, 0);
        let cloud = std::array::from_fn(|a| {
            let draw = |i: usize| (INITIAL_DEVIATION * random.normal((i * D + a) as u64)) as f32;
            (0..n).map(draw).collect()
        });
        let x = x.filter(|x| self.init == TsneInit::Pca && x.ncols().min(n) >= D);
        let Some(x) = x else {
            return Ok(cloud);
        };
        let scores = Pca::new(D)
            .seed(self.seed)
            .fit_with(x, context)?
            .transform(x)?;
        let first = scores.column(0);
        let squares = first.iter().map(|&v| f64::from(v) * f64::from(v));
        let deviation = (squares.sum::<f64>() / n as f64).sqrt();
        // Where samples are at the limits of f32, scores are beyond.
        if deviation == 0.0 || !scores.iter().all(|v| v.is_finite()) {
            return Ok(cloud);
        }
        let scale = INITIAL_DEVIATION / deviation;
        let axis = |a| {
            scores
                .column(a)
                .iter()
                .map(|&v| (f64::from(v) * scale) as f32)
                .collect()
        };
        Ok(std::array::from_fn(axis))
    }

    fn validate(&self, n: usize) -> Result<()> {
        if n < 2 {
            return Err(Error::input(format!(
                "x must have at least two rows (samples) to map, got {n}"
            )));
        }
        if !(self.perplexity > 0.0 && self.perplexity < n as f64) {
            let rule = format!("be above 0 and below the number of samples ({n})");
            return Err(Error::parameter("perplexity", rule, self.perplexity));
        }
        if self.method == TsneMethod::Fft && self.n_components != 2 {
            let rule = "be 2 with TsneMethod::Fft";
            return Err(Error::parameter("n_components", rule, self.n_components));
        }
        if !(1..=3).contains(&self.n_components) {
            return Err(Error::parameter(
                "n_components",
                "be 1, 2 or 3",
                self.n_components,
            ));
        }
        if !(self.early_exaggeration >= 1.0 && self.early_exaggeration.is_finite()) {
            let rule = "be a finite number of at least 1";
            return Err(Error::parameter(
                "early_exaggeration",
                rule,
                self.early_exaggeration,
            ));
        }
        if let Some(rate) = self.learning_rate
            && !(rate > 0.0 && rate.is_finite())
        {
            return Err(Error::parameter(
                "learning_rate",
                "be a finite number above 0",
                rate,
            ));
        }
        if self.max_iter < MIN_MAX_ITER {
            let rule = format!("be at least {MIN_MAX_ITER}");
            return Err(Error::parameter("max_iter", rule, self.max_iter));
        }
        if self.min_grad_norm.is_nan() || self.min_grad_norm < 0.0 {
            return Err(Error::parameter(
                "min_grad_norm",
                "be at least 0",
                self.min_grad_norm,
            ));
        }
        if !(0.0..=1.0).contains(&self.angle) {
            return Err(Error::parameter("angle", "be between 0 and 1", self.angle));
        }
        if let TsneInit::Given(given) = &self.init {
            if given.dim() != (n, self.n_components) {
                let rule = format!(
                    "have n_samples×n_components ({n}×{}) values",
                    self.n_components
                );
                let (rows, columns) = given.dim();
                return Err(Error::parameter("init", rule, format!("{rows}×{columns}")));
            }
            if let Some(((row, column), &v)) = given.indexed_iter().find(|(_, v)| !v.is_finite()) {
                return Err(Error::non_finite("init", row, column, f64::from(v)));
            }
        }
        Ok(())
    }
}

/// The sum of q over all ordered pairs, of which there are too many to look at each on large maps.
fn sum_of_q<const D: usize>(y: &Coordinates<D>, repulsion: &mut dyn Repulsion<D>) -> f64 {
    let n = y[0].len();
    let mut forces: Coordinates<D> = std::array::from_fn(|_| vec![0.0; n]);
    if n >= FFT_FROM {
        let z = repulsion.add_up(y, &mut forces);
        // A smaller one is the difference of larger numbers.
        if z > n as f64 {
            return z;
        }
    }
    Exact::new().add_up(y, &mut forces)
}

/// Sorts the points along a Morton curve, so that those that attract one another are near in
/// memory, too; `samples_at` tells which sample is at each position.
fn sort_along_curve<const D: usize>(
    y: &mut Coordinates<D>,
    p: &mut Affinities,
    samples_at: &mut Vec<u32>,
) {
    if samples_at.len() < SORTED_FROM {
        return;
    }
    let order = morton::order(y);
    for axis in y {
        *axis = order.iter().map(|&i| axis[i as usize]).collect();
    }
    *p = std::mem::take(p).reordered(&order);
    *samples_at = order.iter().map(|&i| samples_at[i as usize]).collect();
}

impl TsneModel {
    /// n×`n_components`: where each sample lies on the map.
    pub fn embedding(&self) -> &Array2<f32> {
        &self.embedding
    }

    /// The Kullback–Leibler divergence of the map from the data. Its normalisation is over all pairs; from 12 000
    /// samples on as the method sums them, which is off by some 1e-4 at the default angle.
    pub fn kl_divergence(&self) -> f64 {
        self.kl_divergence
    }

    /// Iterations done.
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// Whether it stopped before `max_iter`, for lack of progress or of a gradient.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// The length of a step, without exaggeration, that was used.
    pub fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    /// (iterations done, divergence) every 50 iterations, before the step of that iteration.
    pub fn history(&self) -> &[(usize, f64)] {
        &self.history
    }
}
