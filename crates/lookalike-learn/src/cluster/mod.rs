//! Clusters.

mod agglomerative;
mod dbscan;
pub mod kmeans;
pub mod mini_batch_kmeans;
mod union_find;

pub use agglomerative::{
    AgglomerativeClustering, AgglomerativeModel, Dendrogram, Linkage, Merge, linkage,
};
pub use dbscan::{Dbscan, DbscanModel};
pub use kmeans::{Init, KMeans, KMeansModel};
pub use mini_batch_kmeans::{MiniBatchKMeans, MiniBatchKMeansModel};
