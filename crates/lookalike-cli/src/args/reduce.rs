//! `lookalike reduce`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{RunArgs, VectorArgs};

#[derive(Debug, Args, Serialize)]
pub(crate) struct ReduceArgs {
    /// Vectors: .npy, .npz, .csv or .parquet
    #[arg(value_name = "FILE")]
    #[serde(serialize_with = "super::paths::one")]
    pub(crate) input: PathBuf,
    /// What they become: pca:N, or tsne (two coordinates)
    #[arg(long, value_name = "WAY", value_parser = method, default_value = "pca:50")]
    #[serde(serialize_with = "method_as_text")]
    pub(crate) method: ReduceMethod,
    /// With tsne: neighbours that it looks at, about
    #[arg(long, value_name = "X", default_value_t = lookalike::manifold::tsne::DEFAULT_PERPLEXITY)]
    pub(crate) perplexity: f64,
    /// File to write: .parquet, .npy or .csv [default: NAME.reduced.parquet in the current folder]
    #[arg(short, long, value_name = "FILE")]
    #[serde(serialize_with = "super::paths::maybe")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) vectors: VectorArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) run: RunArgs,
}

/// How vectors get fewer columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReduceMethod {
    Pca(usize),
    Tsne,
}

fn method(text: &str) -> Result<ReduceMethod, String> {
    match (text, text.strip_prefix("pca:").map(str::parse)) {
        ("tsne", _) => Ok(ReduceMethod::Tsne),
        (_, Some(Ok(n @ 1..))) => Ok(ReduceMethod::Pca(n)),
        _ => Err("method must be tsne, or pca:N with N from 1 on".to_owned()),
    }
}

fn method_as_text<S: serde::Serializer>(method: &ReduceMethod, to: S) -> Result<S::Ok, S::Error> {
    match method {
        ReduceMethod::Tsne => to.serialize_str("tsne"),
        ReduceMethod::Pca(n) => to.collect_str(&format_args!("pca:{n}")),
    }
}
