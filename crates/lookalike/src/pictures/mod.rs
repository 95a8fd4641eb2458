//! Folders of pictures: rows of features become clusters, and a folder of results that a person can
//! judge.
//!
//! [`embed`] turns pictures into rows, [`Cluster`] groups rows, [`Results`] writes what came of it,
//! and a [`PictureModel`] puts new pictures into the same clusters.

mod choose;
mod cluster;
mod csv_lines;
mod embed;
mod groups;
mod sort;
mod truth;

pub use cluster::{
    Algorithm, Cluster, ClusterOn, Clustering, DEFAULT_CHOICE, DEFAULT_COMPONENTS, MapMethod,
    Outcome, Reduce, Scores,
};
pub use embed::{Embedding, Unusable, embed};
pub use groups::{Group, Groups, Member, by_size};
pub use sort::{SortBy, sort_into, sorted_paths};
pub use truth::{Majority, Truth};
mod thumbnail;
