//! k-means of pixels: very many samples of few features, in memory or not.
//!
//! **What it finds.** What [`KMeans`](crate::KMeans) finds: the k centres that leave the smallest
//! sum of squared distances. It is for samples that need not fit in memory ([`PixelBlocks`]), for
//! whole numbers of 8 or 16 bits as they are stored, and for distinct colours that count many times
//! each ([`MemoryBlocks`] with weights).
//!
//! **Algorithm.** Up to 2¹⁶ pixels: greedy k-means++ and Lloyd's iterations, `n_init` times, the run
//! of the smallest inertia is kept. Of more pixels, 2¹⁶ (or 256 a cluster) are drawn evenly for this
//! search, and its best centres are where Lloyd's iterations over all pixels begin. Pixels side by
//! side are compared only with centres that may be nearest to one of them; where that is only one,
//! they are not looked at again, for their sums are kept. Labels are those of exact
//! arithmetic: near ties are decided again in f64, the lowest index first. Sums of whole numbers are
//! exact, so that the result does not even depend on how pixels are cut into blocks.
//!
//! **Cost.** Time O(n·k·d) a pass at the most; beyond the pixels, memory O(k·d + n·d/256).
//!
//! **References.** Lloyd, *Least squares quantization in PCM*, 1982; Arthur and Vassilvitskii,
//! *k-means++*, SODA 2007; Celebi, *Improving the performance of k-means for color quantization*,
//! 2011, for distinct colours with weights; Kanungo et al., *An efficient k-means clustering
//! algorithm*, 2002, for leaving centres out. Semantics of `tol`, of empty clusters and of `n_init`
//! are scikit-learn's.

mod assign;
mod blocks;
mod distinct;
mod filter;
mod lloyd;
mod outline;
mod relocate;
mod seed;
mod sums;

use ndarray::Array2;
use rayon::prelude::*;

use crate::cluster::kmeans::{DEFAULT_MAX_ITER, DEFAULT_TOL, check_tol};
use crate::random::Random;
use crate::{Context, Error, Result};

use assign::{CHUNK, Chunk, Compared, Nearest};
use lloyd::{Problem, Run};
use seed::{Rows, draw};

pub use blocks::{Columns, MemoryBlocks, Moments, PixelBlocks, PixelValue};
pub use distinct::distinct;
pub use seed::sample;

/// Clusters at the most: labels have 16 bits.
pub const MAX_CLUSTERS: usize = 65_535;
/// Up to this many pixels, or this many a cluster, all take part in the search; of more, so many.
const SEARCH_PIXELS: usize = 1 << 16;
const SEARCH_PIXELS_PER_CLUSTER: usize = 256;
/// Pixels that k-means++ chooses from, or this many a cluster.
const SEED_PIXELS: usize = 1 << 15;
const SEED_PIXELS_PER_CLUSTER: usize = 32;
/// What `tol` is multiplied by after a search: its centres are so near their places that the first
/// step would be below `tol`, though many of them are still to come.
const TOL_AFTER_SEARCH: f64 = 0.01;

/// Streams of random numbers that are not those of a start.
const SEARCH_STREAM: u64 = u64::MAX;
const SEED_STREAM: u64 = u64::MAX - 1;

/// The recipe of k-means of pixels; see the [module](self) for what it does.
///
/// ```
/// use lookalike_learn::pixel_kmeans::{MemoryBlocks, PixelKMeans};
///
/// let (red, green): (Vec<u8>, Vec<u8>) = (vec![9, 10, 11, 200, 201], vec![90, 91, 92, 9, 8]);
/// let pixels = MemoryBlocks::new(&[&red, &green], None)?;
/// let model = PixelKMeans::new(2).seed(0).fit(&pixels)?;
/// let mut centers: Vec<f64> = model.centers().column(0).to_vec();
/// centers.sort_by(f64::total_cmp);
/// assert_eq!(centers, [10.0, 200.5]);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PixelKMeans {
    n_clusters: usize,
    init: Option<Array2<f64>>,
    n_init: usize,
    max_iter: usize,
    tol: f64,
    seed: u64,
    feature_weights: Option<Vec<f64>>,
    sample: Option<usize>,
}

/// What k-means of pixels found.
#[derive(Debug, Clone, PartialEq)]
pub struct PixelKMeansModel {
    centers: Array2<f64>,
    feature_weights: Vec<f64>,
    sizes: Vec<f64>,
    inertia: f64,
    n_iter: usize,
    converged: bool,
    n_fitted: u64,
}

impl PixelKMeans {
    /// k-means with `n_clusters` clusters, from one k-means++ start with seed 0.
    pub fn new(n_clusters: usize) -> Self {
        Self {
            n_clusters,
            init: None,
            n_init: 1,
            max_iter: DEFAULT_MAX_ITER,
            tol: DEFAULT_TOL,
            seed: 0,
            feature_weights: None,
            sample: None,
        }
    }

    /// Starts once, from these k×d centres, and with all pixels at once. Default: k-means++.
    pub fn init_centers(mut self, centers: Array2<f64>) -> Self {
        self.init = Some(centers);
        self
    }

    /// How many starts to make; default 1.
    pub fn n_init(mut self, n_init: usize) -> Self {
        self.n_init = n_init;
        self
    }

    /// Passes over all pixels at the most; default
    /// [`DEFAULT_MAX_ITER`].
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// A run ends when the sum of the squared moves of the centres is no more than `tol` times
    /// the mean variance of the features; default
    /// [`DEFAULT_TOL`]. With 0 it ends when nothing moves. Iterations over all pixels after a search
    /// on a part of them end at a hundredth of it.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// Which random numbers to draw; default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// What the square of a difference in each feature is multiplied by; default 1 for all.
    ///
    /// Features divided by s before plain k-means are features of weight 1/s².
    pub fn feature_weights(mut self, weights: Vec<f64>) -> Self {
        self.feature_weights = Some(weights);
        self
    }

    /// Fits on no more than `n_pixels`, drawn evenly, instead of all.
    pub fn sample(mut self, n_pixels: usize) -> Self {
        self.sample = Some(n_pixels);
        self
    }

    /// Clusters the pixels of `blocks`.
    ///
    /// Where there are fewer distinct pixels than clusters, so are there clusters in the model.
    ///
    /// # Errors
    /// When there are no pixels, a value is not finite, `n_clusters` is 0 or above
    /// [`MAX_CLUSTERS`], `n_init`, `max_iter` or `sample` is 0, `tol` is negative or NaN, given
    /// centres have another shape than `n_clusters`×d, or feature weights are not d, negative or
    /// not finite.
    pub fn fit<B: PixelBlocks>(&self, blocks: &B) -> Result<PixelKMeansModel> {
        self.fit_with(blocks, &Context::default())
    }

    /// [`fit`](Self::fit) with threads, progress and cancellation of `context`.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); also when cancelled, or a block cannot be read.
    pub fn fit_with<B: PixelBlocks>(
        &self,
        blocks: &B,
        context: &Context,
    ) -> Result<PixelKMeansModel> {
        context.run(|| {
            let weights = self.validate(blocks.moments())?;
            let n_pixels = blocks.moments().n_pixels as usize;
            match self.sample {
                Some(sample) if sample < n_pixels => {
                    let sample = seed::sample(blocks, sample, self.seed, context)?;
                    self.fit_all(&sample, weights, context)
                }
                _ => self.fit_all(blocks, weights, context),
            }
        })
    }

    fn fit_all<B: PixelBlocks>(
        &self,
        blocks: &B,
        weights: Vec<f64>,
        context: &Context,
    ) -> Result<PixelKMeansModel> {
        let moments = blocks.moments();
        let n_pixels = moments.n_pixels as usize;
        let problem = Problem::new(blocks, &weights, context, true);
        let tol = self.scaled_tol(moments, &weights);
        let n_searched = SEARCH_PIXELS.max(SEARCH_PIXELS_PER_CLUSTER * self.n_clusters);
        let run = if let Some(init) = &self.init {
            problem.iterate(init.iter().copied().collect(), self.max_iter, tol)?
        } else if n_pixels <= n_searched {
            self.search(blocks, &weights, context)?
        } else {
            let stream = Random::new(self.seed, SEARCH_STREAM);
            let sample = draw(blocks, n_searched, stream, context)?;
            let best = self.search(&sample, &weights, context)?;
            problem.iterate(best.centers, self.max_iter, TOL_AFTER_SEARCH * tol)?
        };
        Ok(PixelKMeansModel::new(&run, weights, moments.n_pixels))
    }

    /// The best of all starts on `blocks`, of which only cancellation is told.
    fn search<B: PixelBlocks>(
        &self,
        blocks: &B,
        weights: &[f64],
        context: &Context,
    ) -> Result<Run> {
        let count = SEED_PIXELS.max(SEED_PIXELS_PER_CLUSTER * self.n_clusters);
        let rows = if (blocks.moments().n_pixels as usize) <= count {
            Rows::of(blocks, weights)?
        } else {
            let stream = Random::new(self.seed, SEED_STREAM);
            Rows::of(&draw(blocks, count, stream, context)?, weights)?
        };
        let problem = Problem::new(blocks, weights, context, false);
        let tol = self.scaled_tol(blocks.moments(), weights);
        let runs: Vec<Run> = (0..self.n_init)
            .into_par_iter()
            .map(|start| {
                let random = Random::new(self.seed, start as u64);
                let centers = rows.centers(self.n_clusters, random, context)?;
                problem.iterate(centers, self.max_iter, tol)
            })
            .collect::<Result<_>>()?;
        let best = runs.into_iter().reduce(|best, run| {
            if run.inertia < best.inertia {
                run
            } else {
                best
            }
        });
        Ok(best.expect("there is at least one start"))
    }

    fn scaled_tol(&self, moments: &Moments, weights: &[f64]) -> f64 {
        let variances = weights
            .iter()
            .enumerate()
            .map(|(j, w)| w * moments.variance(j));
        self.tol * variances.sum::<f64>() / weights.len() as f64
    }

    /// The weights of the features.
    fn validate(&self, moments: &Moments) -> Result<Vec<f64>> {
        let d = moments.n_features();
        if moments.n_pixels == 0 || d == 0 {
            return Err(Error::input(format!(
                "pixels must have at least one row (pixel) and one column (feature), got {} rows \
                 and {d} columns",
                moments.n_pixels
            )));
        }
        check_n_clusters(self.n_clusters)?;
        for (name, value) in [
            ("n_init", self.n_init),
            ("max_iter", self.max_iter),
            ("sample", self.sample.unwrap_or(1)),
        ] {
            if value == 0 {
                return Err(Error::parameter(name, "be at least 1", 0));
            }
        }
        check_tol(self.tol)?;
        if let Some(init) = &self.init {
            check_centers(init, self.n_clusters, d)?;
        }
        match &self.feature_weights {
            Some(weights) => {
                check_feature_weights(weights, d)?;
                Ok(weights.clone())
            }
            None => Ok(vec![1.0; d]),
        }
    }
}

fn check_n_clusters(n_clusters: usize) -> Result<()> {
    if n_clusters == 0 || n_clusters > MAX_CLUSTERS {
        let rule = format!("be between 1 and {MAX_CLUSTERS}");
        return Err(Error::parameter("n_clusters", rule, n_clusters));
    }
    Ok(())
}

fn check_centers(centers: &Array2<f64>, n_clusters: usize, n_features: usize) -> Result<()> {
    let (rows, columns) = centers.dim();
    if (rows, columns) != (n_clusters, n_features) {
        let rule = format!("have n_clusters×n_features ({n_clusters}×{n_features}) centers");
        return Err(Error::parameter("init", rule, format!("{rows}×{columns}")));
    }
    if let Some(((row, column), &value)) = centers.indexed_iter().find(|(_, v)| !v.is_finite()) {
        return Err(Error::non_finite("init", row, column, value));
    }
    Ok(())
}

fn check_feature_weights(weights: &[f64], n_features: usize) -> Result<()> {
    if weights.len() != n_features {
        let rule = format!("be one for each of the {n_features} features");
        return Err(Error::parameter("feature_weights", rule, weights.len()));
    }
    if let Some((j, w)) = weights
        .iter()
        .enumerate()
        .find(|(_, w)| !(w.is_finite() && **w >= 0.0))
    {
        let value = format!("{w} for feature {j}");
        return Err(Error::parameter(
            "feature_weights",
            "be finite and not negative",
            value,
        ));
    }
    Ok(())
}

impl PixelKMeansModel {
    fn new(run: &Run, feature_weights: Vec<f64>, n_fitted: u64) -> Self {
        let d = feature_weights.len();
        let kept = || (0..run.sizes.len()).filter(|&c| run.sizes[c] > 0.0);
        let centers: Vec<f64> = kept()
            .flat_map(|c| run.centers[c * d..(c + 1) * d].iter().copied())
            .collect();
        Self {
            centers: Array2::from_shape_vec((kept().count(), d), centers).expect("k×d centres"),
            feature_weights,
            sizes: kept().map(|c| run.sizes[c]).collect(),
            inertia: run.inertia,
            n_iter: run.n_iter,
            converged: run.converged,
            n_fitted,
        }
    }

    /// k×d: the mean of each cluster. Fewer than asked for where there are fewer distinct pixels.
    pub fn centers(&self) -> &Array2<f64> {
        &self.centers
    }

    /// What the square of a difference in each feature is multiplied by.
    pub fn feature_weights(&self) -> &[f64] {
        &self.feature_weights
    }

    /// How many of the pixels that it was fitted on, weighted, are nearest to each centre.
    pub fn sizes(&self) -> &[f64] {
        &self.sizes
    }

    /// The sum of the squared distances of the pixels to their centres, weighted.
    pub fn inertia(&self) -> f64 {
        self.inertia
    }

    /// Iterations over all pixels, those of the search on a part of them not counted.
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// Whether the iterations ended before `max_iter`.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// How many pixels it was fitted on: all, or those of the sample.
    pub fn n_fitted(&self) -> u64 {
        self.n_fitted
    }

    /// Makes ready to label pixels within the extent of `moments`.
    ///
    /// # Errors
    /// When `moments` have another number of features.
    pub fn classifier(&self, moments: &Moments) -> Result<PixelClassifier> {
        PixelClassifier::new(&self.centers, &self.feature_weights, moments)
    }
}

/// Finds the centre nearest to each pixel, by the kernel that fits the model.
#[derive(Debug, Clone)]
pub struct PixelClassifier(Nearest);

impl PixelClassifier {
    /// For k×d `centers`, d weights of the features, and pixels within the extent of `moments`.
    ///
    /// # Errors
    /// When there are no centres or more than [`MAX_CLUSTERS`], one is not finite, or `centers`,
    /// `feature_weights` and `moments` have not the same number of features.
    pub fn new(centers: &Array2<f64>, feature_weights: &[f64], moments: &Moments) -> Result<Self> {
        check_n_clusters(centers.nrows())?;
        check_centers(centers, centers.nrows(), moments.n_features())?;
        check_feature_weights(feature_weights, moments.n_features())?;
        let centers: Vec<f64> = centers.iter().copied().collect();
        Ok(Self(Nearest::new(&centers, feature_weights, moments)))
    }

    /// The index of the nearest centre of each pixel of `blocks`.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn labels<B: PixelBlocks>(&self, blocks: &B) -> Result<Vec<u16>> {
        let n_blocks = blocks.n_blocks();
        let mut labels = vec![0; blocks.start(n_blocks)];
        let mut rest = &mut labels[..];
        let mut of_blocks = Vec::with_capacity(n_blocks);
        for block in 0..n_blocks {
            let n_pixels = blocks.start(block + 1) - blocks.start(block);
            of_blocks.push(rest.split_off_mut(..n_pixels).unwrap_or_default());
        }
        of_blocks.into_par_iter().enumerate().try_for_each_init(
            Vec::new,
            |buffer, (block, labels)| {
                self.classify(blocks.read(block, buffer)?, labels, None);
                Ok(())
            },
        )?;
        Ok(labels)
    }

    /// Writes the index of the nearest centre of each pixel to `labels`, the lowest where several
    /// are; and, if asked for, to `margins` how much nearer it is than the second nearest: 1 − a/b
    /// of the two distances a and b, 0 on the border and 1 at the centre. Where there is but one
    /// centre, margins are 1.
    ///
    /// # Panics
    /// When `labels` or `margins` have not one place a pixel.
    pub fn classify<V: PixelValue>(
        &self,
        columns: Columns<'_, V>,
        labels: &mut [u16],
        mut margins: Option<&mut [f32]>,
    ) {
        assert_eq!(labels.len(), columns.n_pixels, "one label a pixel");
        let compared = if margins.is_some() {
            Compared::All
        } else {
            Compared::MayBeNearest
        };
        let mut chunk = Chunk::new(self.0.n_features());
        for (c, labels) in labels.chunks_mut(CHUNK).enumerate() {
            let start = c * CHUNK;
            self.0
                .assign(columns, start, labels.len(), compared, &mut chunk);
            for (label, &found) in labels.iter_mut().zip(&chunk.labels) {
                *label = found as u16;
            }
            if let Some(margins) = &mut margins {
                let margins = &mut margins[start..start + labels.len()];
                for (i, margin) in margins.iter_mut().enumerate() {
                    let (best, second) = self.0.best_two_distances(&chunk, i);
                    let ratio = if second > 0.0 {
                        (best / second).sqrt()
                    } else {
                        1.0
                    };
                    *margin = (1.0 - ratio).max(0.0) as f32;
                }
            }
        }
    }
}
