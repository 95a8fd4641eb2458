//! k-means: the k centres that leave the smallest sum of squared distances.
//!
//! **What it finds.** Round clusters of similar extent. It needs their number beforehand, puts
//! every sample into one, and is pulled by outliers. Clusters of odd shape are for
//! [`Dbscan`](crate::Dbscan); of very unequal size for
//! [`AgglomerativeClustering`](crate::AgglomerativeClustering).
//!
//! **Algorithm.** Greedy k-means++ seeding, then Lloyd's iterations by blocked matrix products,
//! `n_init` times; the run of the smallest inertia is kept. In many dimensions most centres are ruled
//! out by bounds from the leading principal axes, in fewer, where there are 64 clusters or more, by bounds from
//! all features, both in whole numbers of 16 bits; few products are made in full. Where centres are few, rows are
//! multiplied where they lie. Rows that moves of centres cannot have brought nearer to another one
//! are not looked at again (Hamerly's one gap a row; Elkan's one a row and centre where these are few).
//! Labels are those of exact arithmetic: near ties are decided again in f64, the lowest index first.
//!
//! **Cost.** Time O(n·k·d) an iteration, of which bounds save most where few axes hold most of the
//! variance; memory, beyond the input, O(n + k·d), and for bounds or gaps an eighth of the input, or half of
//! it where they are from all features, twice that while seeding. Samples of 16 MB and more in many dimensions
//! whose values are all whole multiples of one unit, up to 255 of it, as pixels are, also divided by 255, are
//! kept as bytes besides, a quarter of the input; other samples are not copied.
//!
//! **References.** Lloyd, *Least squares quantization in PCM*, 1982; Arthur and Vassilvitskii,
//! *k-means++*, SODA 2007; Elkan, *Using the triangle inequality to accelerate k-means*, ICML 2003; Hamerly,
//! *Making k-means even faster*, SDM 2010. Semantics of scikit-learn 1.9.

use std::ops::Range;
use std::sync::Mutex;

use ndarray::{Array2, ArrayRef2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::cluster::check_n_clusters;
use crate::distance::{squared_distance, squared_norms};
use crate::input::Samples;
use crate::parallel::BLOCK_ROWS;
use crate::random::Random;
use crate::simd::dispatch;
use crate::{Context, Error, Result};

mod aligned;
pub(crate) mod assign;
mod bounds;
mod bytes;
mod few;
mod few_words;
pub(crate) mod init;
mod kernels;
mod lloyd;
mod panels;
mod partial;
mod partial_init;
mod projection;
mod relocate;
pub(crate) mod spread;
mod tiles;
mod words;

use assign::{NearestCenter, Scratch, row_lengths};
use lloyd::{Problem, Run};
use spread::Spread;

/// Iterations of a run at the most, as in scikit-learn.
pub const DEFAULT_MAX_ITER: usize = 300;
/// Tolerance, relative to the mean variance, as in scikit-learn.
pub const DEFAULT_TOL: f64 = 1e-4;
/// Starts when these are drawn at random, as scikit-learn's `n_init="auto"`.
const AUTO_N_INIT_RANDOM: usize = 10;
/// Data up to this size stays in the cache, so that runs are done side by side.
const SIDE_BY_SIDE_BYTES: usize = 4 << 20;

/// How k-means finds its first centres.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Init {
    /// Greedy k-means++: each next centre far from those before.
    #[default]
    KMeansPlusPlus,
    /// Rows drawn at random.
    Random,
    /// These k×d centres.
    Centers(Array2<f32>),
}

/// The recipe of k-means; see the [module](self) for what it does.
///
/// ```
/// use lookalike_learn::{KMeans, datasets, metrics};
///
/// let digits = datasets::digits();
/// let model = KMeans::new(10).n_init(10).seed(0).fit(&digits.data)?;
/// assert!(model.inertia() < 1_165_300.0);
/// assert_eq!(model.labels(), model.predict(&digits.data)?);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KMeans {
    n_clusters: usize,
    init: Init,
    n_init: Option<usize>,
    max_iter: usize,
    tol: f64,
    seed: u64,
}

/// What k-means found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KMeansModel {
    cluster_centers: Array2<f32>,
    labels: Vec<i32>,
    inertia: f64,
    converged: bool,
    history: Vec<f64>,
}

impl KMeans {
    /// k-means with `n_clusters` clusters, from one k-means++ start with seed 0.
    pub fn new(n_clusters: usize) -> Self {
        Self {
            n_clusters,
            init: Init::default(),
            n_init: None,
            max_iter: DEFAULT_MAX_ITER,
            tol: DEFAULT_TOL,
            seed: 0,
        }
    }

    /// How to find the first centres; default [`Init::KMeansPlusPlus`].
    pub fn init(mut self, init: Init) -> Self {
        self.init = init;
        self
    }

    /// How many starts to make. Default, as scikit-learn's `"auto"`: 10 from
    /// [`Init::Random`], otherwise 1. Given centres are used once, whatever this says.
    pub fn n_init(mut self, n_init: usize) -> Self {
        self.n_init = Some(n_init);
        self
    }

    /// Iterations of a run at the most; default [`DEFAULT_MAX_ITER`].
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// A run ends when the sum of the squared moves of the centres is no more than `tol` times
    /// the mean variance of the columns; default [`DEFAULT_TOL`]. With 0 it ends when no label
    /// changes.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
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
    /// When `x` is empty or not finite, `n_clusters` is 0 or above n, `n_init` or `max_iter` is 0,
    /// `tol` is negative or NaN, or given centres have another shape than `n_clusters`×d.
    pub fn fit(&self, x: &ArrayRef2<f32>) -> Result<KMeansModel> {
        self.fit_with(x, &Context::default())
    }

    /// [`fit`](Self::fit) with threads, progress and cancellation of `context`.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); also when cancelled.
    pub fn fit_with(&self, x: &ArrayRef2<f32>, context: &Context) -> Result<KMeansModel> {
        context.run(|| {
            let x = Samples::of_any_values(x)?;
            let spread = Spread::checked(&x, self.n_clusters)?;
            self.fit_samples(&x, spread, &vec![1.0; x.n_samples()], context)
        })
    }

    /// [`fit_with`](Self::fit_with) where row i counts `sample_weight[i]` times.
    ///
    /// # Errors
    /// As [`fit_with`](Self::fit_with); also when there are not n weights, or one is negative or
    /// not finite, or none is positive.
    pub fn fit_weighted(
        &self,
        x: &ArrayRef2<f32>,
        sample_weight: &[f64],
        context: &Context,
    ) -> Result<KMeansModel> {
        context.run(|| {
            let x = Samples::of_any_values(x)?;
            let spread = Spread::checked(&x, self.n_clusters)?;
            check_weights(sample_weight, x.n_samples())?;
            self.fit_samples(&x, spread, sample_weight, context)
        })
    }

    fn fit_samples(
        &self,
        x: &Samples<'_>,
        spread: Spread,
        weights: &[f64],
        context: &Context,
    ) -> Result<KMeansModel> {
        self.validate(x)?;
        let spread = spread.along_axes(x, self.n_clusters, context)?;
        let problem = Problem::new(x, weights, &spread);
        let tol = self.tol * spread.mean_variance();
        let run = |start: usize| {
            let centers = first_centers(
                &self.init,
                x,
                weights,
                &spread,
                self.n_clusters,
                Random::new(self.seed, start as u64),
                context,
            )?;
            problem.iterate(centers, self.max_iter, tol, context)
        };
        let starts = 0..self.starts();
        let best = if size_of_val(x.values()) <= SIDE_BY_SIDE_BYTES {
            let best = Mutex::new(None);
            starts.into_par_iter().try_for_each(|start| {
                let run = run(start)?;
                let mut best = best
                    .lock()
                    .expect("no thread panics while it holds the lock");
                keep_better(&mut best, start, run);
                Ok(())
            })?;
            best.into_inner()
                .expect("no thread panics while it holds the lock")
        } else {
            let mut best = None;
            for start in starts {
                keep_better(&mut best, start, run(start)?);
            }
            best
        };
        let (_, best) = best.expect("there is at least one start");
        let shape = (self.n_clusters, x.n_features());
        Ok(KMeansModel {
            cluster_centers: Array2::from_shape_vec(shape, best.centers).expect("k×d centres"),
            labels: best.labels,
            inertia: best.inertia,
            converged: best.converged,
            history: best.history,
        })
    }

    fn starts(&self) -> usize {
        match self.init {
            Init::Centers(_) => 1,
            Init::Random => self.n_init.unwrap_or(AUTO_N_INIT_RANDOM),
            Init::KMeansPlusPlus => self.n_init.unwrap_or(1),
        }
    }

    fn validate(&self, x: &Samples<'_>) -> Result<()> {
        check_n_clusters(self.n_clusters, x.n_samples())?;
        check_init(&self.init, self.n_clusters, x.n_features())?;
        check_tol(self.tol)?;
        if self.n_init == Some(0) {
            return Err(Error::parameter("n_init", "be at least 1", 0));
        }
        if self.max_iter == 0 {
            return Err(Error::parameter("max_iter", "be at least 1", 0));
        }
        Ok(())
    }
}

/// Keeps the run of the smaller inertia, of equal ones that of the earlier start.
fn keep_better(best: &mut Option<(usize, Run)>, start: usize, run: Run) {
    let better = best.as_ref().is_none_or(|(best_start, best)| {
        run.inertia
            .total_cmp(&best.inertia)
            .then(start.cmp(best_start))
            .is_lt()
    });
    if better {
        *best = Some((start, run));
    }
}

/// The k×d centres of one start.
pub(crate) fn first_centers(
    init: &Init,
    x: &Samples<'_>,
    weights: &[f64],
    spread: &Spread,
    k: usize,
    random: Random,
    context: &Context,
) -> Result<Vec<f32>> {
    let rows = match init {
        Init::Centers(centers) => return Ok(centers.iter().copied().collect()),
        Init::Random => init::random_rows(weights, k, random),
        Init::KMeansPlusPlus => init::plus_plus(x, weights, spread, k, random, context)?,
    };
    Ok(rows
        .into_iter()
        .flat_map(|i| x.row(i).iter().copied())
        .collect())
}

pub(crate) fn check_init(init: &Init, n_clusters: usize, n_features: usize) -> Result<()> {
    let Init::Centers(centers) = init else {
        return Ok(());
    };
    if centers.dim() != (n_clusters, n_features) {
        let rule = format!("have n_clusters×n_features ({n_clusters}×{n_features}) centers");
        let (rows, columns) = centers.dim();
        return Err(Error::parameter("init", rule, format!("{rows}×{columns}")));
    }
    if let Some(((row, column), value)) = centers.indexed_iter().find(|(_, v)| !v.is_finite()) {
        return Err(Error::non_finite("init", row, column, f64::from(*value)));
    }
    Ok(())
}

pub(crate) fn check_tol(tol: f64) -> Result<()> {
    if !(tol >= 0.0 && tol.is_finite()) {
        return Err(Error::parameter(
            "tol",
            "be a finite number of at least 0",
            tol,
        ));
    }
    Ok(())
}

pub(crate) fn check_weights(weights: &[f64], n_samples: usize) -> Result<()> {
    if weights.len() != n_samples {
        let rule = format!("have one weight for each of the {n_samples} samples");
        return Err(Error::parameter("sample_weight", rule, weights.len()));
    }
    if let Some((i, w)) = weights
        .iter()
        .enumerate()
        .find(|(_, w)| !(w.is_finite() && **w >= 0.0))
    {
        let value = format!("{w} for sample {i}");
        return Err(Error::parameter(
            "sample_weight",
            "be finite and not negative",
            value,
        ));
    }
    if weights.iter().all(|&w| w == 0.0) {
        let rule = "be positive for at least one sample";
        return Err(Error::parameter("sample_weight", rule, "only zeros"));
    }
    Ok(())
}

/// The index of the centre nearest to each row of `x`.
pub(crate) fn nearest_centers(x: &Samples<'_>, centers: &Array2<f32>) -> Vec<i32> {
    assign_blocks(x, None, centers, |_, _, _, _| ()).0
}

/// The index of the centre nearest to each of some `rows` of `x`, or of all, and the weighted sum of the
/// squared distances to them; there is a weight for each of these rows.
pub(crate) fn labels_and_inertia(
    x: &Samples<'_>,
    rows: Option<&[usize]>,
    weights: &[f64],
    centers: &Array2<f32>,
) -> (Vec<i32>, f64) {
    let (labels, inertias) = assign_blocks(x, rows, centers, |centers, places, rows, labels| {
        inertia_of(x, rows, &weights[places], centers, labels)
    });
    (labels, inertias.into_iter().sum())
}

/// Rows of a block that stays in the cache until all that is to be done with it is done.
fn block_rows(n_features: usize) -> usize {
    const BYTES: usize = 512 << 10;
    const LEAST: usize = 64;
    (BYTES / (size_of::<f32>() * n_features)).clamp(LEAST, BLOCK_ROWS)
}

/// The index of the centre nearest to each of some `rows` of `x`, or of all, and what `then` makes of the
/// centres, the places of a block among these rows, the rows of the block and their indices.
fn assign_blocks<T: Send>(
    x: &Samples<'_>,
    rows: Option<&[usize]>,
    centers: &Array2<f32>,
    then: impl Fn(&[f32], Range<usize>, &[usize], &[i32]) -> T + Sync,
) -> (Vec<i32>, Vec<T>) {
    let centers = centers.as_standard_layout();
    let centers = centers.as_slice().expect("standard layout");
    let nearest = NearestCenter::new(centers, x.n_features());
    let mut labels = vec![0; rows.map_or(x.n_samples(), <[usize]>::len)];
    let size = block_rows(x.n_features());
    let results = labels.par_chunks_mut(size).enumerate().map_init(
        Scratch::default,
        |scratch, (b, labels)| {
            let places = b * size..b * size + labels.len();
            let rows = match rows {
                Some(rows) => rows[places.clone()].to_vec(),
                None => places.clone().collect(),
            };
            let lengths = row_lengths(&squared_norms(rows.iter().map(|&i| x.row(i))));
            nearest.assign(x, &rows, &lengths, labels, scratch);
            then(centers, places, &rows, labels)
        },
    );
    let results = results.collect();
    (labels, results)
}

/// The weighted sum of the squared distances of some rows to their `centers` (k×d, row by row).
fn inertia_of(
    x: &Samples<'_>,
    rows: &[usize],
    weights: &[f64],
    centers: &[f32],
    labels: &[i32],
) -> f64 {
    let d = x.n_features();
    let mut sum = 0.0;
    dispatch(
        #[inline(always)]
        || {
            for ((&i, weight), &label) in rows.iter().zip(weights).zip(labels) {
                let center = &centers[label as usize * d..][..d];
                sum += weight * squared_distance(x.row(i), center);
            }
        },
    );
    sum
}

/// The n×k distances of the rows of `x` to the centres.
pub(crate) fn distances_to_centers(x: &Samples<'_>, centers: &Array2<f32>) -> Array2<f32> {
    let (n, k) = (x.n_samples(), centers.nrows());
    let centers = centers.as_standard_layout();
    let mut distances = vec![0.0f32; n * k];
    distances
        .par_chunks_mut(k)
        .enumerate()
        .for_each(|(i, distances)| {
            for (distance, center) in distances.iter_mut().zip(centers.rows()) {
                let center = center.to_slice().expect("standard layout");
                *distance = squared_distance(x.row(i), center).sqrt() as f32;
            }
        });
    Array2::from_shape_vec((n, k), distances).expect("n×k distances")
}

impl KMeansModel {
    /// A model of centres (k×d) that are known already: it predicts, but was fitted to no samples and
    /// has no labels.
    ///
    /// # Errors
    /// When there is no centre, or one is not finite.
    pub fn from_centers(cluster_centers: Array2<f32>) -> Result<Self> {
        Samples::new(&cluster_centers)?;
        Ok(Self {
            cluster_centers,
            labels: Vec::new(),
            inertia: 0.0,
            converged: false,
            history: Vec::new(),
        })
    }

    /// k×d: the mean of each cluster.
    pub fn cluster_centers(&self) -> &Array2<f32> {
        &self.cluster_centers
    }

    /// The cluster of each sample, 0 to k − 1: what [`predict`](Self::predict) says of it.
    pub fn labels(&self) -> &[i32] {
        &self.labels
    }

    /// The sum of the squared distances of the samples to their centres, weighted.
    pub fn inertia(&self) -> f64 {
        self.inertia
    }

    /// Iterations of the best run.
    pub fn n_iter(&self) -> usize {
        self.history.len()
    }

    /// Whether the best run ended before `max_iter`.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// The inertia after each assignment of the best run, before the centres moved.
    pub fn history(&self) -> &[f64] {
        &self.history
    }

    /// The nearest centre of each row of `x` (n×d), the lowest index where several are.
    ///
    /// # Errors
    /// When `x` is empty, not finite, or has not d columns.
    pub fn predict(&self, x: &ArrayRef2<f32>) -> Result<Vec<i32>> {
        self.predict_with(x, &Context::default())
    }

    /// [`predict`](Self::predict) with the threads of `context`.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn predict_with(&self, x: &ArrayRef2<f32>, context: &Context) -> Result<Vec<i32>> {
        context.run(|| {
            let x = Samples::with_features(x, self.cluster_centers.ncols())?;
            Ok(nearest_centers(&x, &self.cluster_centers))
        })
    }

    /// n×k: the distance of each row of `x` to each centre.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn transform(&self, x: &ArrayRef2<f32>) -> Result<Array2<f32>> {
        self.transform_with(x, &Context::default())
    }

    /// [`transform`](Self::transform) with the threads of `context`.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn transform_with(&self, x: &ArrayRef2<f32>, context: &Context) -> Result<Array2<f32>> {
        context.run(|| {
            let x = Samples::with_features(x, self.cluster_centers.ncols())?;
            Ok(distances_to_centers(&x, &self.cluster_centers))
        })
    }

    /// The nearest centre of each row of `x` (n×d), and the sum of the squared distances to them, of
    /// which row i counts `sample_weight[i]` times.
    ///
    /// # Errors
    /// As [`predict`](Self::predict); also when there are not n weights, or one is negative or not
    /// finite, or none is positive.
    pub fn inertia_of(
        &self,
        x: &ArrayRef2<f32>,
        sample_weight: Option<&[f64]>,
        context: &Context,
    ) -> Result<(Vec<i32>, f64)> {
        context.run(|| {
            let x = Samples::with_features(x, self.cluster_centers.ncols())?;
            let units = vec![1.0; x.n_samples()];
            let weights = sample_weight.unwrap_or(&units);
            check_weights(weights, x.n_samples())?;
            Ok(labels_and_inertia(&x, None, weights, &self.cluster_centers))
        })
    }
}
