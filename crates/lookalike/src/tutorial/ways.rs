//! The seven ways.

use lookalike_learn::cluster::kmeans;
use lookalike_learn::datasets::Digits;
use lookalike_learn::manifold::tsne;
use lookalike_learn::{
    AgglomerativeClustering, Context, Dbscan, KMeans, KMeansModel, MiniBatchKMeans, Pca, Tsne,
    TsneModel,
};
use ndarray::ArrayRef2;
use serde_json::{Map, Value, json};

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

/// What one way yields before it is judged.
struct Outcome {
    labels: Vec<i32>,
    facts: Map<String, Value>,
}

pub(super) fn run_all(
    digits: &Digits,
    seed: u64,
    context: &Context,
    watch: &mut Stopwatch,
) -> Result<Runs> {
    let x = &digits.data;
    let mut ways = Vec::new();
    let mut judge = |key, name, how, parameters, outcome: Outcome, seconds| -> Result<()> {
        let evaluation = Evaluation::new(&digits.target, &outcome.labels)?;
        let (Value::Object(parameters), facts) = (parameters, outcome.facts) else {
            unreachable!("parameters are written as objects below")
        };
        let labels = outcome.labels;
        ways.push(Way {
            key,
            name,
            how,
            parameters,
            outcome: facts,
            labels,
            evaluation,
            seconds,
        });
        Ok(())
    };
    let kmeans_parameters = json!({
        "n_clusters": N_CLUSTERS, "init": "k-means++", "n_init": N_INIT,
        "max_iter": kmeans::DEFAULT_MAX_ITER, "tol": kmeans::DEFAULT_TOL, "seed": seed,
    });

    let model = watch.time("k-means", || kmeans(x, seed, context))?;
    judge(
        "kmeans",
        "k-means",
        "k-means on the 64 pixels as they are.",
        kmeans_parameters.clone(),
        kmeans_outcome(&model),
        watch.last(),
    )?;

    let mini_batch = watch.time("mini-batch k-means", || {
        Ok(MiniBatchKMeans::new(N_CLUSTERS)
            .n_init(N_INIT)
            .seed(seed)
            .fit_with(x, context)?)
    })?;
    judge(
        "mini_batch_kmeans",
        "mini-batch k-means",
        "k-means that sees random batches of 1024 digits.",
        json!({
            "n_clusters": N_CLUSTERS, "init": "k-means++", "n_init": N_INIT, "batch_size": 1024,
            "seed": seed,
        }),
        Outcome {
            labels: mini_batch.labels().to_vec(),
            facts: facts(json!({
                "inertia": mini_batch.inertia(), "n_steps": mini_batch.n_steps(),
            })),
        },
        watch.last(),
    )?;

    let labels = watch.time("Ward", || ward(x, context))?;
    judge(
        "ward",
        "Ward",
        "Agglomerative clustering: merge the two clusters that lose the least, until ten are left.",
        json!({"n_clusters": N_CLUSTERS, "linkage": "ward"}),
        Outcome {
            labels,
            facts: Map::new(),
        },
        watch.last(),
    )?;

    let (n_components, pca_kmeans) = watch.time("PCA, then k-means", || {
        let pca = Pca::with_variance(PCA_VARIANCE).fit_with(x, context)?;
        let scores = pca.transform_with(x, context)?;
        Ok((pca.n_components(), kmeans(&scores, seed, context)?))
    })?;
    let mut outcome = kmeans_outcome(&pca_kmeans);
    outcome
        .facts
        .insert("n_components".to_owned(), json!(n_components));
    judge(
        "pca_kmeans",
        "PCA, then k-means",
        "The principal components that keep 95 % of the variance, then k-means.",
        json!({"pca": {"variance": PCA_VARIANCE}, "kmeans": kmeans_parameters}),
        outcome,
        watch.last(),
    )?;

    let map = watch.time("t-SNE", || {
        Ok(Tsne::new().seed(seed).fit_with(x, context)?)
    })?;
    let map_seconds = watch.last();
    let tsne_parameters = json!({
        "n_components": 2, "perplexity": tsne::DEFAULT_PERPLEXITY,
        "early_exaggeration": tsne::DEFAULT_EARLY_EXAGGERATION,
        "learning_rate": map.learning_rate(), "max_iter": tsne::DEFAULT_MAX_ITER, "init": "pca",
        "seed": seed,
    });
    let y = map.embedding();

    let on_map = watch.time("k-means on the map", || kmeans(y, seed, context))?;
    judge(
        "tsne_kmeans",
        "t-SNE, then k-means",
        "A map by t-SNE, then k-means on its two coordinates.",
        json!({"tsne": tsne_parameters, "kmeans": kmeans_parameters}),
        kmeans_outcome(&on_map),
        map_seconds + watch.last(),
    )?;

    let dbscan = watch.time("DBSCAN on the map", || {
        let recipe = Dbscan::new()
            .eps(DBSCAN_EPS)
            .min_samples(DBSCAN_MIN_SAMPLES);
        Ok(recipe.fit_with(y, context)?)
    })?;
    judge(
        "tsne_dbscan",
        "t-SNE, then DBSCAN",
        "The same map, then its dense regions. The number of clusters is not given.",
        json!({
            "tsne": tsne_parameters,
            "dbscan": {"eps": DBSCAN_EPS, "min_samples": DBSCAN_MIN_SAMPLES},
        }),
        Outcome {
            labels: dbscan.labels().to_vec(),
            facts: facts(json!({"n_core_samples": dbscan.core_sample_indices().len()})),
        },
        map_seconds + watch.last(),
    )?;

    let labels = watch.time("Ward on the map", || ward(y, context))?;
    judge(
        "tsne_ward",
        "t-SNE, then Ward",
        "The same map, then agglomerative clustering.",
        json!({
            "tsne": tsne_parameters, "ward": {"n_clusters": N_CLUSTERS, "linkage": "ward"},
        }),
        Outcome {
            labels,
            facts: Map::new(),
        },
        map_seconds + watch.last(),
    )?;

    Ok(Runs {
        ways,
        kmeans: model,
        map,
    })
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

fn kmeans_outcome(model: &KMeansModel) -> Outcome {
    Outcome {
        labels: model.labels().to_vec(),
        facts: facts(json!({
            "inertia": model.inertia(), "n_iter": model.n_iter(), "converged": model.converged(),
        })),
    }
}

fn facts(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(facts) => facts,
        _ => Map::new(),
    }
}
