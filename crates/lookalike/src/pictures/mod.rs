//! Folders of pictures: rows of features become clusters, and a folder of results that a person can
//! judge.
//!
//! [`FeatureChoice`] says what stands for a picture, [`embed`] turns pictures into rows, [`Cluster`]
//! groups rows, [`Results`] writes what came of it, and a [`PictureModel`] puts new pictures into the
//! same clusters.

mod assign;
mod choose;
mod cluster;
mod csv_lines;
mod embed;
mod features;
mod files;
mod groups;
mod kept_pca;
mod member_table;
mod model;
mod report;
mod results;
mod sheets;
mod sort;
mod thumbnail;
mod truth;
mod vectors;

pub use assign::Assigned;
pub use cluster::{
    Algorithm, Cluster, ClusterOn, Clustering, DEFAULT_CHOICE, DEFAULT_COMPONENTS, MapMethod,
    Outcome, Reduce, Scores,
};
pub use embed::{Embedding, PICTURES, Unusable, embed};
pub use features::{ChosenFeatures, FeatureChoice, FeatureRecipe};
pub use files::{Embeddings, Extras, RESULTS, bad_files_csv};
pub use groups::{Group, Groups, Member, by_size};
pub use kept_pca::KeptPca;
pub use model::{FitRecord, ModelCluster, PictureModel};
pub use results::{Input, Results, title};
pub use sheets::Sheets;
pub use sort::{SortBy, sort_into, sorted_paths};
pub use truth::{Majority, Truth};
pub use vectors::VectorFormat;
