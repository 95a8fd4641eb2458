//! Clustering.

mod agglomerative;
mod dbscan;
mod union_find;

pub use agglomerative::{
    AgglomerativeClustering, AgglomerativeModel, Dendrogram, Linkage, Merge, linkage,
};
pub use dbscan::{Dbscan, DbscanModel};
