//! Agglomerative clustering.

use lookalike::{AgglomerativeClustering, AgglomerativeModel, Linkage};
use ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::call::{How, run};
use crate::rows::Rows;

type Fitted<'py> = (
    Bound<'py, PyArray1<i32>>,
    Bound<'py, PyArray2<i64>>,
    Bound<'py, PyArray1<f64>>,
    usize,
);

/// Labels, children, heights and number of clusters of `rows`, cut at `n_clusters` or, if that is None, at a
/// height.
#[pyfunction]
pub(crate) fn agglomerative<'py>(
    py: Python<'py>,
    rows: Rows<'py>,
    n_clusters: Option<usize>,
    distance_threshold: f64,
    linkage: &str,
    how: How,
) -> PyResult<Fitted<'py>> {
    let rows = rows.view();
    let recipe = recipe(n_clusters, distance_threshold, linkage)?;
    let model = run(py, how, |context| {
        let (rows, _) = rows.narrow(context)?;
        recipe.fit_with(&rows, context)
    })?;
    Ok(fitted(py, &model))
}

/// The same of samples of which `distances` are known (n×n).
#[pyfunction]
pub(crate) fn agglomerative_precomputed<'py>(
    py: Python<'py>,
    distances: PyReadonlyArray2<'py, f64>,
    n_clusters: Option<usize>,
    distance_threshold: f64,
    linkage: &str,
    how: How,
) -> PyResult<Fitted<'py>> {
    let distances = distances.as_array();
    let recipe = recipe(n_clusters, distance_threshold, linkage)?;
    let model = run(py, how, |context| {
        recipe.fit_precomputed(&distances, context)
    })?;
    Ok(fitted(py, &model))
}

fn recipe(
    n_clusters: Option<usize>,
    distance_threshold: f64,
    linkage: &str,
) -> PyResult<AgglomerativeClustering> {
    let linkage = match linkage {
        "ward" => Linkage::Ward,
        "complete" => Linkage::Complete,
        "average" => Linkage::Average,
        "single" => Linkage::Single,
        other => {
            let rule = "linkage must be ward, complete, average or single";
            return Err(PyValueError::new_err(format!("{rule}, got {other}")));
        }
    };
    let recipe = match n_clusters {
        Some(n_clusters) => AgglomerativeClustering::new(n_clusters),
        None => AgglomerativeClustering::with_distance_threshold(distance_threshold),
    };
    Ok(recipe.linkage(linkage))
}

fn fitted<'py>(py: Python<'py>, model: &AgglomerativeModel) -> Fitted<'py> {
    let tree = model.dendrogram();
    let children: Vec<[i64; 2]> = tree.children().map(|pair| pair.map(|c| c as i64)).collect();
    (
        model.labels().to_vec().into_pyarray(py),
        Array2::from(children).into_pyarray(py),
        tree.heights().collect::<Vec<_>>().into_pyarray(py),
        model.n_clusters(),
    )
}
