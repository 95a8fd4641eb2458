//! Clusters.

mod agglomerative;
mod dbscan;
pub mod kmeans;
pub mod mini_batch_kmeans;
pub mod pixel_kmeans;
mod spanning_tree;
mod union_find;

use crate::{Error, Result};

pub use agglomerative::{
    AgglomerativeClustering, AgglomerativeModel, Dendrogram, Linkage, Merge, linkage,
};
pub use dbscan::{Dbscan, DbscanModel};
pub use kmeans::{Init, KMeans, KMeansModel};
pub use mini_batch_kmeans::{MiniBatchKMeans, MiniBatchKMeansModel};
pub use pixel_kmeans::{PixelKMeans, PixelKMeansModel};
pub use spanning_tree::{Edge, minimum_spanning_tree, minimum_spanning_tree_with};

fn check_n_clusters(n_clusters: usize, n_samples: usize) -> Result<()> {
    if n_clusters == 0 || n_clusters > n_samples {
        let rule = format!("be between 1 and the number of samples ({n_samples})");
        return Err(Error::parameter("n_clusters", rule, n_clusters));
    }
    Ok(())
}

/// The place of the least value, the first among equals.
#[inline]
fn first_minimum(values: &[f64]) -> (usize, f64) {
    const LANES: usize = 8;
    let mut lanes = [f64::INFINITY; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (least, &value) in lanes.iter_mut().zip(chunk) {
            *least = if value < *least { value } else { *least };
        }
    }
    let least = lanes
        .iter()
        .chain(rest)
        .fold(f64::INFINITY, |l, &v| l.min(v));
    let at = values.iter().position(|&value| value <= least);
    (at.unwrap_or(0), least)
}
