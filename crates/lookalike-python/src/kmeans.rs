//! k-means.

use lookalike::learn::Error;
use lookalike::{Init, KMeans, KMeansModel};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

use crate::call::{How, run};
use crate::rows::{Rows, RowsView, widen};

/// Where the first centres come from: `"k-means++"`, `"random"`, or the centres.
#[derive(FromPyObject)]
pub(crate) enum Start<'py> {
    Centers(PyReadonlyArray2<'py, f64>),
    Name(String),
}

impl Start<'_> {
    /// The rows of the centres, if they are given, and else whether they are drawn at random.
    pub(crate) fn view(&self) -> (Option<RowsView<'_>>, bool) {
        match self {
            Self::Centers(centers) => (Some(RowsView::Double(centers.as_array())), false),
            Self::Name(name) => (None, name == "random"),
        }
    }
}

type Fitted<'py> = (
    Bound<'py, PyArray2<f64>>,
    Bound<'py, PyArray1<i32>>,
    f64,
    usize,
    bool,
    Option<Bound<'py, PyArray1<f64>>>,
);

/// Centres, labels, inertia, iterations, whether these ended by themselves, and the offset of `rows`.
#[pyfunction]
pub(crate) fn kmeans<'py>(
    py: Python<'py>,
    rows: Rows<'py>,
    n_clusters: usize,
    init: Start<'py>,
    n_init: Option<usize>,
    max_iter: usize,
    tol: f64,
    seed: u64,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    how: How,
) -> PyResult<Fitted<'py>> {
    let rows = rows.view();
    let (centers, is_random) = init.view();
    let weights = sample_weight.as_ref().map(|w| w.as_array().to_vec());
    let (model, offset) = run(py, how, |context| {
        let (rows, offset) = rows.narrow(context)?;
        let init = match centers {
            Some(centers) => {
                Init::Centers(centers.narrow_by(offset.as_deref(), context)?.into_owned())
            }
            None if is_random => Init::Random,
            None => Init::KMeansPlusPlus,
        };
        let mut recipe = KMeans::new(n_clusters)
            .init(init)
            .max_iter(max_iter)
            .tol(tol)
            .seed(seed);
        if let Some(n_init) = n_init {
            recipe = recipe.n_init(n_init);
        }
        let model = match &weights {
            Some(weights) => recipe.fit_weighted(&rows, weights, context),
            None => recipe.fit_with(&rows, context),
        }?;
        Ok::<_, Error>((model, offset))
    })?;
    Ok((
        widen(model.cluster_centers(), offset.as_deref()).into_pyarray(py),
        PyArray1::from_slice(py, model.labels()),
        model.inertia(),
        model.n_iter(),
        model.converged(),
        offset.map(|offset| offset.into_pyarray(py)),
    ))
}

/// The nearest of `centers` of each row, and the inertia.
#[pyfunction]
pub(crate) fn kmeans_assign<'py>(
    py: Python<'py>,
    rows: Rows<'py>,
    centers: Rows<'py>,
    offset: Option<Vec<f64>>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    how: How,
) -> PyResult<(Bound<'py, PyArray1<i32>>, f64)> {
    let (rows, centers) = (rows.view(), centers.view());
    let weights = sample_weight.as_ref().map(|w| w.as_array().to_vec());
    let (labels, inertia) = run(py, how, |context| {
        let centers = centers.narrow_by(offset.as_deref(), context)?;
        let rows = rows.narrow_by(offset.as_deref(), context)?;
        let model = KMeansModel::from_centers(centers.into_owned())?;
        model.inertia_of(&rows, weights.as_deref(), context)
    })?;
    Ok((labels.into_pyarray(py), inertia))
}

/// The distance of each row to each of `centers`.
#[pyfunction]
pub(crate) fn kmeans_transform<'py>(
    py: Python<'py>,
    rows: Rows<'py>,
    centers: Rows<'py>,
    offset: Option<Vec<f64>>,
    how: How,
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let (rows, centers) = (rows.view(), centers.view());
    let distances = run(py, how, |context| {
        let centers = centers.narrow_by(offset.as_deref(), context)?;
        let rows = rows.narrow_by(offset.as_deref(), context)?;
        KMeansModel::from_centers(centers.into_owned())?.transform_with(&rows, context)
    })?;
    Ok(distances.into_pyarray(py))
}
