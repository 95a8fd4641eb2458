//! The command line, as clap reads it: one file a verb.

use clap::{Parser, Subcommand};

mod assign;
mod choice;
mod cluster;
mod demo;
mod embed;
mod evaluate;
mod features;
mod n_clusters;
mod paths;
mod pictures;
mod quantize;
mod reduce;
mod run;
mod segment;
mod vectors;

pub(crate) use assign::AssignArgs;
pub(crate) use cluster::{AlgorithmName, ClusterArgs};
pub(crate) use demo::DemoArgs;
pub(crate) use embed::EmbedArgs;
pub(crate) use evaluate::EvaluateArgs;
pub(crate) use features::{FeatureArgs, FeatureName};
pub(crate) use pictures::{CacheArgs, PictureArgs};
pub(crate) use quantize::QuantizeArgs;
pub(crate) use reduce::{ReduceArgs, ReduceMethod};
pub(crate) use run::RunArgs;
pub(crate) use segment::SegmentArgs;
pub(crate) use vectors::VectorArgs;

/// Groups what looks alike.
#[derive(Debug, Parser)]
#[command(name = "lookalike", version, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Group 1797 handwritten digits in seven ways, and a synthetic scene; judge them, and write figures
    /// and a report
    Demo(DemoArgs),
    /// Group the pictures of a folder, and write contact sheets, a map and a report
    Cluster(Box<ClusterArgs>),
    /// Put new pictures into the clusters of an earlier run
    Assign(AssignArgs),
    /// Turn pictures into vectors
    Embed(EmbedArgs),
    /// Give vectors fewer columns
    Reduce(ReduceArgs),
    /// Give every pixel of a satellite scene, or of a photo, a class
    // Much larger than the others.
    Segment(Box<SegmentArgs>),
    /// Keep the few colours of a photo that change it least
    Quantize(QuantizeArgs),
    /// Score labels against the true ones
    Evaluate(EvaluateArgs),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }
}
