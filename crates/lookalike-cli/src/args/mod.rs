//! The command line, as clap reads it: one file a verb.

use clap::{Parser, Subcommand};

mod choice;
mod demo;
mod evaluate;
mod quantize;
mod run;
mod segment;

pub(crate) use demo::DemoArgs;
pub(crate) use evaluate::EvaluateArgs;
pub(crate) use quantize::QuantizeArgs;
pub(crate) use run::RunArgs;
pub(crate) use segment::SegmentArgs;

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
