//! Our side of the race in `benchmarks/peers`: runs jobs, and says how long they took.
//!
//! One JSON request a line comes in, one JSON reply a line goes out. Matrices pass through files of
//! raw little-endian numbers; reading and writing them is not timed. The process lives on between
//! requests, so that it is as warm as the Python process that it is compared with.

use std::fs::{self, File};
use std::io::{self, BufRead, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use lookalike::{
    AgglomerativeClustering, Context, Dbscan, Init, KMeans, MiniBatchKMeans, Pca, Tsne, TsneInit,
    metrics, neighbors,
};
use ndarray::Array2;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Request {
    threads: usize,
    input: Matrix,
    /// Where labels (i32), map or components' scores (f32) or neighbours (u32) go.
    output: Option<PathBuf>,
    #[serde(flatten)]
    job: Job,
}

#[derive(Deserialize, PartialEq)]
struct Matrix {
    path: PathBuf,
    rows: usize,
    columns: usize,
}

#[derive(Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
enum Job {
    Kmeans {
        n_clusters: usize,
        n_init: Option<usize>,
        init: Option<Matrix>,
        max_iter: Option<usize>,
        tol: Option<f64>,
        seed: u64,
    },
    MiniBatchKmeans {
        n_clusters: usize,
        n_init: usize,
        seed: u64,
    },
    Tsne {
        random: bool,
        seed: u64,
    },
    Dbscan {
        eps: f64,
        min_samples: usize,
    },
    Ward {
        n_clusters: usize,
    },
    Pca {
        n_components: usize,
    },
    Silhouette {
        labels: PathBuf,
    },
    KNearest {
        n_neighbors: usize,
    },
}

/// What a job found: figures for the reply, numbers for the output file.
struct Outcome {
    seconds: f64,
    figures: Value,
    output: Vec<u8>,
}

fn main() -> Result<()> {
    let mut input = None;
    let mut context = None;
    for line in io::stdin().lock().lines() {
        let request: Request = serde_json::from_str(&line?).context("reading the request")?;
        let context = match &context {
            Some((threads, context)) if *threads == request.threads => context,
            _ => {
                let made = Context::new().threads(request.threads)?;
                &context.insert((request.threads, made)).1
            }
        };
        let x = match &input {
            Some((matrix, x)) if *matrix == request.input => x,
            _ => {
                // The last input goes before the next one comes, or the peak would count both.
                input = None;
                let x = read_matrix(&request.input)?;
                &input.insert((request.input, x)).1
            }
        };
        let outcome = run(&request.job, x, context)?;
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

fn run(job: &Job, x: &Array2<f32>, context: &Context) -> Result<Outcome> {
    match job {
        Job::Kmeans {
            n_clusters,
            n_init,
            init,
            max_iter,
            tol,
            seed,
        } => {
            let mut recipe = KMeans::new(*n_clusters).seed(*seed);
            if let Some(max_iter) = max_iter {
                recipe = recipe.max_iter(*max_iter);
            }
            if let Some(tol) = tol {
                recipe = recipe.tol(*tol);
            }
            if let Some(n_init) = n_init {
                recipe = recipe.n_init(*n_init);
            }
            if let Some(centers) = init {
                recipe = recipe.init(Init::Centers(read_matrix(centers)?));
            }
            timed(
                || recipe.fit_with(x, context),
                |model| json!({"inertia": model.inertia(), "n_iter": model.n_iter()}),
                |model| bytes(model.labels(), i32::to_le_bytes),
            )
        }
        Job::MiniBatchKmeans {
            n_clusters,
            n_init,
            seed,
        } => {
            let recipe = MiniBatchKMeans::new(*n_clusters)
                .n_init(*n_init)
                .seed(*seed);
            timed(
                || recipe.fit_with(x, context),
                |model| json!({"inertia": model.inertia(), "n_iter": model.n_iter()}),
                |model| bytes(model.labels(), i32::to_le_bytes),
            )
        }
        Job::Tsne { random, seed } => {
            let init = if *random {
                TsneInit::Random
            } else {
                TsneInit::Pca
            };
            let recipe = Tsne::new().init(init).seed(*seed);
            timed(
                || recipe.fit_with(x, context),
                |model| json!({"own_kl": model.kl_divergence(), "n_iter": model.n_iter()}),
                |model| bytes(model.embedding(), f32::to_le_bytes),
            )
        }
        Job::Dbscan { eps, min_samples } => {
            let recipe = Dbscan::new().eps(*eps).min_samples(*min_samples);
            timed(
                || recipe.fit_with(x, context),
                |model| json!({"clusters": model.n_clusters(), "noise": model.n_noise()}),
                |model| bytes(model.labels(), i32::to_le_bytes),
            )
        }
        Job::Ward { n_clusters } => {
            let recipe = AgglomerativeClustering::new(*n_clusters);
            timed(
                || recipe.fit_with(x, context),
                |_| json!({}),
                |model| bytes(model.labels(), i32::to_le_bytes),
            )
        }
        Job::Pca { n_components } => timed(
            || {
                let model = Pca::new(*n_components).fit_with(x, context)?;
                let scores = model.transform_with(x, context)?;
                Ok((model, scores))
            },
            |(model, _)| json!({"explained": model.explained_variance_ratio().iter().sum::<f64>()}),
            |(_, scores)| bytes(scores, f32::to_le_bytes),
        ),
        Job::Silhouette { labels } => {
            let labels: Vec<i32> = read_numbers(labels, x.nrows(), i32::from_le_bytes)?;
            timed(
                || metrics::silhouette_score_with(x, &labels, context),
                |score| json!({"silhouette": score}),
                |_| Vec::new(),
            )
        }
        Job::KNearest { n_neighbors } => timed(
            || neighbors::k_nearest_with(x, *n_neighbors, context),
            |_| json!({}),
            |found| bytes(found.indices(), u32::to_le_bytes),
        ),
    }
}

fn timed<T>(
    work: impl FnOnce() -> lookalike::learn::Result<T>,
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

fn read_matrix(matrix: &Matrix) -> Result<Array2<f32>> {
    let shape = (matrix.rows, matrix.columns);
    let count = matrix.rows * matrix.columns;
    let numbers = read_numbers(&matrix.path, count, f32::from_le_bytes)?;
    Ok(Array2::from_shape_vec(shape, numbers)?)
}

/// Reads by pieces: holding the whole file beside its numbers would double the peak of memory.
fn read_numbers<T>(path: &Path, count: usize, number: impl Fn([u8; 4]) -> T) -> Result<Vec<T>> {
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

fn bytes<'a, T: Copy + 'a>(
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
