//! Which true label each cluster stands for.

use serde::{Deserialize, Serialize};

use super::contingency::{Contingency, MAX_DENSE_CELLS};
use super::hungarian::assign;
use crate::{Error, Result};

/// The label of samples that belong to no cluster.
const NOISE: i32 = -1;

/// Gives each sample the true label that most members of its cluster have.
///
/// The labels of [`Matching::by_majority`]: noise stays −1 and so is a miss, however many clusters
/// there are each gets a label, and a tie goes to the smallest label.
///
/// ```
/// use lookalike_learn::metrics::{accuracy_score, match_labels};
///
/// let truth = [7, 7, 7, 3, 3, 3];
/// let clusters = [0, 0, 1, 1, 1, -1];
/// let labels = match_labels(&truth, &clusters)?;
/// assert_eq!(labels, [7, 7, 3, 3, 3, -1]);
/// assert_eq!(accuracy_score(&truth, &labels)?, 4.0 / 6.0);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
///
/// # Errors
/// When the lists are empty or of different length.
pub fn match_labels(truth: &[i32], labels: &[i32]) -> Result<Vec<i32>> {
    Ok(Matching::by_majority(truth, labels)?.apply(labels))
}

/// Gives each sample the true label that its cluster is assigned, each label to one cluster.
///
/// The labels of [`Matching::one_to_one`]: noise stays −1 and so is a miss, and so are the samples
/// of clusters that are left without a class.
///
/// ```
/// use lookalike_learn::metrics::match_labels_one_to_one;
///
/// let labels = match_labels_one_to_one(&[7, 7, 7, 3, 3, 3], &[0, 0, 1, 2, 2, 2])?;
/// assert_eq!(labels, [7, 7, -1, 3, 3, 3]);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
///
/// # Errors
/// When the lists are empty or of different length, or classes × clusters exceeds 2²⁶.
pub fn match_labels_one_to_one(truth: &[i32], labels: &[i32]) -> Result<Vec<i32>> {
    Ok(Matching::one_to_one(truth, labels)?.apply(labels))
}

/// One cluster and the true label that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedCluster {
    /// The cluster's own label.
    pub cluster: i32,
    /// The true label that it stands for; `None` for a surplus cluster of a one-to-one matching.
    pub label: Option<i32>,
    /// How many samples it has.
    pub size: u64,
    /// How many of them truly have that label.
    pub hits: u64,
}

/// Which true label each cluster stands for.
///
/// Noise (−1) is no cluster: it stands for nothing. Should −1 be among the true labels, then it is
/// a label like any other, and noise that truly is noise counts as a hit.
///
/// ```
/// use lookalike_learn::metrics::Matching;
///
/// let matching = Matching::by_majority(&[7, 7, 7, 3], &[1, 1, 0, 0])?;
/// assert_eq!(matching.label_of(1), Some(7));
/// assert_eq!(matching.clusters()[1].size, 2);
/// // One member each: the tie goes to the smallest label.
/// assert_eq!(matching.label_of(0), Some(3));
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matching {
    clusters: Vec<MatchedCluster>,
    miss: i32,
}

impl Matching {
    /// Each cluster stands for the true label that most of its members have.
    ///
    /// Several clusters may stand for one label, so that a cluster beyond the number of classes is
    /// matched like any other. Ties go to the smallest label.
    ///
    /// # Errors
    /// When the lists are empty or of different length.
    pub fn by_majority(truth: &[i32], labels: &[i32]) -> Result<Self> {
        let table = Contingency::new(truth, labels)?;
        let mut majority = vec![(0, 0); table.clusters.len()];
        for cell in &table.cells {
            if cell.count > majority[cell.cluster].1 {
                majority[cell.cluster] = (cell.class, cell.count);
            }
        }
        let majority: Vec<_> = majority.into_iter().map(Some).collect();
        Ok(Self::new(&table, &majority))
    }

    /// Each label goes to one cluster at the most, so that as many samples as possible are hits.
    ///
    /// The Hungarian method on the table of common samples. Clusters beyond the number of classes,
    /// and those that could only get a class that none of their members has, stand for nothing, and
    /// all their samples are misses.
    ///
    /// # Errors
    /// When the lists are empty or of different length, or classes × clusters exceeds 2²⁶.
    pub fn one_to_one(truth: &[i32], labels: &[i32]) -> Result<Self> {
        let table = Contingency::new(truth, labels)?;
        let (rows, columns) = (table.clusters.len(), table.classes.len());
        if rows.saturating_mul(columns) > MAX_DENSE_CELLS {
            return Err(Error::input(format!(
                "one-to-one matching takes at most {MAX_DENSE_CELLS} pairs of cluster and class, \
                 got {rows} clusters and {columns} classes"
            )));
        }
        // Noise is worth nothing to any class, nor the class of noise to any cluster.
        let mut counts = vec![0; rows * columns];
        for cell in &table.cells {
            if table.clusters[cell.cluster] != NOISE && table.classes[cell.class] != NOISE {
                counts[cell.cluster * columns + cell.class] = cell.count as i64;
            }
        }
        let assigned: Vec<_> = assign(&counts, rows, columns)
            .into_iter()
            .enumerate()
            .map(|(i, class)| class.map(|j| (j, counts[i * columns + j] as u64)))
            .map(|pair| pair.filter(|&(_, hits)| hits > 0))
            .collect();
        Ok(Self::new(&table, &assigned))
    }

    fn new(table: &Contingency, class_and_hits: &[Option<(usize, u64)>]) -> Self {
        let clusters = table
            .clusters
            .iter()
            .zip(&table.cluster_sizes)
            .zip(class_and_hits)
            .filter(|((cluster, _), _)| **cluster != NOISE)
            .map(|((&cluster, &size), pair)| MatchedCluster {
                cluster,
                label: pair.map(|(class, _)| table.classes[class]),
                size,
                hits: pair.map_or(0, |(_, hits)| hits),
            })
            .collect();
        let mut miss = NOISE;
        while table.classes.binary_search(&miss).is_ok() {
            miss = miss.wrapping_sub(1);
        }
        Self { clusters, miss }
    }

    /// All clusters, by ascending label of their own; noise is not among them.
    pub fn clusters(&self) -> &[MatchedCluster] {
        &self.clusters
    }

    /// The true label that `cluster` stands for.
    pub fn label_of(&self, cluster: i32) -> Option<i32> {
        let place = self.clusters.binary_search_by_key(&cluster, |c| c.cluster);
        self.clusters[place.ok()?].label
    }

    /// Replaces each cluster by the label that it stands for.
    ///
    /// Noise stays −1. Clusters that stand for nothing, or were not there when the matching was
    /// made, become −1 too, or the next number below that is no true label: always a miss.
    pub fn apply(&self, labels: &[i32]) -> Vec<i32> {
        labels
            .iter()
            .map(|&cluster| match cluster {
                NOISE => NOISE,
                _ => self.label_of(cluster).unwrap_or(self.miss),
            })
            .collect()
    }
}
