//! `lookalike cluster`

use std::path::PathBuf;

use clap::Args;
use clap::builder::TypedValueParser;
use lookalike::pictures::{
    ClusterOn, DEFAULT_CHOICE, Embeddings, MapMethod, Reduce, Sheets, SortBy,
};
use lookalike::{ClusterCount, Linkage};
use serde::Serialize;

use super::choice::{as_debug, one_of};
use super::{FeatureArgs, PictureArgs, RunArgs, VectorArgs, n_clusters};

#[derive(Debug, Args, Serialize)]
pub(crate) struct ClusterArgs {
    /// A folder of pictures, a glob such as 'photos/**/*.jpg', a list file with one path a line, - for
    /// such a list on stdin; or vectors: .npy, .npz, .csv, .parquet
    #[arg(
        value_name = "INPUT",
        required_unless_present = "layers",
        required = false,
        default_value_if("layers", "true", "-")
    )]
    #[serde(serialize_with = "super::paths::one")]
    pub(crate) input: PathBuf,
    /// How many clusters: a number, a range to choose from (5..30), or auto (2..20)
    #[arg(short = 'k', long = "n-clusters", value_name = "K",
          value_parser = n_clusters::parser(DEFAULT_CHOICE), default_value = "auto",
          allow_negative_numbers = true)]
    #[serde(serialize_with = "n_clusters::as_text")]
    pub(crate) n_clusters: ClusterCount,
    /// Folder to write [default: NAME-clusters]
    #[arg(short, long, value_name = "FOLDER")]
    #[serde(serialize_with = "super::paths::maybe")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) pictures: PictureArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) features: FeatureArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) vectors: VectorArgs,

    /// Reduce features first: pca:50, none, or auto (pca:50 where they are more than 50)
    #[arg(long, value_name = "WAY", value_parser = reduce, default_value = "auto",
          help_heading = "Clusters")]
    #[serde(serialize_with = "reduce_as_text")]
    pub(crate) reduce: Reduce,
    /// How clusters are found
    #[arg(long, value_name = "NAME", value_parser = algorithm(), default_value = "kmeans",
          help_heading = "Clusters")]
    pub(crate) algorithm: AlgorithmName,
    /// Starts of k-means, the best of which is kept [default: as scikit-learn]
    #[arg(long, value_name = "N", help_heading = "Clusters")]
    pub(crate) n_init: Option<usize>,
    /// With dbscan: the distance within which pictures are neighbours
    #[arg(
        long,
        value_name = "X",
        default_value_t = 0.5,
        allow_negative_numbers = true,
        help_heading = "Clusters"
    )]
    pub(crate) eps: f64,
    /// With dbscan: neighbours that make a picture the core of a cluster, itself included
    #[arg(long, value_name = "N", default_value_t = 5, help_heading = "Clusters")]
    pub(crate) min_samples: usize,
    /// With agglomerative: how far apart two clusters are
    #[arg(long, value_name = "NAME", value_parser = linkage(), default_value = "ward",
          help_heading = "Clusters")]
    pub(crate) linkage: Linkage,
    /// Cluster the features, or the coordinates of the map
    #[arg(long, value_name = "WHAT", value_parser = cluster_on(), default_value = "features",
          help_heading = "Clusters")]
    pub(crate) cluster_on: ClusterOn,
    /// How the map is made
    #[arg(long, value_name = "WAY", value_parser = map(), default_value = "tsne",
          help_heading = "Clusters")]
    #[serde(serialize_with = "as_debug")]
    pub(crate) map: MapMethod,
    /// With tsne: neighbours that it looks at, about
    #[arg(long, value_name = "X", default_value_t = lookalike::manifold::tsne::DEFAULT_PERPLEXITY,
          help_heading = "Clusters")]
    pub(crate) perplexity: f64,

    /// What the pictures are known to be: parent (the folder each lies in), or a CSV file of paths and
    /// labels; it judges the clusters and has no part in them
    #[arg(long, value_name = "SOURCE", help_heading = "Truth")]
    #[serde(serialize_with = "super::paths::maybe")]
    pub(crate) labels: Option<PathBuf>,
    /// Column of the paths in that file [default: path, filename, …; of two columns the other,
    /// or the first]
    #[arg(long, value_name = "NAME", requires = "labels", help_heading = "Truth")]
    pub(crate) path_column: Option<String>,
    /// Column of the labels, in that file or among the vectors [default: label, …; of two
    /// columns the other, or the second]
    #[arg(long, value_name = "NAME", help_heading = "Truth")]
    pub(crate) label_column: Option<String>,

    /// Contact sheets: of the most typical and borderline pictures of each cluster, of all, or none
    #[arg(long, value_name = "WHICH", value_parser = sheets(), default_value = "best",
          help_heading = "Files")]
    #[serde(serialize_with = "as_debug")]
    pub(crate) sheets: Sheets,
    /// Format in which the features are written
    #[arg(long, value_name = "FORMAT", value_parser = embeddings(), default_value = "npy",
          help_heading = "Files")]
    #[serde(serialize_with = "as_debug")]
    pub(crate) embeddings: Embeddings,
    /// Let the report show the files of the sheets instead of holding pictures itself
    #[arg(long, help_heading = "Files")]
    pub(crate) linked: bool,
    /// Copy or link every picture into a folder a cluster in this new folder; nothing is moved or
    /// deleted
    #[arg(long, value_name = "FOLDER", help_heading = "Files")]
    #[serde(serialize_with = "super::paths::maybe")]
    pub(crate) sort_into: Option<PathBuf>,
    /// How pictures get there
    #[arg(long, value_name = "WAY", value_parser = sort_by(), default_value = "copy",
          help_heading = "Files")]
    pub(crate) sort_by: SortBy,
    /// With --sort-into: print what would go where and write no pictures
    #[arg(long, requires = "sort_into", help_heading = "Files")]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) run: RunArgs,
}

/// An algorithm without its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AlgorithmName {
    KMeans,
    MiniBatch,
    Dbscan,
    Agglomerative,
}

fn reduce(text: &str) -> Result<Reduce, String> {
    match (text, text.strip_prefix("pca:").map(str::parse)) {
        ("auto", _) => Ok(Reduce::Auto),
        ("none", _) => Ok(Reduce::None),
        (_, Some(Ok(n @ 1..))) => Ok(Reduce::Pca(n)),
        _ => Err("reduce must be none, auto, or pca:N with N from 1 on".to_owned()),
    }
}

fn reduce_as_text<S: serde::Serializer>(reduce: &Reduce, to: S) -> Result<S::Ok, S::Error> {
    match reduce {
        Reduce::Auto => to.serialize_str("auto"),
        Reduce::None => to.serialize_str("none"),
        Reduce::Pca(n) => to.collect_str(&format_args!("pca:{n}")),
    }
}

fn algorithm() -> impl TypedValueParser<Value = AlgorithmName> {
    one_of([
        ("kmeans", AlgorithmName::KMeans),
        ("minibatch", AlgorithmName::MiniBatch),
        ("dbscan", AlgorithmName::Dbscan),
        ("agglomerative", AlgorithmName::Agglomerative),
    ])
}

fn linkage() -> impl TypedValueParser<Value = Linkage> {
    one_of([
        ("ward", Linkage::Ward),
        ("complete", Linkage::Complete),
        ("average", Linkage::Average),
        ("single", Linkage::Single),
    ])
}

fn cluster_on() -> impl TypedValueParser<Value = ClusterOn> {
    one_of([("features", ClusterOn::Features), ("map", ClusterOn::Map)])
}

fn map() -> impl TypedValueParser<Value = MapMethod> {
    one_of([
        ("tsne", MapMethod::Tsne),
        ("pca", MapMethod::Pca),
        ("none", MapMethod::None),
    ])
}

fn sheets() -> impl TypedValueParser<Value = Sheets> {
    one_of([
        ("best", Sheets::Best),
        ("all", Sheets::All),
        ("none", Sheets::None),
    ])
}

fn embeddings() -> impl TypedValueParser<Value = Embeddings> {
    one_of([
        ("npy", Embeddings::Npy),
        ("parquet", Embeddings::Parquet),
        ("none", Embeddings::None),
    ])
}

fn sort_by() -> impl TypedValueParser<Value = SortBy> {
    one_of([
        ("copy", SortBy::Copy),
        ("hardlink", SortBy::Hardlink),
        ("symlink", SortBy::Symlink),
    ])
}
