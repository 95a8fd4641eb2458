//! `lookalike evaluate`

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// CSV file with the true labels, numbers or words
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: PathBuf,
    /// CSV file with the labels to score, in the same order; −1 is noise
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: PathBuf,
    /// Column of the true labels [default: the only one, or label, labels, target or cluster]
    #[arg(long, value_name = "NAME")]
    pub(crate) truth_column: Option<String>,
    /// Column of the labels to score [default: the only one, or cluster, labels, label or target]
    #[arg(long, value_name = "NAME")]
    pub(crate) labels_column: Option<String>,
    /// Print the results as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
