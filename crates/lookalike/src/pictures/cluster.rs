//! Rows of features become clusters, and a map.

use lookalike_learn::manifold::tsne;
use lookalike_learn::metrics::{calinski_harabasz_score_with, davies_bouldin_score_with};
use lookalike_learn::neighbors::k_nearest_with;
use lookalike_learn::{
    AgglomerativeClustering, Context, Dbscan, KMeans, Linkage, MiniBatchKMeans, Pca, PcaModel, Tsne,
};
use ndarray::{Array2, ArrayRef2, Axis, CowArray, Ix2};
use serde::{Deserialize, Serialize};

use super::choose::choose;
use super::groups::{Groups, by_size, means};
use super::kept_pca::KeptPca;
use crate::choice::{Choice, ClusterCount};
use crate::evaluation::NOISE;
use crate::stopwatch::Stopwatch;
use crate::{Error, ErrorKind, Result};

/// Numbers of clusters that are tried when none is given.
pub const DEFAULT_CHOICE: (usize, usize) = (2, 20);
/// Principal components that features are reduced to, where they are more.
pub const DEFAULT_COMPONENTS: usize = 50;

/// Which algorithm finds the clusters.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "name")]
pub enum Algorithm {
    /// [`KMeans`].
    #[default]
    KMeans,
    /// [`MiniBatchKMeans`].
    MiniBatch,
    /// [`Dbscan`], which finds the number of clusters itself.
    Dbscan {
        /// Rows within this distance are neighbours.
        eps: f64,
        /// Neighbours that make a row a core of a cluster, itself included.
        min_samples: usize,
    },
    /// [`AgglomerativeClustering`].
    Agglomerative {
        /// How far apart two clusters are.
        linkage: Linkage,
    },
}

/// What features become before they are clustered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reduce {
    /// Their first [`DEFAULT_COMPONENTS`] principal components, where they are more features.
    #[default]
    Auto,
    /// They stay as they are.
    None,
    /// Their first principal components: this many.
    Pca(usize),
}

/// How rows are laid out on a map.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum MapMethod {
    /// By [`Tsne`].
    #[default]
    Tsne,
    /// By the first two principal components.
    Pca,
    /// There is no map.
    None,
}

/// Which numbers are clustered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClusterOn {
    /// The features, reduced.
    #[default]
    Features,
    /// The coordinates of the map.
    Map,
}

/// The recipe: reduce, lay out on a map, cluster.
///
/// ```
/// use lookalike::pictures::{Cluster, MapMethod};
/// use lookalike::{ClusterCount, Context, datasets};
///
/// let digits = datasets::digits();
/// let recipe = Cluster::new(ClusterCount::Exactly(10)).map(MapMethod::None);
/// let found = recipe.run(&digits.data, &Context::new())?;
/// assert_eq!(found.labels.len(), 1797);
/// assert_eq!(found.groups.groups.len(), 10);
/// # Ok::<(), lookalike::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    pub(super) n_clusters: ClusterCount,
    pub(super) algorithm: Algorithm,
    pub(super) reduce: Reduce,
    pub(super) map: MapMethod,
    pub(super) perplexity: f64,
    pub(super) cluster_on: ClusterOn,
    pub(super) n_init: Option<usize>,
    pub(super) seed: u64,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Clustering {
    /// The cluster of each row: 0 is the largest; −1 is noise.
    pub labels: Vec<i32>,
    /// What is to be said of rows and clusters, in the numbers that were clustered.
    pub groups: Groups,
    /// (clusters, components): what new rows are compared with once they are reduced. The centres of
    /// k-means where it clustered the features, else the mean of each cluster.
    pub centers: Array2<f32>,
    /// How features were reduced, where they were.
    pub pca: Option<PcaModel>,
    /// (rows, 2): their places on the map, where there is one.
    pub map: Option<Array2<f32>>,
    /// How the number of clusters was chosen, where it was not given.
    pub choice: Option<Choice>,
    /// What the algorithm says of itself.
    pub outcome: Outcome,
    /// How good the clusters are by themselves, in the numbers that were clustered.
    pub scores: Scores,
    /// The distance within which half of the rows have neighbours enough, where DBSCAN found none.
    pub eps_to_try: Option<f64>,
    /// Seconds of each step.
    pub seconds: Vec<(&'static str, f64)>,
}

/// What an algorithm says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// The sum of the squared distances of the rows to their centres, by k-means.
    pub inertia: Option<f64>,
    /// Iterations, by k-means.
    pub n_iter: Option<usize>,
    /// Whether the iterations ended by themselves, by k-means.
    pub converged: Option<bool>,
    /// Kullback–Leibler divergence of a map by t-SNE.
    pub kl_divergence: Option<f64>,
}

/// How good clusters are by themselves; noise is left out. None where there are no two clusters.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Scores {
    /// The mean silhouette of [`Groups::n_silhouettes`] rows; 1 is best.
    pub silhouette: Option<f64>,
    /// See [`davies_bouldin_score`](lookalike_learn::metrics::davies_bouldin_score); 0 is best.
    pub davies_bouldin: Option<f64>,
    /// See [`calinski_harabasz_score`](lookalike_learn::metrics::calinski_harabasz_score); more is
    /// better.
    pub calinski_harabasz: Option<f64>,
}

impl Scores {
    fn new(rows: &ArrayRef2<f32>, groups: &Groups, context: &Context) -> Self {
        let members = &groups.members;
        let inside: Vec<usize> = (0..members.len())
            .filter(|&row| members[row].cluster != NOISE)
            .collect();
        let labels: Vec<i32> = inside.iter().map(|&row| members[row].cluster).collect();
        let rows: CowArray<'_, f32, Ix2> = if inside.len() == members.len() {
            rows.view().into()
        } else {
            rows.select(Axis(0), &inside).into()
        };
        let silhouettes: Vec<f64> = members.iter().filter_map(|m| m.silhouette).collect();
        let n = silhouettes.len() as f64;
        Self {
            silhouette: (n > 0.0).then(|| silhouettes.iter().sum::<f64>() / n),
            // They are refused where there are no two clusters.
            davies_bouldin: davies_bouldin_score_with(&rows, &labels, context).ok(),
            calinski_harabasz: calinski_harabasz_score_with(&rows, &labels, context).ok(),
        }
    }
}

/// Labels as an algorithm gives them, with its centres if it has some.
struct Found {
    labels: Vec<i32>,
    centers: Option<Array2<f32>>,
}

impl Cluster {
    /// k-means of this many clusters, on at most 50 principal components, and a map by t-SNE.
    pub fn new(n_clusters: ClusterCount) -> Self {
        Self {
            n_clusters,
            algorithm: Algorithm::default(),
            reduce: Reduce::default(),
            map: MapMethod::default(),
            perplexity: tsne::DEFAULT_PERPLEXITY,
            cluster_on: ClusterOn::default(),
            n_init: None,
            seed: 0,
        }
    }

    /// Which algorithm; default k-means. [`Algorithm::Dbscan`] pays no heed to the number of clusters.
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// What features become; default at most 50 principal components.
    pub fn reduce(mut self, reduce: Reduce) -> Self {
        self.reduce = reduce;
        self
    }

    /// How the map is made; default t-SNE.
    pub fn map(mut self, map: MapMethod) -> Self {
        self.map = map;
        self
    }

    /// Neighbours that t-SNE looks at, about; default 30, less where there are few rows.
    pub fn perplexity(mut self, perplexity: f64) -> Self {
        self.perplexity = perplexity;
        self
    }

    /// Which numbers are clustered; default the reduced features.
    pub fn cluster_on(mut self, cluster_on: ClusterOn) -> Self {
        self.cluster_on = cluster_on;
        self
    }

    /// Starts of k-means, the best of which is kept; default as [`KMeans`] and [`MiniBatchKMeans`].
    pub fn n_init(mut self, n_init: impl Into<Option<usize>>) -> Self {
        self.n_init = n_init.into();
        self
    }

    /// Which random numbers to draw; default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Clusters `rows` (samples, features).
    ///
    /// # Errors
    /// When a parameter breaks its rule, there is no row or a value that is not finite, the work would
    /// take more memory than the algorithm may use; when cancelled.
    pub fn run(&self, rows: &ArrayRef2<f32>, context: &Context) -> Result<Clustering> {
        self.run_kept(rows, None, context)
    }

    /// [`run`](Self::run) with the principal components of these very rows, where `kept` has them.
    ///
    /// # Errors
    /// As [`run`](Self::run), and when the cache cannot be read or written.
    pub fn run_kept(
        &self,
        rows: &ArrayRef2<f32>,
        kept: Option<&KeptPca<'_>>,
        context: &Context,
    ) -> Result<Clustering> {
        self.check(rows)?;
        let mut watch = Stopwatch::default();
        let mut outcome = Outcome::default();
        let pca = watch.time("reduce", || self.pca(rows, kept, context))?;
        let reduced: CowArray<'_, f32, Ix2> = watch.time("project", || {
            Ok(match &pca {
                Some(pca) => pca.transform_with(rows, context)?.into(),
                None => rows.view().into(),
            })
        })?;
        let map = watch.time("map", || self.lay_out(&reduced, &mut outcome, context))?;
        let space: &ArrayRef2<f32> = match (&map, self.cluster_on) {
            (Some(map), ClusterOn::Map) => map,
            _ => &reduced,
        };
        let (found, choice) = watch.time("cluster", || {
            let choice = self.choose(space, context)?;
            let k = match (&choice, self.n_clusters) {
                (Some(choice), _) => choice.n_clusters,
                (None, ClusterCount::Exactly(k) | ClusterCount::Between(_, k)) => k,
            };
            Ok((self.find(space, k, &mut outcome, context)?, choice))
        })?;
        let labels = by_size(&found.labels);
        let (groups, scores) = watch.time("judge", || {
            let groups = Groups::new(space, &labels, context)?;
            let scores = Scores::new(space, &groups, context);
            Ok((groups, scores))
        })?;
        let eps_to_try = match self.algorithm {
            Algorithm::Dbscan { min_samples, .. } if groups.groups.is_empty() => {
                usual_distance(space, min_samples, context)?
            }
            _ => None,
        };
        let centers = match (found.centers, self.cluster_on) {
            (Some(centers), ClusterOn::Features) => in_new_order(&centers, &found.labels, &labels),
            (None, ClusterOn::Features) => groups.centers.clone(),
            (_, ClusterOn::Map) => means(&reduced, &labels).mapv(|v| v as f32),
        };
        Ok(Clustering {
            labels,
            groups,
            centers,
            pca,
            map,
            choice,
            outcome,
            scores,
            eps_to_try,
            seconds: watch.laps,
        })
    }

    /// What will take long or much memory with so many rows of features, one sentence each; to be
    /// said before it starts. The times are those of a laptop.
    pub fn forecast(&self, n_rows: usize, n_features: usize) -> Vec<String> {
        let mut sentences = Vec::new();
        let n = n_rows as f64;
        // On two cores with 50 columns: 300 iterations by interpolation, and exact neighbours.
        let tsne = 1.2e-4 * n + 2e-9 * n * n;
        if matches!(self.map, MapMethod::Tsne) && tsne > 20.0 {
            sentences.push(format!(
                "the t-SNE map of {n_rows} rows will take about {:.0} minutes; --map pca or --map none \
                 takes seconds",
                (tsne / 60.0).ceil()
            ));
        }
        let gigabytes = |bytes: f64| bytes / 1e9;
        let of_pairs = gigabytes(4.0 * n * n);
        let keeps_pairs = matches!(
            self.algorithm,
            Algorithm::Agglomerative {
                linkage: Linkage::Complete | Linkage::Average,
                ..
            }
        );
        if keeps_pairs && of_pairs > 1.0 {
            sentences.push(format!(
                "agglomerative clustering of {n_rows} rows by this linkage keeps the distances of all pairs: \
                 {of_pairs:.1} GB of memory"
            ));
        }
        let values = gigabytes(4.0 * n * n_features as f64);
        if values > 2.0 {
            sentences.push(format!("the features will take {values:.1} GB of memory"));
        }
        sentences
    }

    fn check(&self, rows: &ArrayRef2<f32>) -> Result<()> {
        let (n, d) = rows.dim();
        if n == 0 || d == 0 {
            let message =
                format!("there must be at least one row of at least one feature, got {n} × {d}");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        self.check_parameters(n)
    }

    /// Refuses parameters that break their rules, before any work is done for at most so many rows.
    ///
    /// # Errors
    /// When a parameter breaks its rule.
    pub fn check_parameters(&self, n: usize) -> Result<()> {
        let rule = format!("be between 1 and the number of rows ({n})");
        match self.n_clusters {
            _ if matches!(self.algorithm, Algorithm::Dbscan { .. }) => {}
            ClusterCount::Exactly(k) if !(1..=n).contains(&k) => {
                return Err(Error::parameter("n_clusters", &rule, k));
            }
            ClusterCount::Between(a, b) if a < 2 || a > b => {
                let rule = "be a range from 2 on, least first";
                return Err(Error::parameter("n_clusters", rule, format!("{a}..{b}")));
            }
            _ => {}
        }
        if self.reduce == Reduce::Pca(0) {
            return Err(Error::parameter(
                "reduce",
                "keep at least one component",
                "pca:0",
            ));
        }
        if self.cluster_on == ClusterOn::Map && matches!(self.map, MapMethod::None) {
            let rule = "be the features where there is no map";
            return Err(Error::parameter("cluster_on", rule, "map"));
        }
        Ok(())
    }

    /// As many components as are wanted and can be had.
    fn pca(
        &self,
        rows: &ArrayRef2<f32>,
        kept: Option<&KeptPca<'_>>,
        context: &Context,
    ) -> Result<Option<PcaModel>> {
        let (n, d) = rows.dim();
        let most = n.min(d);
        let n_components = match self.reduce {
            Reduce::None => return Ok(None),
            // One row has no directions in which it varies.
            _ if n < 2 => return Ok(None),
            Reduce::Auto if d <= DEFAULT_COMPONENTS => return Ok(None),
            Reduce::Auto => DEFAULT_COMPONENTS.min(most),
            Reduce::Pca(wanted) => wanted.min(most),
        };
        let fit = || {
            let pca = Pca::new(n_components).seed(self.seed);
            Ok(pca.fit_with(rows, context)?)
        };
        Ok(Some(match kept {
            Some(kept) => kept.get_or_fit(n_components, self.seed, fit)?,
            None => fit()?,
        }))
    }

    /// Two coordinates a row. Few rows have no neighbourhoods that t-SNE could keep: they are laid out
    /// by principal components.
    fn lay_out(
        &self,
        rows: &ArrayRef2<f32>,
        outcome: &mut Outcome,
        context: &Context,
    ) -> Result<Option<Array2<f32>>> {
        const FEW: usize = 8;
        let n = rows.nrows();
        match self.map {
            MapMethod::None => Ok(None),
            _ if n < 2 => Ok(Some(Array2::zeros((n, 2)))),
            MapMethod::Tsne if n >= FEW => {
                let perplexity = self.perplexity.min((n - 1) as f64 / 3.0);
                let recipe = Tsne::new().perplexity(perplexity).seed(self.seed);
                let model = recipe.fit_with(rows, context)?;
                outcome.kl_divergence = Some(model.kl_divergence());
                Ok(Some(model.embedding().clone()))
            }
            MapMethod::Tsne | MapMethod::Pca => {
                let n_components = 2.min(n).min(rows.ncols());
                let pca = Pca::new(n_components).seed(self.seed);
                let scores = pca.fit_with(rows, context)?.transform_with(rows, context)?;
                let mut map = Array2::zeros((n, 2));
                for (mut to, from) in map.columns_mut().into_iter().zip(scores.columns()) {
                    to.assign(&from);
                }
                Ok(Some(map))
            }
        }
    }

    fn choose(&self, rows: &ArrayRef2<f32>, context: &Context) -> Result<Option<Choice>> {
        match (self.n_clusters, self.algorithm) {
            (ClusterCount::Exactly(_), _) | (_, Algorithm::Dbscan { .. }) => Ok(None),
            (ClusterCount::Between(least, most), algorithm) => {
                choose(rows, (least, most), algorithm, self.seed, context).map(Some)
            }
        }
    }

    fn find(
        &self,
        rows: &ArrayRef2<f32>,
        k: usize,
        outcome: &mut Outcome,
        context: &Context,
    ) -> Result<Found> {
        let mut kmeans = |inertia, n_iter, converged| {
            outcome.inertia = Some(inertia);
            outcome.n_iter = Some(n_iter);
            outcome.converged = Some(converged);
        };
        let k = k.min(rows.nrows());
        Ok(match self.algorithm {
            Algorithm::KMeans => {
                let mut recipe = KMeans::new(k).seed(self.seed);
                if let Some(n_init) = self.n_init {
                    recipe = recipe.n_init(n_init);
                }
                let model = recipe.fit_with(rows, context)?;
                kmeans(model.inertia(), model.n_iter(), model.converged());
                Found {
                    labels: model.labels().to_vec(),
                    centers: Some(model.cluster_centers().clone()),
                }
            }
            Algorithm::MiniBatch => {
                let mut recipe = MiniBatchKMeans::new(k).seed(self.seed);
                if let Some(n_init) = self.n_init {
                    recipe = recipe.n_init(n_init);
                }
                let model = recipe.fit_with(rows, context)?;
                kmeans(model.inertia(), model.n_iter(), model.converged());
                Found {
                    labels: model.labels().to_vec(),
                    centers: Some(model.cluster_centers().clone()),
                }
            }
            Algorithm::Dbscan { eps, min_samples } => {
                let recipe = Dbscan::new().eps(eps).min_samples(min_samples);
                let model = recipe.fit_with(rows, context)?;
                Found {
                    labels: model.labels().to_vec(),
                    centers: None,
                }
            }
            Algorithm::Agglomerative { linkage } => {
                let recipe = AgglomerativeClustering::new(k).linkage(linkage);
                let model = recipe.fit_with(rows, context)?;
                Found {
                    labels: model.labels().to_vec(),
                    centers: None,
                }
            }
        })
    }
}

/// The centres that have members, in the order of the new labels.
fn in_new_order(centers: &Array2<f32>, old: &[i32], new: &[i32]) -> Array2<f32> {
    let n = new.iter().max().map_or(0, |&most| most as usize + 1);
    let mut sorted = Array2::zeros((n, centers.ncols()));
    for (&old, &new) in old.iter().zip(new) {
        sorted
            .row_mut(new as usize)
            .assign(&centers.row(old as usize));
    }
    sorted
}

/// The median distance of a row to the last of the neighbours that make it a core, of a sample.
fn usual_distance(
    rows: &ArrayRef2<f32>,
    min_samples: usize,
    context: &Context,
) -> Result<Option<f64>> {
    const SAMPLE: usize = 5000;
    let n_neighbors = min_samples.saturating_sub(1).max(1);
    let n = rows.nrows();
    if n <= n_neighbors {
        return Ok(None);
    }
    let neighbors = k_nearest_with(rows, n_neighbors, context)?;
    let last = neighbors.distances().column(n_neighbors - 1);
    let mut distances: Vec<f32> = last.iter().copied().step_by(n.div_ceil(SAMPLE)).collect();
    distances.sort_by(f32::total_cmp);
    Ok(Some(f64::from(distances[distances.len() / 2])))
}
