//! DBSCAN.

use lookalike::{Dbscan, DbscanModel};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

use crate::call::{How, run};
use crate::rows::Rows;

type Fitted<'py> = (Bound<'py, PyArray1<i32>>, Bound<'py, PyArray1<u32>>);

/// (labels, indices of core samples) of `rows`.
#[pyfunction]
pub(crate) fn dbscan<'py>(
    py: Python<'py>,
    rows: Rows<'py>,
    eps: f64,
    min_samples: usize,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    how: How,
) -> PyResult<Fitted<'py>> {
    let rows = rows.view();
    let weights = sample_weight.as_ref().map(|w| w.as_array().to_vec());
    let recipe = Dbscan::new().eps(eps).min_samples(min_samples);
    let model = run(py, how, |context| {
        let (rows, _) = rows.narrow(context)?;
        match &weights {
            Some(weights) => recipe.fit_weighted(&rows, weights, context),
            None => recipe.fit_with(&rows, context),
        }
    })?;
    Ok(fitted(py, &model))
}

/// The same of samples of which `distances` are known (n×n).
#[pyfunction]
pub(crate) fn dbscan_precomputed<'py>(
    py: Python<'py>,
    distances: PyReadonlyArray2<'py, f64>,
    eps: f64,
    min_samples: usize,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    how: How,
) -> PyResult<Fitted<'py>> {
    let distances = distances.as_array();
    let weights = sample_weight.as_ref().map(|w| w.as_array().to_vec());
    let recipe = Dbscan::new().eps(eps).min_samples(min_samples);
    let model = run(py, how, |context| {
        recipe.fit_precomputed(&distances, weights.as_deref(), context)
    })?;
    Ok(fitted(py, &model))
}

fn fitted<'py>(py: Python<'py>, model: &DbscanModel) -> Fitted<'py> {
    (
        model.labels().to_vec().into_pyarray(py),
        model.core_sample_indices().to_vec().into_pyarray(py),
    )
}
