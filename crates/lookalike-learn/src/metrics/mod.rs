//! Scores of labels and of maps, under scikit-learn's names and with its values.
//!
//! | question | scores |
//! |---|---|
//! | the true labels are known, clusters have no names yet | [`match_labels`], [`match_labels_one_to_one`], [`Matching`] |
//! | how good are labels that bear the classes' names | [`accuracy_score`], [`confusion_matrix`], [`ClassificationReport`] |
//! | do two partitions agree, whatever the names | [`adjusted_rand_score`], [`adjusted_mutual_info_score`], [`normalized_mutual_info_score`], [`homogeneity_completeness_v_measure`], [`fowlkes_mallows_score`], [`purity_score`] |
//! | are the clusters compact and apart, without any truth | [`silhouette_score`], [`davies_bouldin_score`], [`calinski_harabasz_score`] |
//! | does a map keep the neighbours | [`trustworthiness`], [`neighbor_recall`] |
//!
//! Labels are `&[i32]`, the true ones first. Noise (−1) is a miss for the matchings and one more
//! label for all other scores, as it is in scikit-learn.

mod classification;
mod clustering;
mod contingency;
mod dispersion;
mod embedding;
mod expected_information;
mod groups;
mod hungarian;
mod matching;
mod ranks;
mod report;
mod silhouette;

pub use classification::{ConfusionMatrix, accuracy_score, confusion_matrix};
pub use clustering::{
    HomogeneityCompletenessVMeasure, adjusted_mutual_info_score, adjusted_rand_score,
    fowlkes_mallows_score, homogeneity_completeness_v_measure, normalized_mutual_info_score,
    purity_score,
};
pub use dispersion::{
    calinski_harabasz_score, calinski_harabasz_score_with, davies_bouldin_score,
    davies_bouldin_score_with,
};
pub use embedding::{neighbor_recall, neighbor_recall_with, trustworthiness, trustworthiness_with};
pub use matching::{MatchedCluster, Matching, match_labels, match_labels_one_to_one};
pub use report::{AverageScores, ClassScores, ClassificationReport};
pub use silhouette::{
    silhouette_samples, silhouette_samples_with, silhouette_score, silhouette_score_with,
};
