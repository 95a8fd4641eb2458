//! Folders of pictures.

use std::path::{Path, PathBuf};

use lookalike::imagery::cache::{FeatureCache, default_folder};
use lookalike::imagery::collection::{Collection, Labels, labels_from_parents};
use lookalike::imagery::features::Color;
use lookalike::imagery::features::cnn::CnnOptions;
use lookalike::output::OutputFolder;
use lookalike::pictures::{
    ChosenFeatures, Cluster, Embedding, Extras, FeatureChoice, Input, KeptPca, MapMethod, RESULTS,
    Reduce, Results, embed, title,
};
use lookalike::record::{self, RunRecord};
use lookalike::{Context, Error, Result};
use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::prelude::*;
use serde_json::Value;

use super::{Count, refused, word};
use crate::call::{How, run};

/// Which pictures, and what stands for them.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Source {
    path: PathBuf,
    exclude: Vec<String>,
    limit: Option<usize>,
    features: String,
    size: Option<usize>,
    color: Option<String>,
    model: Option<PathBuf>,
    layer: Option<String>,
    preprocess: Option<String>,
    pool: String,
    normalize: bool,
    /// None keeps no features, an empty path keeps them where the system keeps caches.
    cache: Option<PathBuf>,
}

/// What was found of the pictures of a source.
struct Found {
    embedding: Embedding,
    features: ChosenFeatures,
    cache: Option<FeatureCache>,
}

impl Source {
    fn choice(&self) -> PyResult<FeatureChoice> {
        let color = self
            .color
            .as_deref()
            .map(|color| word::<Color>("color", color));
        let parsed = |e: lookalike::imagery::Error| crate::error::to_python(&e.into());
        Ok(match (self.features.as_str(), &self.model) {
            ("auto" | "cnn", Some(model)) => FeatureChoice::Cnn(
                model.clone(),
                CnnOptions {
                    layer: self.layer.clone(),
                    preprocess: self
                        .preprocess
                        .as_deref()
                        .map(str::parse)
                        .transpose()
                        .map_err(parsed)?,
                    pool: self.pool.parse().map_err(parsed)?,
                    normalize: self.normalize,
                },
            ),
            ("auto", None) => FeatureChoice::Auto,
            ("pixels", _) => FeatureChoice::Pixels {
                size: self.size,
                color: color.transpose()?,
            },
            ("descriptor", _) => FeatureChoice::Descriptor,
            ("cnn", None) => {
                let rule = "be the path of an ONNX file with features='cnn'";
                return Err(refused("model", rule, "None"));
            }
            (other, _) => {
                let rule = "be auto, pixels, descriptor or cnn";
                return Err(refused("features", rule, other));
            }
        })
    }

    fn embed(&self, choice: &FeatureChoice, context: &Context) -> Result<Found> {
        let options = lookalike::imagery::collection::Options {
            exclude: self.exclude.clone(),
            limit: self.limit,
            results: &RESULTS,
        };
        let found = Collection::from_path(&self.path, &options)?;
        let features = choice.choose(&found.items)?;
        let cache = match &self.cache {
            None => None,
            Some(folder) if folder.as_os_str().is_empty() => {
                // The usual cache is a help, not a need.
                default_folder()
                    .and_then(|folder| FeatureCache::open(&folder))
                    .ok()
            }
            Some(folder) => Some(FeatureCache::open(folder)?),
        };
        let embedding = embed(&found.items, &*features.features, cache.as_ref(), context)?;
        Ok(Found {
            embedding,
            features,
            cache,
        })
    }
}

impl Found {
    fn names(&self) -> Vec<PathBuf> {
        self.embedding
            .items
            .iter()
            .map(|item| item.name.clone())
            .collect()
    }

    fn unusable(&self) -> Vec<(PathBuf, String)> {
        let unusable = self.embedding.unusable.iter();
        unusable
            .map(|one| (one.name.clone(), one.reason.clone()))
            .collect()
    }
}

type Embedded<'py> = (
    Bound<'py, PyArray2<f32>>,
    Vec<PathBuf>,
    Vec<(PathBuf, String)>,
    String,
);

/// (features, names, unusable pictures and why, features in words) of the pictures of a source.
#[pyfunction]
pub(crate) fn embed_images(py: Python<'_>, source: Source, how: How) -> PyResult<Embedded<'_>> {
    let choice = source.choice()?;
    let found = run(py, how, |context| source.embed(&choice, context))?;
    let (names, unusable) = (found.names(), found.unusable());
    let words = found.features.recipe.words();
    Ok((
        found.embedding.rows.into_pyarray(py),
        names,
        unusable,
        words,
    ))
}

/// How pictures are clustered, and what is written.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Recipe {
    n_clusters: Count,
    reduce: Option<usize>,
    map: String,
    perplexity: f64,
    n_init: Option<usize>,
    seed: u64,
    labels_from_parents: bool,
    output: Option<PathBuf>,
    overwrite: bool,
    /// All of it in words, for the record.
    record: String,
}

type Clustered<'py> = (
    Embedded<'py>,
    Bound<'py, PyArray1<i32>>,
    Bound<'py, PyArray2<f32>>,
    Option<Bound<'py, PyArray2<f32>>>,
    Vec<Option<f64>>,
    String,
    String,
);

/// (what `embed_images` gives, labels, centers, map, silhouettes, metrics as JSON, clusters as JSON).
#[pyfunction]
pub(crate) fn cluster_images(
    py: Python<'_>,
    source: Source,
    recipe: Recipe,
    how: How,
) -> PyResult<Clustered<'_>> {
    let choice = source.choice()?;
    let map = match recipe.map.as_str() {
        "tsne" => MapMethod::Tsne,
        "pca" => MapMethod::Pca,
        "none" => MapMethod::None,
        other => return Err(refused("map", "be tsne, pca or none", other)),
    };
    let cluster = Cluster::new(recipe.n_clusters.into())
        .reduce(recipe.reduce.map_or(Reduce::None, Reduce::Pca))
        .map(map)
        .perplexity(recipe.perplexity)
        .n_init(recipe.n_init)
        .seed(recipe.seed);
    let (found, clustering, metrics, clusters) = run(py, how, |context| {
        let mut folder = match &recipe.output {
            None => None,
            // Refused before the work is done, not after.
            Some(path) => Some(OutputFolder::create(path, recipe.overwrite)?),
        };
        let found = source.embed(&choice, context)?;
        let items = &found.embedding.items;
        let labels: Option<Labels> = recipe
            .labels_from_parents
            .then(|| labels_from_parents(items));
        let settings = found.features.features.settings();
        let input = Input {
            source: title(Path::new(&source.path)),
            names: found.names(),
            items: Some(items),
            rows: &found.embedding.rows,
            features: Some(found.features.recipe.clone()),
            unusable: &found.embedding.unusable,
            labels,
            kept: found
                .cache
                .as_ref()
                .map(|cache| KeptPca::new(cache, &found.embedding.sha256, &settings)),
        };
        let results = Results::new(cluster, input, context)?;
        if let Some(folder) = &mut folder {
            context.run(|| results.write(folder, Extras::default()))?;
            let run = RunRecord {
                version: env!("CARGO_PKG_VERSION"),
                command: "cluster",
                arguments: serde_json::from_str(&recipe.record).unwrap_or(Value::Null),
                inputs: vec![record::Input {
                    name: source.path.display().to_string(),
                    sha256: found.embedding.sha256.clone(),
                }],
                seconds: Vec::new(),
            };
            folder.write("run.json", run.json().as_bytes())?;
        }
        context.check()?;
        folder.map(OutputFolder::finish).transpose()?;
        let (metrics, clusters) = (results.metrics(), results.clusters());
        let clustering = results.clustering;
        Ok::<_, Error>((found, clustering, metrics.to_string(), clusters.to_string()))
    })?;
    let members = clustering.groups.members.iter();
    let silhouettes = members.map(|member| member.silhouette).collect();
    let (names, unusable) = (found.names(), found.unusable());
    let words = found.features.recipe.words();
    Ok((
        (
            found.embedding.rows.into_pyarray(py),
            names,
            unusable,
            words,
        ),
        clustering.labels.into_pyarray(py),
        clustering.centers.into_pyarray(py),
        clustering.map.map(|map| map.into_pyarray(py)),
        silhouettes,
        metrics,
        clusters,
    ))
}
