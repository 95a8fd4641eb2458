//! Agglomerative clustering: clusters that merge until one is left.

mod condensed;
mod dendrogram;
mod nn_chain;
mod single;
mod ward;

use ndarray::ArrayRef2;
use serde::{Deserialize, Serialize};

use self::condensed::Condensed;
pub use self::dendrogram::{Dendrogram, Merge};
use self::nn_chain::nn_chain;
use crate::cluster::check_n_clusters;
use crate::input::{Samples, check_distances};
use crate::{Context, Error, Result};

/// Memory that the distance matrix may take: 8 GiB.
const DEFAULT_MEMORY_LIMIT: u64 = 8 << 30;

/// Fewer samples merge as fast by a matrix of distances.
const MIN_ROUNDS: usize = 1024;

/// The distance between two clusters: the two at the least distance merge next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Linkage {
    /// By how much the merge raises the sum of squared distances to the centres; as a height, the
    /// square root of twice that. Compact clusters of similar size.
    #[default]
    Ward,
    /// The largest distance between a sample of one and a sample of the other.
    Complete,
    /// The mean distance between a sample of one and a sample of the other.
    Average,
    /// The least distance between a sample of one and a sample of the other: clusters of any
    /// shape, which noise between them joins.
    Single,
}

/// How many clusters the tree is cut into.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cut {
    Clusters(usize),
    Height(f64),
}

/// Agglomerative clustering: every sample begins as a cluster, and the two nearest clusters merge,
/// again and again.
///
/// The tree of merges is that of SciPy, ties included, and labels are those of scikit-learn. Of 1024 samples and
/// more, Ward may have merges of exactly the same height, of pairs apart from one another, in another order.
///
/// Complete and average linkage follow the nearest-neighbour chain (Murtagh, *A survey of recent advances in
/// hierarchical clustering algorithms*, 1983) on a matrix of distances that takes 4·n² bytes, in O(n²) time.
/// Single linkage never needs the matrix: its merges are the edges of the
/// [minimum spanning tree](super::minimum_spanning_tree) (Müllner, *Modern hierarchical, agglomerative
/// clustering algorithms*, arXiv:1109.2378). Ward merges all
/// clusters at once that are each other's nearest, from centres alone, in O(n·d) memory and about n²·d time.
/// Where two clusters are exactly as near to a third, which makes more than one tree right, and the matrix
/// does not exceed [`memory_limit`](Self::memory_limit), it goes by the chain too, for SciPy's tree.
///
/// ```
/// use lookalike_learn::cluster::AgglomerativeClustering;
/// use ndarray::array;
///
/// let x = array![[1.0, 2.0], [1.0, 4.0], [1.0, 0.0], [4.0, 2.0], [4.0, 4.0], [4.0, 0.0]];
/// let model = AgglomerativeClustering::new(2).fit(&x)?;
/// assert_eq!(model.labels(), [1, 1, 1, 0, 0, 0]);
/// assert_eq!(model.dendrogram().heights().len(), 5);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AgglomerativeClustering {
    cut: Cut,
    linkage: Linkage,
    memory_limit: u64,
}

impl AgglomerativeClustering {
    /// Merges until `n_clusters` are left, by Ward's linkage.
    pub fn new(n_clusters: usize) -> Self {
        Self::with_cut(Cut::Clusters(n_clusters))
    }

    /// Merges clusters at distances below `distance_threshold`, by Ward's linkage.
    pub fn with_distance_threshold(distance_threshold: f64) -> Self {
        Self::with_cut(Cut::Height(distance_threshold))
    }

    fn with_cut(cut: Cut) -> Self {
        Self {
            cut,
            linkage: Linkage::default(),
            memory_limit: DEFAULT_MEMORY_LIMIT,
        }
    }

    /// The distance between clusters. Default [`Linkage::Ward`].
    pub fn linkage(mut self, linkage: Linkage) -> Self {
        self.linkage = linkage;
        self
    }

    /// How many bytes the matrix of distances may take. Default 8 GiB, enough for 46 000 samples.
    ///
    /// Beyond it, Ward's linkage may break ties otherwise than SciPy, complete and average linkage are
    /// refused.
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.memory_limit = bytes;
        self
    }

    fn validate(&self) -> Result<()> {
        match self.cut {
            Cut::Clusters(0) => Err(Error::parameter(
                "n_clusters",
                "be between 1 and the number of samples",
                0,
            )),
            Cut::Height(height) => dendrogram::check_height("distance_threshold", height),
            Cut::Clusters(_) => Ok(()),
        }
    }

    /// Clusters the rows of `x` (samples × features).
    ///
    /// # Errors
    /// When `n_clusters` is 0 or above the number of samples, the distance threshold is negative or
    /// NaN, `x` has fewer than two rows or is not finite, or the memory would not do.
    pub fn fit(&self, x: &ArrayRef2<f32>) -> Result<AgglomerativeModel> {
        self.fit_with(x, &Context::default())
    }

    /// As [`fit`](Self::fit), with the threads, progress and cancellation of `context`.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and when the caller cancels.
    pub fn fit_with(&self, x: &ArrayRef2<f32>, context: &Context) -> Result<AgglomerativeModel> {
        self.validate()?;
        context.run(|| {
            let samples = Samples::new(x)?;
            self.check_n_clusters(samples.n_samples())?;
            self.model(build(&samples, self.linkage, self.memory_limit, context)?)
        })
    }

    /// Clusters n samples of which only the distances are known: n×n, symmetric; the part above the
    /// diagonal is read.
    ///
    /// # Errors
    /// As [`fit_with`](Self::fit_with); also for Ward's linkage, which needs the samples, and when the
    /// matrix is not square or a distance is negative or not finite.
    pub fn fit_precomputed(
        &self,
        distances: &ArrayRef2<f64>,
        context: &Context,
    ) -> Result<AgglomerativeModel> {
        self.validate()?;
        context.run(|| {
            check_distances(distances)?;
            let n = distances.nrows();
            check_n_samples(n)?;
            self.check_n_clusters(n)?;
            let merges = match self.linkage {
                Linkage::Ward => {
                    let rule = "be complete, average or single where only distances are known";
                    return Err(Error::parameter("linkage", rule, "ward"));
                }
                Linkage::Single => single::merges_of_matrix(distances, context)?,
                linkage => {
                    let mut clusters = Condensed::of_matrix(distances, linkage, self.memory_limit)?;
                    nn_chain(n, &mut clusters, context)?
                }
            };
            self.model(Dendrogram::from_unsorted(n, merges))
        })
    }

    fn check_n_clusters(&self, n_samples: usize) -> Result<()> {
        match self.cut {
            Cut::Clusters(n_clusters) => check_n_clusters(n_clusters, n_samples),
            Cut::Height(_) => Ok(()),
        }
    }

    fn model(&self, dendrogram: Dendrogram) -> Result<AgglomerativeModel> {
        let n_clusters = match self.cut {
            Cut::Clusters(n_clusters) => n_clusters,
            Cut::Height(height) => dendrogram.n_clusters_at(height),
        };
        Ok(AgglomerativeModel {
            labels: dendrogram.cut(n_clusters)?,
            n_clusters,
            dendrogram,
        })
    }
}

fn check_n_samples(n: usize) -> Result<()> {
    if n < 2 {
        return Err(Error::input(
            "x must have at least two rows (samples) to merge, got 1",
        ));
    }
    Ok(())
}

/// The whole tree of merges of the rows of `x`, by `linkage`.
///
/// As [`AgglomerativeClustering`] makes it, with its default memory limit.
///
/// # Errors
/// When `x` has fewer than two rows or is not finite, or the memory would not do.
pub fn linkage(x: &ArrayRef2<f32>, linkage: Linkage) -> Result<Dendrogram> {
    build(
        &Samples::new(x)?,
        linkage,
        DEFAULT_MEMORY_LIMIT,
        &Context::default(),
    )
}

fn build(
    samples: &Samples<'_>,
    linkage: Linkage,
    memory_limit: u64,
    context: &Context,
) -> Result<Dendrogram> {
    let n = samples.n_samples();
    check_n_samples(n)?;
    let fits = condensed::bytes(n) <= memory_limit;
    let merges = match linkage {
        Linkage::Single => Some(single::merges(samples, context)?),
        Linkage::Ward if !fits || n >= MIN_ROUNDS => ward::merges(samples, !fits, context)?,
        _ => None,
    };
    let merges = if let Some(merges) = merges {
        merges
    } else {
        let mut clusters = Condensed::new(samples, linkage, memory_limit, context)?;
        nn_chain(n, &mut clusters, context)?
    };
    Ok(Dendrogram::from_unsorted(n, merges))
}

/// What [`AgglomerativeClustering`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgglomerativeModel {
    labels: Vec<i32>,
    n_clusters: usize,
    dendrogram: Dendrogram,
}

impl AgglomerativeModel {
    /// The cluster of each sample, from 0, numbered as in scikit-learn.
    pub fn labels(&self) -> &[i32] {
        &self.labels
    }

    /// How many clusters there are.
    pub fn n_clusters(&self) -> usize {
        self.n_clusters
    }

    /// The whole tree, from single samples to one cluster; it can be cut elsewhere at no cost.
    pub fn dendrogram(&self) -> &Dendrogram {
        &self.dendrogram
    }
}
