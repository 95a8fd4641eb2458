//! What every verb takes that computes and writes files.

use clap::Args;
use lookalike::{Context, Result};
use serde::Serialize;

use crate::{interrupt, progress};

#[derive(Debug, Args, Serialize)]
pub(crate) struct RunArgs {
    /// Replace files of the same names
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

impl RunArgs {
    /// Threads as asked, progress where somebody watches, stopped by Ctrl-C.
    pub(crate) fn context(&self) -> Result<Context> {
        let mut context = Context::new().cancel_with(&interrupt::cancel_token());
        if let Some(threads) = self.threads {
            context = context.threads(threads)?;
        }
        Ok(progress::show(context, self.quiet))
    }
}

fn threads(text: &str) -> std::result::Result<usize, String> {
    match text.parse() {
        Ok(n) if (1..=1024).contains(&n) => Ok(n),
        _ => Err("threads must be a whole number from 1 to 1024".to_owned()),
    }
}
