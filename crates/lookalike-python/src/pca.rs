//! Principal component analysis.

use lookalike::{Pca, PcaModel, SvdSolver};
use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::call::{How, run};
use crate::error::to_python;
use crate::rows::{Rows, RowsView};

/// How many axes to keep: a number of them, or a share of the variance.
#[derive(FromPyObject)]
pub(crate) enum Wanted {
    Count(usize),
    Share(f64),
}

/// Principal axes.
#[pyclass(module = "lookalike._lookalike")]
pub(crate) struct Axes(PcaModel);

/// Numbers of the precision of what they were made from.
#[derive(IntoPyObject)]
pub(crate) enum Numbers<'py> {
    Single(Bound<'py, PyArray2<f32>>),
    Double(Bound<'py, PyArray2<f64>>),
}

#[pymethods]
impl Axes {
    fn components<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        PyArray2::from_array(py, self.0.components())
    }

    fn mean<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.mean())
    }

    fn explained_variance<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.explained_variance())
    }

    fn explained_variance_ratio<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.explained_variance_ratio())
    }

    fn singular_values<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.singular_values())
    }

    #[getter]
    fn noise_variance(&self) -> f64 {
        self.0.noise_variance()
    }

    fn covariance<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        self.0.covariance().into_pyarray(py)
    }

    fn precision<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let precision = self.0.precision().map_err(|e| to_python(&e.into()))?;
        Ok(precision.into_pyarray(py))
    }

    /// The coordinates of rows along the axes.
    fn transform<'py>(&self, py: Python<'py>, rows: Rows<'py>, how: How) -> PyResult<Numbers<'py>> {
        Ok(match rows.view() {
            RowsView::Single(rows) => Numbers::Single(
                run(py, how, |context| self.0.transform_with(&rows, context))?.into_pyarray(py),
            ),
            RowsView::Double(rows) => Numbers::Double(
                run(py, how, |context| self.0.transform_with(&rows, context))?.into_pyarray(py),
            ),
        })
    }

    /// The rows that have these coordinates.
    fn inverse_transform<'py>(
        &self,
        py: Python<'py>,
        coordinates: Rows<'py>,
        how: How,
    ) -> PyResult<Numbers<'py>> {
        Ok(match coordinates.view() {
            RowsView::Single(rows) => Numbers::Single(
                run(py, how, |context| {
                    self.0.inverse_transform_with(&rows, context)
                })?
                .into_pyarray(py),
            ),
            RowsView::Double(rows) => Numbers::Double(
                run(py, how, |context| {
                    self.0.inverse_transform_with(&rows, context)
                })?
                .into_pyarray(py),
            ),
        })
    }

    /// The logarithm of the density of each row.
    fn score_samples<'py>(
        &self,
        py: Python<'py>,
        rows: Rows<'py>,
        how: How,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let scores = match rows.view() {
            RowsView::Single(rows) => run(py, how, |context| self.0.score_samples(&rows, context)),
            RowsView::Double(rows) => run(py, how, |context| self.0.score_samples(&rows, context)),
        }?;
        Ok(scores.into_pyarray(py))
    }

    /// All of it as text.
    fn json(&self) -> PyResult<String> {
        serde_json::to_string(&self.0).map_err(|e| PyValueError::new_err(e.to_string()))
    }

    /// From the text.
    #[staticmethod]
    fn from_json(text: &str) -> PyResult<Self> {
        let model = serde_json::from_str(text);
        Ok(Self(
            model.map_err(|e| PyValueError::new_err(e.to_string()))?,
        ))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let from_json = py.get_type::<Self>().getattr("from_json")?;
        Ok((from_json, (self.json()?,)))
    }
}

/// The principal axes of `rows`, as many of them as are wanted, or as evidence says.
#[pyfunction]
pub(crate) fn pca(
    py: Python<'_>,
    rows: Rows<'_>,
    n_components: Option<Wanted>,
    whiten: bool,
    svd_solver: &str,
    n_oversamples: usize,
    iterated_power: Option<usize>,
    seed: u64,
    how: How,
) -> PyResult<Axes> {
    let rows = rows.view();
    let solver = match svd_solver {
        "auto" => SvdSolver::Auto,
        "covariance_eigh" => SvdSolver::Covariance,
        "full" => SvdSolver::Full,
        "randomized" => SvdSolver::Randomized,
        other => {
            let rule = "svd_solver must be auto, covariance_eigh, full or randomized";
            return Err(PyValueError::new_err(format!("{rule}, got {other}")));
        }
    };
    let mut recipe = match n_components {
        Some(Wanted::Count(count)) => Pca::new(count),
        Some(Wanted::Share(share)) => Pca::with_variance(share),
        None => Pca::with_evidence(),
    }
    .whiten(whiten)
    .svd_solver(solver)
    .n_oversamples(n_oversamples)
    .seed(seed);
    if let Some(iterated_power) = iterated_power {
        recipe = recipe.iterated_power(iterated_power);
    }
    Ok(Axes(match rows {
        RowsView::Single(rows) => run(py, how, |context| recipe.fit_with(&rows, context)),
        RowsView::Double(rows) => run(py, how, |context| recipe.fit_with(&rows, context)),
    }?))
}
