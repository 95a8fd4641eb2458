//! How long it takes to decode pictures, for `benchmarks/decoding/run`:
//!
//!     decode_pictures THREADS FILE ...
//!
//! Says the seconds of each of the passes that are asked for by empty lines on stdin, one a line.

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::time::Instant;

use lookalike_imagery::picture::decode;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let n_threads = arguments
        .next()
        .ok_or("see the head of this file")?
        .parse()?;
    let files: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let pool = ThreadPoolBuilder::new().num_threads(n_threads).build()?;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        line?;
        let start = Instant::now();
        pool.install(|| {
            files
                .par_iter()
                .with_max_len(1)
                .try_for_each(|file| decode(file).map(drop))
        })?;
        writeln!(out, "{:.6}", start.elapsed().as_secs_f64())?;
        out.flush()?;
    }
    Ok(())
}
