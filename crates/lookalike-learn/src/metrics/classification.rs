//! Labels against true labels of the same names: confusion matrix and accuracy.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::contingency::{Contingency, MAX_DENSE_CELLS, check_labels};
use crate::{Error, Result};

/// How often each true label was taken for each label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfusionMatrix {
    /// All labels that occur, true or predicted, ascending.
    pub labels: Vec<i32>,
    /// Labels × labels: rows are true, columns predicted, both in the order of `labels`.
    pub counts: Array2<u64>,
}

/// The confusion matrix over all labels that occur in either list.
///
/// ```
/// use lookalike_learn::metrics::confusion_matrix;
/// use ndarray::array;
///
/// let confusion = confusion_matrix(&[0, 0, 1, 1], &[0, 1, 1, -1])?;
/// assert_eq!(confusion.labels, [-1, 0, 1]);
/// assert_eq!(confusion.counts, array![[0, 0, 0], [0, 1, 1], [1, 0, 1]]);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
///
/// # Errors
/// When the lists are empty or of different length, or hold more than 8192 different labels.
pub fn confusion_matrix(truth: &[i32], predicted: &[i32]) -> Result<ConfusionMatrix> {
    let table = Contingency::new(truth, predicted)?;
    let labels = union(&table.classes, &table.clusters);
    let n = labels.len();
    if n * n > MAX_DENSE_CELLS {
        return Err(Error::input(format!(
            "a confusion matrix may have at most {} different labels, got {n}",
            MAX_DENSE_CELLS.isqrt()
        )));
    }
    let place = |label: i32| labels.partition_point(|&other| other < label);
    let rows: Vec<usize> = table.classes.iter().map(|&label| place(label)).collect();
    let columns: Vec<usize> = table.clusters.iter().map(|&label| place(label)).collect();
    let mut counts = Array2::zeros((n, n));
    for cell in &table.cells {
        counts[[rows[cell.class], columns[cell.cluster]]] = cell.count;
    }
    Ok(ConfusionMatrix { labels, counts })
}

/// The share of samples that bear their true label, 0 to 1.
///
/// ```
/// use lookalike_learn::metrics::accuracy_score;
///
/// assert_eq!(accuracy_score(&[0, 1, 2, 2], &[0, 1, 2, -1])?, 0.75);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
///
/// # Errors
/// When the lists are empty or of different length.
pub fn accuracy_score(truth: &[i32], predicted: &[i32]) -> Result<f64> {
    check_labels(truth, predicted)?;
    let hits = truth.iter().zip(predicted).filter(|(t, p)| t == p).count();
    Ok(hits as f64 / truth.len() as f64)
}

/// The labels of both ascending lists, ascending.
pub(super) fn union(a: &[i32], b: &[i32]) -> Vec<i32> {
    let mut labels = [a, b].concat();
    labels.sort_unstable();
    labels.dedup();
    labels
}
