//! Our side of the race in `benchmarks/peers`.

use std::path::PathBuf;

use anyhow::Result;
use lookalike::{
    AgglomerativeClustering, Context, Dbscan, Init, KMeans, MiniBatchKMeans, Pca, Tsne, TsneInit,
    cluster, metrics, neighbors,
};
use lookalike_race_protocol::{Matrix, Outcome, bytes, read_numbers, serve, timed};
use ndarray::Array2;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
enum Job {
    Kmeans(KmeansJob),
    MiniBatchKmeans {
        n_clusters: usize,
        n_init: usize,
        seed: u64,
    },
    Tsne {
        random: bool,
        seed: u64,
    },
    Dbscan {
        eps: f64,
        min_samples: usize,
    },
    Ward {
        n_clusters: usize,
    },
    Pca {
        n_components: usize,
    },
    Silhouette {
        labels: PathBuf,
    },
    KNearest {
        n_neighbors: usize,
    },
    SpanningTree {
        n_neighbors: usize,
    },
}

#[derive(Deserialize)]
struct KmeansJob {
    n_clusters: usize,
    n_init: Option<usize>,
    init: Option<Matrix>,
    /// Whether rows drawn at random are the first centres.
    #[serde(default)]
    random: bool,
    max_iter: Option<usize>,
    tol: Option<f64>,
    seed: u64,
}

impl KmeansJob {
    fn recipe(&self) -> Result<KMeans> {
        let mut recipe = KMeans::new(self.n_clusters).seed(self.seed);
        if let Some(max_iter) = self.max_iter {
            recipe = recipe.max_iter(max_iter);
        }
        if let Some(tol) = self.tol {
            recipe = recipe.tol(tol);
        }
        if let Some(n_init) = self.n_init {
            recipe = recipe.n_init(n_init);
        }
        if self.random {
            recipe = recipe.init(Init::Random);
        }
        if let Some(centers) = &self.init {
            recipe = recipe.init(Init::Centers(centers.read()?));
        }
        Ok(recipe)
    }
}

fn main() -> Result<()> {
    let mut context = None;
    serve(|job, x, threads| {
        let context = match &context {
            Some((n, context)) if *n == threads => context,
            _ => {
                let made = Context::new().threads(threads)?;
                &context.insert((threads, made)).1
            }
        };
        run(job, x, context)
    })
}

fn run(job: &Job, x: &Array2<f32>, context: &Context) -> Result<Outcome> {
    match job {
        Job::Kmeans(job) => {
            let recipe = job.recipe()?;
            timed(
                || Ok(recipe.fit_with(x, context)?),
                |model| json!({"inertia": model.inertia(), "n_iter": model.n_iter()}),
                |model| bytes(model.labels(), i32::to_le_bytes),
            )
        }
        Job::MiniBatchKmeans {
            n_clusters,
            n_init,
            seed,
        } => {
            let recipe = MiniBatchKMeans::new(*n_clusters)
                .n_init(*n_init)
                .seed(*seed);
            timed(
                || Ok(recipe.fit_with(x, context)?),
                |model| json!({"inertia": model.inertia(), "n_iter": model.n_iter()}),
                |model| bytes(model.labels(), i32::to_le_bytes),
            )
        }
        Job::Tsne { random, seed } => {
            let init = if *random {
                TsneInit::Random
            } else {
                TsneInit::Pca
            };
            let recipe = Tsne::new().init(init).seed(*seed);
            timed(
                || Ok(recipe.fit_with(x, context)?),
                |model| json!({"own_kl": model.kl_divergence(), "n_iter": model.n_iter()}),
                |model| bytes(model.embedding(), f32::to_le_bytes),
            )
        }
        Job::Dbscan { eps, min_samples } => {
            let recipe = Dbscan::new().eps(*eps).min_samples(*min_samples);
            timed(
                || Ok(recipe.fit_with(x, context)?),
                |model| json!({"clusters": model.n_clusters(), "noise": model.n_noise()}),
                |model| bytes(model.labels(), i32::to_le_bytes),
            )
        }
        Job::Ward { n_clusters } => {
            let recipe = AgglomerativeClustering::new(*n_clusters);
            timed(
                || Ok(recipe.fit_with(x, context)?),
                |_| json!({}),
                |model| bytes(model.labels(), i32::to_le_bytes),
            )
        }
        Job::Pca { n_components } => timed(
            || {
                let model = Pca::new(*n_components).fit_with(x, context)?;
                let scores = model.transform_with(x, context)?;
                Ok((model, scores))
            },
            |(model, _)| json!({"explained": model.explained_variance_ratio().iter().sum::<f64>()}),
            |(_, scores)| bytes(scores, f32::to_le_bytes),
        ),
        Job::Silhouette { labels } => {
            let labels: Vec<i32> = read_numbers(labels, x.nrows(), i32::from_le_bytes)?;
            timed(
                || Ok(metrics::silhouette_score_with(x, &labels, context)?),
                |score| json!({"silhouette": score}),
                |_| Vec::new(),
            )
        }
        Job::KNearest { n_neighbors } => timed(
            || Ok(neighbors::k_nearest_with(x, *n_neighbors, context)?),
            |_| json!({}),
            |found| bytes(found.indices(), u32::to_le_bytes),
        ),
        // A row counts among the samples of its core.
        Job::SpanningTree { n_neighbors } => timed(
            || {
                Ok(cluster::minimum_spanning_tree_with(
                    x,
                    n_neighbors + 1,
                    context,
                )?)
            },
            |tree| json!({"length": tree.iter().map(|edge| edge.length).sum::<f64>()}),
            |_| Vec::new(),
        ),
    }
}
