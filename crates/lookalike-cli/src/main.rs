//! The command `lookalike`: arguments → job → printed words.
//!
//! Data goes to stdout, talk and progress to stderr. Exit 0: done; 1: the work failed; 2: wrong
//! usage; 130: stopped by Ctrl-C.

use std::process::ExitCode;

use clap::Parser;

mod args;
mod commands;
mod interrupt;
mod printer;
mod progress;

use args::{Args, Command};
use lookalike::ErrorKind;

fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Demo(args) => commands::demo::run(&args),
        Command::Cluster(args) => commands::cluster::run(&args),
        Command::Assign(args) => commands::assign::run(&args),
        Command::Embed(args) => commands::embed::run(&args),
        Command::Reduce(args) => commands::reduce::run(&args),
        Command::Segment(args) => commands::segment::run(&args),
        Command::Quantize(args) => commands::quantize::run(&args),
        Command::Evaluate(args) => commands::evaluate::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            printer::error(&error);
            match error.kind() {
                ErrorKind::InvalidParameter => ExitCode::from(2),
                ErrorKind::Cancelled => ExitCode::from(interrupt::EXIT_CODE),
                _ => ExitCode::FAILURE,
            }
        }
    }
}
