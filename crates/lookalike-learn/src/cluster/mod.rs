//! Clustering.

mod dbscan;
mod union_find;

pub use dbscan::{Dbscan, DbscanModel};
