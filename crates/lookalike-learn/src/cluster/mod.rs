//! Clusters.

mod agglomerative;
mod dbscan;
pub mod kmeans;
pub mod mini_batch_kmeans;
pub mod pixel_kmeans;
mod union_find;

use crate::{Error, Result};

pub use agglomerative::{
    AgglomerativeClustering, AgglomerativeModel, Dendrogram, Linkage, Merge, linkage,
};
pub use dbscan::{Dbscan, DbscanModel};
pub use kmeans::{Init, KMeans, KMeansModel};
pub use mini_batch_kmeans::{MiniBatchKMeans, MiniBatchKMeansModel};
pub use pixel_kmeans::{PixelKMeans, PixelKMeansModel};

fn check_n_clusters(n_clusters: usize, n_samples: usize) -> Result<()> {
    if n_clusters == 0 || n_clusters > n_samples {
        let rule = format!("be between 1 and the number of samples ({n_samples})");
        return Err(Error::parameter("n_clusters", rule, n_clusters));
    }
    Ok(())
}
