//! Clusters against what is known of the pictures.

use lookalike_imagery::collection::Labels;
use serde::Serialize;

use crate::evaluation::Evaluation;
use crate::{Error, ErrorKind, Result};

/// Known classes, and how well the clusters agree with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// The classes and that of each row.
    pub labels: Labels,
    /// The scores, of the rows whose class is known. Classes are numbered as in
    /// [`Labels::names`].
    pub evaluation: Evaluation,
    /// How many those are.
    pub n_known: usize,
    /// What each cluster mostly consists of, in the order of the clusters.
    pub of_cluster: Vec<Majority>,
}

/// What a cluster mostly consists of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Majority {
    /// The cluster.
    pub cluster: i32,
    /// The most frequent class, if one is known.
    pub label: Option<String>,
    /// Which part of the rows whose class is known has it.
    pub share: Option<f64>,
}

impl Truth {
    /// Compares `clusters`, −1 for noise, with the classes of the same rows.
    ///
    /// # Errors
    /// When not one class a row is given, or none is known.
    pub fn new(labels: Labels, clusters: &[i32]) -> Result<Self> {
        if labels.of_item.len() != clusters.len() {
            let message = format!(
                "labels must be as many as rows ({}), got {}",
                clusters.len(),
                labels.of_item.len()
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let (mut truth, mut found) = (Vec::new(), Vec::new());
        for (label, &cluster) in labels.of_item.iter().zip(clusters) {
            if let Some(label) = label {
                truth.push(*label as i32);
                found.push(cluster);
            }
        }
        if truth.is_empty() {
            let message = "labels must be known for at least one picture, got none";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let mut evaluation = Evaluation::new(&truth, &found)?;
        let report = evaluation.classification_report;
        let names: Vec<String> = report
            .classes
            .iter()
            .map(|class| class_name(&labels.names, class.label))
            .collect();
        evaluation.classification_report = report.target_names(names)?;
        let n_clusters = clusters.iter().max().map_or(0, |&most| (most + 1).max(0));
        let of_cluster = (0..n_clusters)
            .map(|cluster| majority(cluster, &labels.names, &truth, &found))
            .collect();
        Ok(Self {
            n_known: truth.len(),
            labels,
            evaluation,
            of_cluster,
        })
    }

    /// What the class of a row is called, if it is known.
    pub fn name(&self, row: usize) -> Option<&str> {
        Some(&self.labels.names[self.labels.of_item[row]?])
    }
}

/// What a class is called by its number; −1 is noise.
pub(super) fn class_name(names: &[String], label: i32) -> String {
    match usize::try_from(label) {
        Ok(at) => names[at].clone(),
        Err(_) => "noise".to_owned(),
    }
}

fn majority(cluster: i32, names: &[String], truth: &[i32], found: &[i32]) -> Majority {
    let mut counts = vec![0usize; names.len()];
    for (&label, _) in truth.iter().zip(found).filter(|(_, own)| **own == cluster) {
        counts[label as usize] += 1;
    }
    let total: usize = counts.iter().sum();
    let best = (0..names.len()).rev().max_by_key(|&label| counts[label]);
    let best = best.filter(|_| total > 0);
    Majority {
        cluster,
        label: best.map(|label| names[label].clone()),
        share: best.map(|label| counts[label] as f64 / total as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_classes_do_not_count() {
        let labels = Labels {
            names: vec!["cat".into(), "dog".into()],
            of_item: vec![Some(0), Some(0), Some(1), None, Some(1)],
            unmatched: Vec::new(),
        };
        let truth = Truth::new(labels.clone(), &[0, 0, 0, 2, 1]).unwrap();
        assert_eq!(truth.n_known, 4);
        assert!((truth.evaluation.scores.accuracy - 0.75).abs() < 1e-12);
        assert_eq!(truth.name(2), Some("dog"));
        assert_eq!(truth.name(3), None);
        let found: Vec<_> = truth
            .of_cluster
            .iter()
            .map(|m| (m.label.as_deref(), m.share))
            .collect();
        assert_eq!(
            found,
            [
                (Some("cat"), Some(2.0 / 3.0)),
                (Some("dog"), Some(1.0)),
                (None, None)
            ]
        );
        let error = Truth::new(labels, &[0, 0]).unwrap_err().to_string();
        assert_eq!(error, "labels must be as many as rows (2), got 5");
        let unknown = Labels {
            names: Vec::new(),
            of_item: vec![None],
            unmatched: Vec::new(),
        };
        assert!(Truth::new(unknown, &[0]).is_err());
    }
}
