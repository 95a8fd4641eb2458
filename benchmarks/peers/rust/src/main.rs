//! Peers in Rust: bhtsne, kodama, linfa and petal, asked as our side is.

use anyhow::{Result, anyhow};
use bhtsne::tSNE;
use kodama::{Dendrogram, Method, linkage};
use linfa::DatasetBase;
use linfa::traits::{Fit as _, Predict as _};
use linfa_clustering::{KMeans, KMeansInit};
use linfa_nn::distance::L2Dist;
use lookalike_race_protocol::{Outcome, bytes, serve, timed};
use ndarray::Array2;
use ndarray_of_linfa::ArrayView2;
use petal_clustering::{Dbscan, Fit as _};
use petal_neighbors::distance::Euclidean;
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng as _;
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
enum Job {
    Kmeans {
        n_clusters: usize,
        n_init: usize,
        max_iter: Option<u64>,
        seed: u64,
    },
    Dbscan {
        eps: f32,
        min_samples: usize,
    },
    Tsne {},
    Ward {
        n_clusters: usize,
    },
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
        Job::Kmeans {
            n_clusters,
            n_init,
            max_iter,
            seed,
        } => timed(
            || {
                let rows = DatasetBase::from(ArrayView2::from_shape(x.dim(), rows)?);
                let random = Xoshiro256Plus::seed_from_u64(*seed);
                let model = KMeans::params_with(*n_clusters, random, L2Dist)
                    .init_method(KMeansInit::KMeansPlusPlus)
                    .n_runs(*n_init)
                    .max_n_iterations(max_iter.unwrap_or(300))
                    .fit(&rows)?;
                let labels = model.predict(&rows);
                Ok((model, labels))
            },
            // It gives the mean of the iteration before the last; ours is the sum.
            |(model, labels)| {
                let centers = model.centroids();
                let inertia: f64 = (0..x.nrows())
                    .map(|i| {
                        let center = centers.row(labels[i]);
                        let squares = x.row(i).into_iter().zip(center);
                        squares.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>()
                    })
                    .sum();
                json!({"inertia": inertia})
            },
            |(_, labels)| {
                let labels: Vec<i32> = labels.iter().map(|&label| label as i32).collect();
                bytes(&labels, i32::to_le_bytes)
            },
        ),
        Job::Dbscan { eps, min_samples } => timed(
            || {
                let (clusters, _) =
                    Dbscan::new(*eps, *min_samples, Euclidean::default()).fit(x, None);
                Ok(clusters)
            },
            |_| json!({}),
            |clusters| {
                let mut labels = vec![-1; x.nrows()];
                for (&cluster, members) in clusters {
                    for &member in members {
                        labels[member] = cluster as i32;
                    }
                }
                bytes(&labels, i32::to_le_bytes)
            },
        ),
        // By interpolation, its fastest way; it has no seed.
        Job::Tsne {} => timed(
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
