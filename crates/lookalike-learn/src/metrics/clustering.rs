//! Do two partitions agree, whatever the clusters are called?
//!
//! Every score here is symmetric under renaming of labels and treats noise (−1) as one more label,
//! as scikit-learn does.

use serde::{Deserialize, Serialize};

use super::contingency::Contingency;
use super::expected_information::expected_mutual_information;
use crate::Result;

/// The Rand index, corrected for chance: 1 for equal partitions, about 0 for independent ones.
///
/// Hubert and Arabie: *Comparing partitions*, Journal of Classification 1985. It can be negative.
///
/// ```
/// use lookalike_learn::metrics::adjusted_rand_score;
///
/// assert_eq!(adjusted_rand_score(&[0, 0, 1, 1], &[5, 5, 2, 2])?, 1.0);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
///
/// # Errors
/// When the lists are empty or of different length.
pub fn adjusted_rand_score(truth: &[i32], predicted: &[i32]) -> Result<f64> {
    let table = Contingency::new(truth, predicted)?;
    // Counts of ordered pairs; their products outgrow 64 bits at a hundred thousand samples.
    let n = i128::from(table.n_samples);
    let together = squares(table.cells.iter().map(|cell| cell.count));
    let same_class = squares(table.class_sizes.iter().copied());
    let same_cluster = squares(table.cluster_sizes.iter().copied());
    let tp = together - n;
    let fp = same_cluster - together;
    let fn_ = same_class - together;
    let tn = n * n - fp - fn_ - together;
    if fp == 0 && fn_ == 0 {
        return Ok(1.0);
    }
    let numerator = 2 * (tp * tn - fn_ * fp);
    let denominator = (tp + fn_) * (fn_ + tn) + (tp + fp) * (fp + tn);
    Ok(numerator as f64 / denominator as f64)
}

/// The information that the labels share, corrected for chance: 1 for equal partitions, about 0
/// for independent ones.
///
/// Vinh, Epps and Bailey: *Information theoretic measures for clusterings comparison*, JMLR 2010;
/// normalised by the arithmetic mean of the entropies. The expectation is exact.
///
/// # Errors
/// When the lists are empty or of different length.
pub fn adjusted_mutual_info_score(truth: &[i32], predicted: &[i32]) -> Result<f64> {
    let table = Contingency::new(truth, predicted)?;
    let (n_classes, n_clusters) = (table.classes.len(), table.clusters.len());
    // Equal partitions share all their information; the general formula may be 0/0 for them.
    if n_classes == n_clusters && table.cells.len() == n_classes {
        return Ok(1.0);
    }
    if n_classes == 1 || n_clusters == 1 {
        return Ok(0.0);
    }
    let information = Information::of(&table);
    let expected = expected_mutual_information(&table);
    let away_from_zero = |value: f64| {
        if value < 0.0 {
            value.min(-f64::EPSILON)
        } else {
            value.max(f64::EPSILON)
        }
    };
    let numerator = away_from_zero(information.mutual - expected);
    Ok(numerator / away_from_zero(information.mean_entropy() - expected))
}

/// The information that the labels share, as a share of the mean of their entropies: 0 to 1.
///
/// # Errors
/// When the lists are empty or of different length.
pub fn normalized_mutual_info_score(truth: &[i32], predicted: &[i32]) -> Result<f64> {
    let table = Contingency::new(truth, predicted)?;
    if table.classes.len() == 1 && table.clusters.len() == 1 {
        return Ok(1.0);
    }
    let information = Information::of(&table);
    if information.mutual == 0.0 {
        return Ok(0.0);
    }
    Ok(information.mutual / information.mean_entropy())
}

/// What [`homogeneity_completeness_v_measure`] finds, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HomogeneityCompletenessVMeasure {
    /// 1 when each cluster holds samples of one class only.
    pub homogeneity: f64,
    /// 1 when all samples of a class are in one cluster.
    pub completeness: f64,
    /// The harmonic mean of the two.
    pub v_measure: f64,
}

/// Homogeneity, completeness and their harmonic mean.
///
/// Rosenberg and Hirschberg: *V-measure*, EMNLP-CoNLL 2007.
///
/// # Errors
/// When the lists are empty or of different length.
pub fn homogeneity_completeness_v_measure(
    truth: &[i32],
    predicted: &[i32],
) -> Result<HomogeneityCompletenessVMeasure> {
    let information = Information::of(&Contingency::new(truth, predicted)?);
    let share = |entropy: f64| {
        if entropy == 0.0 {
            1.0
        } else {
            information.mutual / entropy
        }
    };
    let homogeneity = share(information.truth_entropy);
    let completeness = share(information.predicted_entropy);
    let sum = homogeneity + completeness;
    let v_measure = if sum == 0.0 {
        0.0
    } else {
        2.0 * homogeneity * completeness / sum
    };
    Ok(HomogeneityCompletenessVMeasure {
        homogeneity,
        completeness,
        v_measure,
    })
}

/// The geometric mean of precision and recall over pairs of samples: 0 to 1.
///
/// Fowlkes and Mallows: *A method for comparing two hierarchical clusterings*, JASA 1983. It is 0
/// where no two samples are together in both partitions.
///
/// # Errors
/// When the lists are empty or of different length.
pub fn fowlkes_mallows_score(truth: &[i32], predicted: &[i32]) -> Result<f64> {
    let table = Contingency::new(truth, predicted)?;
    let n = i128::from(table.n_samples);
    let together = squares(table.cells.iter().map(|cell| cell.count)) - n;
    let same_cluster = squares(table.cluster_sizes.iter().copied()) - n;
    let same_class = squares(table.class_sizes.iter().copied()) - n;
    if together == 0 {
        return Ok(0.0);
    }
    let share = |of: i128| (together as f64 / of as f64).sqrt();
    Ok(share(same_cluster) * share(same_class))
}

/// The share of samples whose class is the most frequent one of their cluster: 0 to 1.
///
/// Noise is one more cluster here; with noise as a miss it would be the accuracy of
/// [`match_labels`](super::match_labels). More clusters never lower it, so compare it only between
/// partitions into equally many.
///
/// # Errors
/// When the lists are empty or of different length.
pub fn purity_score(truth: &[i32], predicted: &[i32]) -> Result<f64> {
    let table = Contingency::new(truth, predicted)?;
    let mut most = vec![0; table.clusters.len()];
    for cell in &table.cells {
        most[cell.cluster] = cell.count.max(most[cell.cluster]);
    }
    Ok(most.iter().sum::<u64>() as f64 / table.n_samples as f64)
}

fn squares(counts: impl Iterator<Item = u64>) -> i128 {
    counts
        .map(|count| i128::from(count) * i128::from(count))
        .sum()
}

/// Entropies and mutual information, in nats.
struct Information {
    truth_entropy: f64,
    predicted_entropy: f64,
    mutual: f64,
}

impl Information {
    fn of(table: &Contingency) -> Self {
        let n = table.n_samples as f64;
        let entropy = |sizes: &[u64]| {
            if sizes.len() == 1 {
                return 0.0;
            }
            let terms = sizes.iter().map(|&size| size as f64);
            -terms
                .map(|size| size / n * (size.ln() - n.ln()))
                .sum::<f64>()
        };
        let mutual = if table.classes.len() == 1 || table.clusters.len() == 1 {
            0.0
        } else {
            let terms = table.cells.iter().map(|cell| {
                let count = cell.count as f64;
                let expected =
                    table.class_sizes[cell.class] as f64 * table.cluster_sizes[cell.cluster] as f64;
                let term = count / n * (count.ln() - n.ln() + (2.0 * n.ln() - expected.ln()));
                // Independent labels share nothing, not a rounding error.
                if term.abs() < f64::EPSILON { 0.0 } else { term }
            });
            terms.sum::<f64>().max(0.0)
        };
        Self {
            truth_entropy: entropy(&table.class_sizes),
            predicted_entropy: entropy(&table.cluster_sizes),
            mutual,
        }
    }

    fn mean_entropy(&self) -> f64 {
        f64::midpoint(self.truth_entropy, self.predicted_entropy)
    }
}
