//! How the runner in `benchmarks/peers` talks to a process that does jobs.
//!
//! One JSON request a line comes in, one JSON reply a line goes out. Matrices pass through files of
//! raw little-endian numbers; reading and writing them is not timed. The process lives on between
//! requests, so that it is as warm as the Python process that it is compared with.

use std::fs::{self, File};
use std::io::{self, BufRead, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use ndarray::Array2;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Request<J> {
    threads: usize,
    input: Matrix,
    /// Where labels (i32), map or components' scores (f32) or neighbours (u32) go.
    output: Option<PathBuf>,
    #[serde(flatten)]
    job: J,
}

/// A file of rows × columns numbers.
#[derive(Debug, Deserialize, PartialEq)]
pub struct Matrix {
    path: PathBuf,
    rows: usize,
    columns: usize,
}

/// What a job found: figures for the reply, numbers for the output file.
#[derive(Debug)]
pub struct Outcome {
    seconds: f64,
    figures: Value,
    output: Vec<u8>,
}

/// Answers requests until the input ends; `run` does a job on its input with so many threads.
///
/// # Errors
/// When a request cannot be read, a job fails, or files do.
pub fn serve<J: DeserializeOwned>(
    mut run: impl FnMut(&J, &Array2<f32>, usize) -> Result<Outcome>,
) -> Result<()> {
    let mut input = None;
    for line in io::stdin().lock().lines() {
        let request: Request<J> = serde_json::from_str(&line?).context("reading the request")?;
        let x = match &input {
            Some((matrix, x)) if *matrix == request.input => x,
            _ => {
                // The last input goes before the next one comes, or the peak would count both.
                input = None;
                let x = request.input.read()?;
                &input.insert((request.input, x)).1
            }
        };
        let outcome = run(&request.job, x, request.threads)?;
        if let Some(path) = request.output {
            fs::write(path, outcome.output)?;
        }
        let reply = json!({
            "seconds": outcome.seconds,
            "figures": outcome.figures,
            "peak_bytes": peak_bytes(),
        });
        writeln!(io::stdout().lock(), "{reply}")?;
    }
    Ok(())
}

/// Does the work by the clock; `figures` and `output` are not timed.
///
/// # Errors
/// Those of the work.
pub fn timed<T>(
    work: impl FnOnce() -> Result<T>,
    figures: impl FnOnce(&T) -> Value,
    output: impl FnOnce(&T) -> Vec<u8>,
) -> Result<Outcome> {
    let start = Instant::now();
    let result = work()?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Outcome {
        seconds,
        figures: figures(&result),
        output: output(&result),
    })
}

impl Matrix {
    /// Reads it.
    ///
    /// # Errors
    /// When the file is missing or of another size.
    pub fn read(&self) -> Result<Array2<f32>> {
        let shape = (self.rows, self.columns);
        let count = self.rows * self.columns;
        let numbers = read_numbers(&self.path, count, f32::from_le_bytes)?;
        Ok(Array2::from_shape_vec(shape, numbers)?)
    }
}

/// Reads a file of `count` numbers, by pieces: holding the whole file beside its numbers would double the peak
/// of memory.
///
/// # Errors
/// When the file is missing or of another size.
pub fn read_numbers<T>(path: &Path, count: usize, number: impl Fn([u8; 4]) -> T) -> Result<Vec<T>> {
    let mut file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let found = file.metadata()?.len();
    ensure!(
        found == 4 * count as u64,
        "{} must hold {count} numbers of 4 bytes, got {found} bytes",
        path.display()
    );
    let mut numbers = Vec::with_capacity(count);
    let mut piece = vec![0; 1 << 20];
    while numbers.len() < count {
        let length = piece.len().min(4 * (count - numbers.len()));
        file.read_exact(&mut piece[..length])?;
        let (quads, _) = piece[..length].as_chunks::<4>();
        numbers.extend(quads.iter().map(|quad| number(*quad)));
    }
    Ok(numbers)
}

/// Numbers for an output file.
pub fn bytes<'a, T: Copy + 'a>(
    numbers: impl IntoIterator<Item = &'a T>,
    to_bytes: impl Fn(T) -> [u8; 4],
) -> Vec<u8> {
    numbers.into_iter().flat_map(|v| to_bytes(*v)).collect()
}

/// The most memory that this process ever held, where the system tells it (Linux).
fn peak_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(1024 * kibibytes)
}
