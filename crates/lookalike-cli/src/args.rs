//! The command line, as clap reads it.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

/// Groups what looks alike.
#[derive(Debug, Parser)]
#[command(name = "lookalike", version, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Group 1797 handwritten digits in seven ways, judge them, and write figures and a report
    Demo(DemoArgs),
    /// Score labels against the true ones
    Evaluate(EvaluateArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DemoArgs {
    /// Folder to write
    #[arg(short, long, value_name = "FOLDER", default_value = "lookalike-demo")]
    pub(crate) output: PathBuf,
    /// Replace files of the same names when the folder exists
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Which random numbers to draw
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Threads to use; results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
    /// Say nothing but the results
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Print the results as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct EvaluateArgs {
    /// CSV file with the true labels
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: PathBuf,
    /// CSV file with the labels to score, in the same order; −1 is noise
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: PathBuf,
    /// Column of the true labels [default: the only one, or label, labels, cluster or target]
    #[arg(long, value_name = "NAME")]
    pub(crate) truth_column: Option<String>,
    /// Column of the labels to score [default: as above]
    #[arg(long, value_name = "NAME")]
    pub(crate) labels_column: Option<String>,
    /// Print the results as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if (1..=1024).contains(&n) => Ok(n),
        _ => Err("threads must be a whole number from 1 to 1024".to_owned()),
    }
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
