//! Clusters.

pub mod agglomerative;
pub mod dbscan;
pub mod kmeans;
mod union_find;

pub use agglomerative::{
    AgglomerativeClustering, AgglomerativeModel, Dendrogram, Linkage, Merge, linkage,
};
pub use dbscan::{Dbscan, DbscanModel};
pub use kmeans::{Init, KMeans, KMeansModel};
