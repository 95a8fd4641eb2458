//! How many samples two labelings have in common, class by cluster.

use crate::{Error, Result};

/// The most counts that a dense table of labels may hold: 512 MB of them.
pub(super) const MAX_DENSE_CELLS: usize = 1 << 26;

/// Labels by their place in the sorted list of different labels.
#[derive(Debug)]
pub(super) struct Coded {
    /// The different labels, ascending.
    pub(super) values: Vec<i32>,
    /// Where each sample's label stands in `values`.
    pub(super) codes: Vec<u32>,
}

impl Coded {
    pub(super) fn new(labels: &[i32]) -> Self {
        let mut values = labels.to_vec();
        values.sort_unstable();
        values.dedup();
        let codes = labels
            .iter()
            .map(|label| values.partition_point(|value| value < label) as u32)
            .collect();
        Self { values, codes }
    }

    fn sizes(&self) -> Vec<u64> {
        let mut sizes = vec![0; self.values.len()];
        for &code in &self.codes {
            sizes[code as usize] += 1;
        }
        sizes
    }
}

/// One filled cell of a [`Contingency`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) class: usize,
    pub(super) cluster: usize,
    pub(super) count: u64,
}

/// The filled cells of the table classes × clusters, with its margins.
///
/// Sparse, since all samples may bear different labels.
#[derive(Debug)]
pub(super) struct Contingency {
    /// The different true labels, ascending.
    pub(super) classes: Vec<i32>,
    /// The different predicted labels, ascending.
    pub(super) clusters: Vec<i32>,
    pub(super) class_sizes: Vec<u64>,
    pub(super) cluster_sizes: Vec<u64>,
    /// By class, then by cluster.
    pub(super) cells: Vec<Cell>,
    pub(super) n_samples: u64,
}

impl Contingency {
    pub(super) fn new(truth: &[i32], predicted: &[i32]) -> Result<Self> {
        check_labels(truth, predicted)?;
        let (rows, columns) = (Coded::new(truth), Coded::new(predicted));
        let mut pairs: Vec<u64> = rows
            .codes
            .iter()
            .zip(&columns.codes)
            .map(|(&row, &column)| (u64::from(row) << 32) | u64::from(column))
            .collect();
        pairs.sort_unstable();
        let cells = pairs
            .chunk_by(|a, b| a == b)
            .map(|same| Cell {
                class: (same[0] >> 32) as usize,
                cluster: (same[0] & u64::from(u32::MAX)) as usize,
                count: same.len() as u64,
            })
            .collect();
        Ok(Self {
            class_sizes: rows.sizes(),
            cluster_sizes: columns.sizes(),
            classes: rows.values,
            clusters: columns.values,
            cells,
            n_samples: truth.len() as u64,
        })
    }
}

/// As many true labels as predicted ones, and at least one.
pub(super) fn check_labels(truth: &[i32], predicted: &[i32]) -> Result<()> {
    if truth.len() == predicted.len() && !truth.is_empty() {
        return Ok(());
    }
    let rule = if truth.len() == predicted.len() {
        "hold at least one label each"
    } else {
        "be of the same length"
    };
    Err(Error::input(format!(
        "true and predicted labels must {rule}, got {} true and {} predicted",
        truth.len(),
        predicted.len()
    )))
}
