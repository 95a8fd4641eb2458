//! Clusters as dense regions: DBSCAN.

mod blocks;
mod grid;
mod matrix;
mod pairs;
mod tree;

use ndarray::ArrayRef2;
use serde::{Deserialize, Serialize};

use self::blocks::Blocks;
use self::grid::Grid;
use self::matrix::Matrix;
use self::tree::Tree;
use super::union_find::UnionFind;
use crate::input::Samples;
use crate::neighbors::TREE_FEATURES;
use crate::{Context, Error, Result};

/// The label of samples that belong to no cluster.
pub(crate) const NOISE: i32 = -1;

const DEFAULT_EPS: f64 = 0.5;
const DEFAULT_MIN_SAMPLES: usize = 5;

/// With more, whole nodes of a tree are counted faster than the points of a grid's cells.
const MAX_IN_GRID: usize = 256;

/// DBSCAN: clusters are what dense regions connect, the rest is noise.
///
/// A *core sample* has at least `min_samples` samples, itself included, within the distance `eps`.
/// Core samples within `eps` of each other share a cluster; other samples within `eps` of a core
/// sample are on the border of its cluster; all others are noise, label −1. There is no number of
/// clusters to choose, but `eps` has to suit the density of the data.
///
/// Ester, Kriegel, Sander, Xu: *A density-based algorithm for discovering clusters in large spatial
/// databases with noise*, KDD 1996. Labels are those of scikit-learn, number by number: clusters
/// are numbered by their first core sample, and a sample on two borders goes to the cluster with
/// the lower number. Distances are Euclidean and are compared with `eps` in f64.
///
/// Time is O(n log n) in up to 8 dimensions for a sensible `eps` (by a grid in 2 and 3, a k-d tree in others), in
/// O(n·d) memory: neighbours are not kept. Above, all pairs are compared by matrix products, once where those within
/// `eps` are few enough to be kept (some 64 a sample, 8 bytes each), otherwise twice.
///
/// ```
/// use lookalike_learn::cluster::Dbscan;
/// use ndarray::array;
///
/// let x = array![[1.0, 2.0], [2.0, 2.0], [2.0, 3.0], [8.0, 7.0], [8.0, 8.0], [25.0, 80.0]];
/// let model = Dbscan::new().eps(3.0).min_samples(2).fit(&x)?;
/// assert_eq!(model.labels(), [0, 0, 0, 1, 1, -1]);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Dbscan {
    eps: f64,
    min_samples: usize,
}

impl Default for Dbscan {
    fn default() -> Self {
        Self::new()
    }
}

impl Dbscan {
    /// `eps` 0.5 and `min_samples` 5, as in scikit-learn.
    pub fn new() -> Self {
        Self {
            eps: DEFAULT_EPS,
            min_samples: DEFAULT_MIN_SAMPLES,
        }
    }

    /// The distance within which samples are neighbours, in units of the data. Default 0.5.
    pub fn eps(mut self, eps: f64) -> Self {
        self.eps = eps;
        self
    }

    /// How many neighbours, itself included, make a sample a core sample. Default 5.
    pub fn min_samples(mut self, min_samples: usize) -> Self {
        self.min_samples = min_samples;
        self
    }

    fn validate(&self) -> Result<()> {
        if !(self.eps > 0.0 && self.eps.is_finite()) {
            let rule = "be finite and greater than 0";
            return Err(Error::parameter("eps", rule, self.eps));
        }
        if self.min_samples == 0 {
            return Err(Error::parameter("min_samples", "be at least 1", 0));
        }
        Ok(())
    }

    /// Clusters the rows of `x` (samples × features).
    ///
    /// # Errors
    /// When `eps` is not greater than 0 or `min_samples` is 0, and when `x` is empty or not finite.
    pub fn fit(&self, x: &ArrayRef2<f32>) -> Result<DbscanModel> {
        self.fit_with(x, &Context::default())
    }

    /// As [`fit`](Self::fit), with the threads and the cancellation of `context`.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and when the caller cancels.
    pub fn fit_with(&self, x: &ArrayRef2<f32>, context: &Context) -> Result<DbscanModel> {
        self.validate()?;
        context.run(|| {
            let samples = Samples::new(x)?;
            samples.check_indices()?;
            let squared_eps = self.eps * self.eps;
            let min_samples = self.min_samples;
            let in_grid = match samples.n_features() {
                _ if min_samples > MAX_IN_GRID => None,
                2 => Grid::<2>::new(&samples, squared_eps, context)
                    .map(|grid| cluster(&grid, &grid.find_core(min_samples)?)),
                3 => Grid::<3>::new(&samples, squared_eps, context)
                    .map(|grid| cluster(&grid, &grid.find_core(min_samples)?)),
                _ => None,
            };
            in_grid.unwrap_or_else(|| {
                if samples.n_features() <= TREE_FEATURES {
                    let tree = Tree::new(&samples, squared_eps, context);
                    cluster(&tree, &tree.find_core(min_samples)?)
                } else {
                    let blocks = Blocks::new(&samples, squared_eps, context);
                    match blocks.pairs()? {
                        Some(pairs) => cluster(&pairs, &pairs.find_core(min_samples)?),
                        None => cluster(&blocks, &blocks.find_core(min_samples)?),
                    }
                }
            })
        })
    }

    /// [`fit_with`](Self::fit_with) where row i counts as `sample_weight[i]` samples: a core sample has
    /// a weight of at least `min_samples` within `eps`. A negative weight keeps its neighbours from
    /// being core samples.
    ///
    /// # Errors
    /// As [`fit_with`](Self::fit_with); also when there are not n weights, or one is not finite.
    pub fn fit_weighted(
        &self,
        x: &ArrayRef2<f32>,
        sample_weight: &[f64],
        context: &Context,
    ) -> Result<DbscanModel> {
        self.validate()?;
        context.run(|| {
            let samples = Samples::new(x)?;
            samples.check_indices()?;
            check_weights(sample_weight, samples.n_samples())?;
            let squared_eps = self.eps * self.eps;
            let min_weight = self.min_samples as f64;
            if samples.n_features() <= TREE_FEATURES {
                let tree = Tree::new(&samples, squared_eps, context);
                cluster(&tree, &tree.find_heavy(sample_weight, min_weight)?)
            } else {
                let blocks = Blocks::new(&samples, squared_eps, context);
                cluster(&blocks, &blocks.find_heavy(sample_weight, min_weight)?)
            }
        })
    }

    /// Clusters n samples of which only the distances are known: n×n, symmetric, zero from each sample
    /// to itself. Without weights each sample counts once, else as in [`fit_weighted`](Self::fit_weighted).
    ///
    /// # Errors
    /// As [`fit_weighted`](Self::fit_weighted); also when the matrix is not square or a distance is
    /// negative or not finite.
    pub fn fit_precomputed(
        &self,
        distances: &ArrayRef2<f64>,
        sample_weight: Option<&[f64]>,
        context: &Context,
    ) -> Result<DbscanModel> {
        self.validate()?;
        context.run(|| {
            let matrix = Matrix::new(distances, self.eps, context)?;
            let core = match sample_weight {
                None => matrix.find_core(self.min_samples)?,
                Some(weights) => {
                    check_weights(weights, distances.nrows())?;
                    matrix.find_heavy(weights, self.min_samples as f64)?
                }
            };
            cluster(&matrix, &core)
        })
    }
}

fn check_weights(weights: &[f64], n_samples: usize) -> Result<()> {
    if weights.len() != n_samples {
        let rule = format!("have one weight for each of the {n_samples} samples");
        return Err(Error::parameter("sample_weight", rule, weights.len()));
    }
    match weights.iter().position(|weight| !weight.is_finite()) {
        None => Ok(()),
        Some(i) => {
            let value = format!("{} for sample {i}", weights[i]);
            Err(Error::parameter("sample_weight", "be finite", value))
        }
    }
}

/// What DBSCAN asks about the neighbourhoods of points, which have positions from 0 on.
trait Neighborhoods {
    /// Which row of the samples is at each position.
    fn rows(&self) -> Vec<u32>;

    /// Whether each point has at least `min_samples` points within reach, itself included.
    fn find_core(&self, min_samples: usize) -> Result<Vec<bool>>;

    /// Unites all core points that are within reach of each other.
    fn unite_core(&self, core: &[bool], sets: &UnionFind) -> Result<()>;

    /// Gives each point that is not core the least label of the core points within its reach.
    ///
    /// `labels` holds those of the core points, and noise elsewhere.
    fn label_border(&self, core: &[bool], labels: &mut [i32]) -> Result<()>;
}

/// Clusters points of which these are `core`.
fn cluster(neighborhoods: &impl Neighborhoods, core: &[bool]) -> Result<DbscanModel> {
    let n = core.len();
    let rows = neighborhoods.rows();
    let mut positions = vec![0; n];
    for (position, &row) in rows.iter().enumerate() {
        positions[row as usize] = position;
    }

    let sets = UnionFind::new(n);
    neighborhoods.unite_core(core, &sets)?;
    let mut labels = vec![NOISE; n];
    let mut n_clusters = 0;
    let mut core_sample_indices = Vec::new();
    // The representative of a set is a core point too, and carries the number of its cluster.
    for (row, &position) in positions.iter().enumerate() {
        if core[position] {
            let representative = sets.find(position);
            if labels[representative] == NOISE {
                labels[representative] = n_clusters;
                n_clusters += 1;
            }
            labels[position] = labels[representative];
            core_sample_indices.push(row as u32);
        }
    }
    neighborhoods.label_border(core, &mut labels)?;
    Ok(DbscanModel {
        labels: positions.iter().map(|&position| labels[position]).collect(),
        core_sample_indices,
        n_clusters: n_clusters as usize,
    })
}

/// Neighbourhoods that can be weighed.
trait WeightedNeighborhoods: Neighborhoods {
    /// Whether the points within reach of each, itself included, weigh at least `min_weight` together.
    /// `weights` are those of the rows.
    fn find_heavy(&self, weights: &[f64], min_weight: f64) -> Result<Vec<bool>>;
}

/// What [`Dbscan`] found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbscanModel {
    labels: Vec<i32>,
    core_sample_indices: Vec<u32>,
    n_clusters: usize,
}

impl DbscanModel {
    /// The cluster of each sample, from 0; −1 for noise.
    pub fn labels(&self) -> &[i32] {
        &self.labels
    }

    /// The rows of the core samples, ascending.
    pub fn core_sample_indices(&self) -> &[u32] {
        &self.core_sample_indices
    }

    /// How many clusters there are, noise not counted.
    pub fn n_clusters(&self) -> usize {
        self.n_clusters
    }

    /// How many samples are noise.
    pub fn n_noise(&self) -> usize {
        self.labels.iter().filter(|&&label| label == NOISE).count()
    }
}
