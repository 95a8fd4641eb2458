//! All scores of labels against the true ones.

use lookalike_learn::metrics::{
    ClassificationReport, ConfusionMatrix, Matching, accuracy_score, adjusted_mutual_info_score,
    adjusted_rand_score, confusion_matrix, fowlkes_mallows_score,
    homogeneity_completeness_v_measure, normalized_mutual_info_score, purity_score,
};
use serde::Serialize;

use crate::Result;

/// The label of samples that belong to no cluster.
pub const NOISE: i32 = -1;

/// Scores of a clustering, 1 at best.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scores {
    /// Samples.
    pub n_samples: usize,
    /// Clusters, noise not counted.
    pub n_clusters: usize,
    /// Samples that belong to no cluster.
    pub n_noise: usize,
    /// Share of samples with their true label, when each cluster takes the label most of its
    /// members have. Noise is a miss.
    pub accuracy: f64,
    /// The same when each label is given to one cluster only, in the best way. Samples of clusters
    /// that are left over are misses.
    pub accuracy_one_to_one: f64,
    /// Adjusted Rand index.
    pub adjusted_rand: f64,
    /// Adjusted mutual information.
    pub adjusted_mutual_info: f64,
    /// Normalised mutual information.
    pub normalized_mutual_info: f64,
    /// Whether clusters hold samples of one label only.
    pub homogeneity: f64,
    /// Whether the samples of a label are in one cluster only.
    pub completeness: f64,
    /// The harmonic mean of the two.
    pub v_measure: f64,
    /// Fowlkes–Mallows index.
    pub fowlkes_mallows: f64,
    /// Share of samples that bear the most frequent label of their cluster.
    pub purity: f64,
}

/// How well a clustering agrees with the true labels.
///
/// ```
/// use lookalike::evaluation::Evaluation;
///
/// let evaluation = Evaluation::new(&[0, 0, 1, 1], &[5, 5, 5, 3])?;
/// assert_eq!(evaluation.scores.accuracy, 0.75);
/// println!("{}", evaluation.classification_report);
/// # Ok::<(), lookalike::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// The scores.
    pub scores: Scores,
    /// Which label each cluster stands for, by majority.
    pub matching: Matching,
    /// True labels against those that the clusters stand for.
    pub confusion_matrix: ConfusionMatrix,
    /// Precision, recall and F1 of those labels.
    pub classification_report: ClassificationReport,
    /// The label that each sample's cluster stands for.
    #[serde(skip)]
    pub matched: Vec<i32>,
}

impl Evaluation {
    /// Compares the `labels` of a clustering, −1 for noise, with the `truth`.
    ///
    /// # Errors
    /// When the two are empty or of different length.
    pub fn new(truth: &[i32], labels: &[i32]) -> Result<Self> {
        let matching = Matching::by_majority(truth, labels)?;
        let matched = matching.apply(labels);
        let one_to_one = Matching::one_to_one(truth, labels)?.apply(labels);
        let v = homogeneity_completeness_v_measure(truth, labels)?;
        let scores = Scores {
            n_samples: truth.len(),
            n_clusters: matching.clusters().len(),
            n_noise: labels.iter().filter(|&&label| label == NOISE).count(),
            accuracy: accuracy_score(truth, &matched)?,
            accuracy_one_to_one: accuracy_score(truth, &one_to_one)?,
            adjusted_rand: adjusted_rand_score(truth, labels)?,
            adjusted_mutual_info: adjusted_mutual_info_score(truth, labels)?,
            normalized_mutual_info: normalized_mutual_info_score(truth, labels)?,
            homogeneity: v.homogeneity,
            completeness: v.completeness,
            v_measure: v.v_measure,
            fowlkes_mallows: fowlkes_mallows_score(truth, labels)?,
            purity: purity_score(truth, labels)?,
        };
        Ok(Self {
            scores,
            confusion_matrix: confusion_matrix(truth, &matched)?,
            classification_report: ClassificationReport::new(truth, &matched)?,
            matching,
            matched,
        })
    }
}
