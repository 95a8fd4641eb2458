//! Our side of the race of networks: rows of a model's layer, and how long they take.
//!
//!     cnn_speed MODEL N_PICTURES N_THREADS ROWS
//!
//! Writes the rows of the pictures, not normalised, to the file ROWS as little-endian `f32`. Then, for
//! each line on standard input, takes them again and prints the seconds.

#![allow(clippy::print_stdout, reason = "it talks to the runner")]

use std::error::Error;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

use lookalike_imagery::features::Features;
use lookalike_imagery::features::cnn::{Cnn, CnnOptions, Preprocess};
use lookalike_imagery::picture::{Channels, Picture, PicturePixels};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

const SIDE: usize = 224;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<_> = std::env::args().collect();
    let [_, model, n_pictures, n_threads, path] = arguments.as_slice() else {
        return Err("four arguments are needed".into());
    };
    let pictures: Vec<_> = (0..n_pictures.parse()?).map(picture).collect();
    let options = CnnOptions {
        preprocess: Some(Preprocess::KerasTf),
        normalize: false,
        ..CnnOptions::default()
    };
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads.parse()?)
        .build()?;
    threads.install(|| {
        let cnn = Cnn::open(Path::new(model), &options)?;
        let rows = extract(&cnn, &pictures)?;
        let bytes: Vec<u8> = rows.iter().flat_map(|x| x.to_le_bytes()).collect();
        std::fs::write(path, bytes)?;
        println!("{} {} {}", cnn.layer(), cnn.n_features(), cnn.batch_size());
        for line in std::io::stdin().lock().lines() {
            line?;
            let start = Instant::now();
            extract(&cnn, &pictures)?;
            println!("{}", start.elapsed().as_secs_f64());
        }
        Ok(())
    })
}

/// Noise that the runner makes too: a number's bits, mixed.
fn picture(index: u32) -> Picture {
    let n = SIDE * SIDE * 3;
    let level = |i: usize| {
        let mixed = (i as u32 + index * n as u32).wrapping_mul(2_654_435_761);
        (mixed >> 24) as u8
    };
    Picture {
        width: SIDE,
        height: SIDE,
        channels: Channels::Rgb,
        pixels: PicturePixels::U8((0..n).map(level).collect()),
    }
}

/// As a job does: batches side by side.
fn extract(cnn: &Cnn, pictures: &[Picture]) -> lookalike_imagery::Result<Array2<f32>> {
    let mut rows = Array2::zeros((pictures.len(), cnn.n_features()));
    let n = cnn.batch_size();
    let batches: Vec<_> = rows.axis_chunks_iter_mut(Axis(0), n).collect();
    let batches = batches.into_par_iter().zip(pictures.par_chunks(n));
    batches.try_for_each(|(rows, pictures)| cnn.extract(pictures, rows))?;
    Ok(rows)
}
