//! The seven ways.

use lookalike_learn::cluster::{kmeans, mini_batch_kmeans};
use lookalike_learn::datasets::Digits;
use lookalike_learn::manifold::tsne;
use lookalike_learn::{
    AgglomerativeClustering, Context, Dbscan, KMeans, KMeansModel, MiniBatchKMeans, Pca, Tsne,
    TsneModel,
};
use ndarray::ArrayRef2;
use serde_json::{Value, json};

use super::{Stopwatch, Way};
use crate::Result;
use crate::evaluation::Evaluation;

const N_CLUSTERS: usize = 10;
const N_INIT: usize = 10;
/// Share of the variance that the principal components are to keep.
const PCA_VARIANCE: f64 = 0.95;
const DBSCAN_EPS: f64 = 5.0;
const DBSCAN_MIN_SAMPLES: usize = 15;

/// All ways, and the models that figures are drawn from.
pub(super) struct Runs {
    pub(super) ways: Vec<Way>,
    pub(super) kmeans: KMeansModel,
    pub(super) map: TsneModel,
}

pub(super) fn run_all(
    digits: &Digits,
    seed: u64,
    context: &Context,
    watch: &mut Stopwatch,
) -> Result<Runs> {
    let mut runner = Runner {
        digits,
        seed,
        context,
        watch,
        ways: Vec::new(),
    };
    let kmeans = runner.kmeans_on_pixels()?;
    runner.mini_batch_kmeans()?;
    runner.ward_on_pixels()?;
    runner.pca_then_kmeans()?;
    let map = runner.tsne()?;
    runner.kmeans_on_map(&map)?;
    runner.dbscan_on_map(&map)?;
    runner.ward_on_map(&map)?;
    Ok(Runs {
        ways: runner.ways,
        kmeans,
        map: map.model,
    })
}

/// Runs one way after the other and judges each.
struct Runner<'a> {
    digits: &'a Digits,
    seed: u64,
    context: &'a Context,
    watch: &'a mut Stopwatch,
    ways: Vec<Way>,
}

/// The map that three ways share, with what drawing it took.
struct Map {
    model: TsneModel,
    parameters: Value,
    seconds: f64,
}

/// What a way is called, in files and to people, and what it does.
struct Name(&'static str, &'static str, &'static str);

impl Runner<'_> {
    fn kmeans_on_pixels(&mut self) -> Result<KMeansModel> {
        let x = &self.digits.data;
        let model = self
            .watch
            .time("k-means", || kmeans(x, self.seed, self.context))?;
        self.judge(
            Name("kmeans", "k-means", "k-means on the 64 pixels as they are."),
            kmeans_parameters(self.seed),
            model.labels(),
            kmeans_outcome(&model),
            self.watch.last(),
        )?;
        Ok(model)
    }

    fn mini_batch_kmeans(&mut self) -> Result<()> {
        let x = &self.digits.data;
        let model = self.watch.time("mini-batch k-means", || {
            let recipe = MiniBatchKMeans::new(N_CLUSTERS)
                .n_init(N_INIT)
                .seed(self.seed);
            Ok(recipe.fit_with(x, self.context)?)
        })?;
        self.judge(
            Name(
                "mini_batch_kmeans",
                "mini-batch k-means",
                "k-means that sees random batches of 1024 digits.",
            ),
            json!({
                "n_clusters": N_CLUSTERS, "init": "k-means++", "n_init": N_INIT,
                "batch_size": mini_batch_kmeans::DEFAULT_BATCH_SIZE, "seed": self.seed,
            }),
            model.labels(),
            json!({"inertia": model.inertia(), "n_steps": model.n_steps()}),
            self.watch.last(),
        )
    }

    fn ward_on_pixels(&mut self) -> Result<()> {
        let x = &self.digits.data;
        let labels = self.watch.time("Ward", || ward(x, self.context))?;
        self.judge(
            Name(
                "ward",
                "Ward",
                "Agglomerative clustering: merge the two clusters that lose the least, until ten \
                 are left.",
            ),
            ward_parameters(),
            &labels,
            json!({}),
            self.watch.last(),
        )
    }

    fn pca_then_kmeans(&mut self) -> Result<()> {
        let x = &self.digits.data;
        let (n_components, model) = self.watch.time("PCA, then k-means", || {
            let pca = Pca::with_variance(PCA_VARIANCE).fit_with(x, self.context)?;
            let scores = pca.transform_with(x, self.context)?;
            Ok((
                pca.n_components(),
                kmeans(&scores, self.seed, self.context)?,
            ))
        })?;
        let mut outcome = kmeans_outcome(&model);
        outcome["n_components"] = json!(n_components);
        self.judge(
            Name(
                "pca_kmeans",
                "PCA, then k-means",
                "The principal components that keep 95 % of the variance, then k-means.",
            ),
            json!({"pca": {"variance": PCA_VARIANCE}, "kmeans": kmeans_parameters(self.seed)}),
            model.labels(),
            outcome,
            self.watch.last(),
        )
    }

    fn tsne(&mut self) -> Result<Map> {
        let x = &self.digits.data;
        let model = self.watch.time("t-SNE", || {
            Ok(Tsne::new().seed(self.seed).fit_with(x, self.context)?)
        })?;
        let parameters = json!({
            "n_components": tsne::DEFAULT_N_COMPONENTS, "perplexity": tsne::DEFAULT_PERPLEXITY,
            "early_exaggeration": tsne::DEFAULT_EARLY_EXAGGERATION,
            "learning_rate": model.learning_rate(), "max_iter": tsne::DEFAULT_MAX_ITER,
            "init": "pca", "seed": self.seed,
        });
        Ok(Map {
            model,
            parameters,
            seconds: self.watch.last(),
        })
    }

    fn kmeans_on_map(&mut self, map: &Map) -> Result<()> {
        let y = map.model.embedding();
        let model = self
            .watch
            .time("k-means on the map", || kmeans(y, self.seed, self.context))?;
        self.judge(
            Name(
                "tsne_kmeans",
                "t-SNE, then k-means",
                "A map by t-SNE, then k-means on its two coordinates.",
            ),
            json!({"tsne": map.parameters, "kmeans": kmeans_parameters(self.seed)}),
            model.labels(),
            kmeans_outcome(&model),
            map.seconds + self.watch.last(),
        )
    }

    fn dbscan_on_map(&mut self, map: &Map) -> Result<()> {
        let y = map.model.embedding();
        let model = self.watch.time("DBSCAN on the map", || {
            let recipe = Dbscan::new()
                .eps(DBSCAN_EPS)
                .min_samples(DBSCAN_MIN_SAMPLES);
            Ok(recipe.fit_with(y, self.context)?)
        })?;
        self.judge(
            Name(
                "tsne_dbscan",
                "t-SNE, then DBSCAN",
                "The same map, then its dense regions. The number of clusters is not given.",
            ),
            json!({
                "tsne": map.parameters,
                "dbscan": {"eps": DBSCAN_EPS, "min_samples": DBSCAN_MIN_SAMPLES},
            }),
            model.labels(),
            json!({"n_core_samples": model.core_sample_indices().len()}),
            map.seconds + self.watch.last(),
        )
    }

    fn ward_on_map(&mut self, map: &Map) -> Result<()> {
        let y = map.model.embedding();
        let labels = self
            .watch
            .time("Ward on the map", || ward(y, self.context))?;
        self.judge(
            Name(
                "tsne_ward",
                "t-SNE, then Ward",
                "The same map, then agglomerative clustering.",
            ),
            json!({"tsne": map.parameters, "ward": ward_parameters()}),
            &labels,
            json!({}),
            map.seconds + self.watch.last(),
        )
    }

    fn judge(
        &mut self,
        Name(key, name, how): Name,
        parameters: Value,
        labels: &[i32],
        outcome: Value,
        seconds: f64,
    ) -> Result<()> {
        let evaluation = Evaluation::new(&self.digits.target, labels)?;
        let labels = labels.to_vec();
        self.ways.push(Way {
            key,
            name,
            how,
            parameters,
            outcome,
            labels,
            evaluation,
            seconds,
        });
        Ok(())
    }
}

fn kmeans(x: &ArrayRef2<f32>, seed: u64, context: &Context) -> Result<KMeansModel> {
    Ok(KMeans::new(N_CLUSTERS)
        .n_init(N_INIT)
        .seed(seed)
        .fit_with(x, context)?)
}

fn ward(x: &ArrayRef2<f32>, context: &Context) -> Result<Vec<i32>> {
    let model = AgglomerativeClustering::new(N_CLUSTERS).fit_with(x, context)?;
    Ok(model.labels().to_vec())
}

fn kmeans_parameters(seed: u64) -> Value {
    json!({
        "n_clusters": N_CLUSTERS, "init": "k-means++", "n_init": N_INIT,
        "max_iter": kmeans::DEFAULT_MAX_ITER, "tol": kmeans::DEFAULT_TOL, "seed": seed,
    })
}

fn ward_parameters() -> Value {
    json!({"n_clusters": N_CLUSTERS, "linkage": "ward"})
}

fn kmeans_outcome(model: &KMeansModel) -> Value {
    json!({
        "inertia": model.inertia(), "n_iter": model.n_iter(), "converged": model.converged(),
    })
}
