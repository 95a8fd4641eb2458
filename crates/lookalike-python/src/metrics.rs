//! Scores.

use lookalike::metrics::{self, ClassificationReport};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::call::{How, run};
use crate::error::to_python;
use crate::rows::Rows;

type Labels<'py> = PyReadonlyArray1<'py, i32>;

fn score<T>(
    truth: Labels<'_>,
    labels: Labels<'_>,
    of: impl Fn(&[i32], &[i32]) -> lookalike::learn::Result<T>,
) -> PyResult<T> {
    let (truth, labels) = (truth.as_array().to_vec(), labels.as_array().to_vec());
    of(&truth, &labels).map_err(|e| to_python(&e.into()))
}

macro_rules! scores {
    ($($(#[$doc:meta])* $name:ident => $of:path;)*) => {$(
        $(#[$doc])*
        #[pyfunction]
        pub(crate) fn $name(truth: Labels<'_>, labels: Labels<'_>) -> PyResult<f64> {
            score(truth, labels, $of)
        }
    )*};
}

scores! {
    /// The share of equal labels.
    accuracy => metrics::accuracy_score;
    /// The adjusted Rand index.
    adjusted_rand => metrics::adjusted_rand_score;
    /// The adjusted mutual information.
    adjusted_mutual_info => metrics::adjusted_mutual_info_score;
    /// The normalized mutual information.
    normalized_mutual_info => metrics::normalized_mutual_info_score;
    /// The Fowlkes–Mallows index.
    fowlkes_mallows => metrics::fowlkes_mallows_score;
    /// The purity.
    purity => metrics::purity_score;
}

/// How many samples of each true label (rows) have each other one (columns), labels ascending.
#[pyfunction]
pub(crate) fn confusion_matrix<'py>(
    py: Python<'py>,
    truth: Labels<'py>,
    predicted: Labels<'py>,
) -> PyResult<Bound<'py, PyArray2<i64>>> {
    let confusion = score(truth, predicted, metrics::confusion_matrix)?;
    Ok(confusion.counts.mapv(|count| count as i64).into_pyarray(py))
}

/// Homogeneity, completeness and V-measure.
#[pyfunction]
pub(crate) fn homogeneity_completeness_v_measure(
    truth: Labels<'_>,
    labels: Labels<'_>,
) -> PyResult<(f64, f64, f64)> {
    let found = score(truth, labels, metrics::homogeneity_completeness_v_measure)?;
    Ok((found.homogeneity, found.completeness, found.v_measure))
}

/// Labels with each cluster's number replaced by the true label of most of its members, or one to one.
#[pyfunction]
pub(crate) fn match_labels<'py>(
    py: Python<'py>,
    truth: Labels<'py>,
    labels: Labels<'py>,
    one_to_one: bool,
) -> PyResult<Bound<'py, PyArray1<i32>>> {
    let of = if one_to_one {
        metrics::match_labels_one_to_one
    } else {
        metrics::match_labels
    };
    Ok(score(truth, labels, of)?.into_pyarray(py))
}

/// scikit-learn's text of precision, recall and F1 by class.
#[pyfunction]
pub(crate) fn classification_report(
    truth: Labels<'_>,
    predicted: Labels<'_>,
    target_names: Option<Vec<String>>,
) -> PyResult<String> {
    let report = score(truth, predicted, ClassificationReport::new)?;
    Ok(match target_names {
        None => report.to_string(),
        Some(names) => report
            .target_names(names)
            .map_err(|e| to_python(&e.into()))?
            .to_string(),
    })
}

macro_rules! scores_of_rows {
    ($($(#[$doc:meta])* $name:ident => $of:path;)*) => {$(
        $(#[$doc])*
        #[pyfunction]
        pub(crate) fn $name(
            py: Python<'_>,
            rows: Rows<'_>,
            labels: Labels<'_>,
            how: How,
        ) -> PyResult<f64> {
            let (rows, labels) = (rows.view(), labels.as_array().to_vec());
            run(py, how, |context| $of(&rows.narrow(context)?.0, &labels, context))
        }
    )*};
}

scores_of_rows! {
    /// The Davies–Bouldin index.
    davies_bouldin => metrics::davies_bouldin_score_with;
    /// The Caliński–Harabasz index.
    calinski_harabasz => metrics::calinski_harabasz_score_with;
}

/// The silhouette of each row.
#[pyfunction]
pub(crate) fn silhouette_samples<'py>(
    py: Python<'py>,
    rows: Rows<'py>,
    labels: Labels<'py>,
    how: How,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (rows, labels) = (rows.view(), labels.as_array().to_vec());
    let silhouettes = run(py, how, |context| {
        metrics::silhouette_samples_with(&rows.narrow(context)?.0, &labels, context)
    })?;
    Ok(silhouettes.into_pyarray(py))
}

/// How many neighbours on a map are neighbours in the data.
#[pyfunction]
pub(crate) fn trustworthiness(
    py: Python<'_>,
    rows: Rows<'_>,
    embedding: Rows<'_>,
    n_neighbors: usize,
    how: How,
) -> PyResult<f64> {
    let (rows, map) = (rows.view(), embedding.view());
    run(py, how, |context| {
        let (rows, map) = (rows.narrow(context)?.0, map.narrow(context)?.0);
        metrics::trustworthiness_with(&rows, &map, n_neighbors, context)
    })
}
