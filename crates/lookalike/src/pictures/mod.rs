//! Folders of pictures: what a clustering of their features says of each picture and each cluster.

mod groups;

pub use groups::{Group, Groups, Member, by_size};
