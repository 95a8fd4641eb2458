//! Clusters.

pub mod kmeans;

pub use kmeans::{Init, KMeans, KMeansModel};
