//! Folders of pictures: what a clustering of their features says of each picture and each cluster.

mod choose;
mod cluster;
mod groups;

pub use cluster::{
    Algorithm, Cluster, ClusterOn, Clustering, DEFAULT_CHOICE, DEFAULT_COMPONENTS, MapMethod,
    Outcome, Reduce,
};
pub use groups::{Group, Groups, Member, by_size};
