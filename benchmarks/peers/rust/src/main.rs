//! Peers in Rust: kodama and bhtsne, asked as our side is.

use anyhow::{Result, anyhow};
use bhtsne::tSNE;
use kodama::{Dendrogram, Method, linkage};
use lookalike_race_protocol::{Outcome, bytes, serve, timed};
use ndarray::Array2;
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
enum Job {
    Tsne { seed: u64 },
    Ward { n_clusters: usize },
}

fn main() -> Result<()> {
    let mut pool: Option<ThreadPool> = None;
    serve(|job: &Job, x, threads| {
        if pool
            .as_ref()
            .is_none_or(|pool| pool.current_num_threads() != threads)
        {
            pool = Some(ThreadPoolBuilder::new().num_threads(threads).build()?);
        }
        match &pool {
            Some(pool) => pool.install(|| run(job, x)),
            None => run(job, x),
        }
    })
}

fn run(job: &Job, x: &Array2<f32>) -> Result<Outcome> {
    let rows = x.as_slice().ok_or_else(|| anyhow!("rows are contiguous"))?;
    let d = x.ncols();
    match job {
        // By interpolation, its fastest way; it has no seed.
        Job::Tsne { seed: _ } => timed(
            || {
                let rows: Vec<&[f32]> = rows.chunks_exact(d).collect();
                let mut tsne: tSNE<'_, f32, &[f32]> = tSNE::new(&rows);
                tsne.perplexity(30.0);
                tsne.fit_sne(|a, b| distance(a, b).sqrt());
                Ok(tsne.embedding())
            },
            |_| json!({"n_iter": 1000}),
            |map| bytes(map, f32::to_le_bytes),
        ),
        Job::Ward { n_clusters } => timed(
            || {
                let mut distances = Vec::with_capacity(x.nrows() * (x.nrows() - 1) / 2);
                let rows: Vec<&[f32]> = rows.chunks_exact(d).collect();
                for (i, a) in rows.iter().enumerate() {
                    distances.extend(rows[i + 1..].iter().map(|b| distance(a, b).sqrt()));
                }
                Ok(linkage(&mut distances, rows.len(), Method::Ward))
            },
            |_| json!({}),
            |tree| bytes(&labels(tree, *n_clusters), i32::to_le_bytes),
        ),
    }
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

fn labels(tree: &Dendrogram<f32>, n_clusters: usize) -> Vec<i32> {
    let n = tree.observations();
    let mut parents: Vec<usize> = (0..2 * n).collect();
    for (i, step) in tree.steps()[..n - n_clusters].iter().enumerate() {
        parents[step.cluster1] = n + i;
        parents[step.cluster2] = n + i;
    }
    let root = |mut cluster: usize| {
        while parents[cluster] != cluster {
            cluster = parents[cluster];
        }
        cluster
    };
    let roots: Vec<usize> = (0..n).map(root).collect();
    let mut known = roots.clone();
    known.sort_unstable();
    known.dedup();
    let label = |root: &usize| known.binary_search(root).unwrap_or(0) as i32;
    roots.iter().map(label).collect()
}
