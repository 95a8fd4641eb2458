//! Mini-batch k-means.

use lookalike::learn::Error;
use lookalike::{Init, MiniBatchKMeans, MiniBatchKMeansModel};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::call::{How, run};
use crate::kmeans::Start;
use crate::rows::{Offset, Rows, widen};

/// What was learnt so far, with all that the next batch needs.
#[pyclass(module = "lookalike._lookalike")]
pub(crate) struct MiniBatch {
    model: MiniBatchKMeansModel,
    offset: Offset,
}

#[pymethods]
impl MiniBatch {
    fn centers<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        widen(self.model.cluster_centers(), self.offset.as_deref()).into_pyarray(py)
    }

    fn labels<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i32>> {
        PyArray1::from_slice(py, self.model.labels())
    }

    fn offset<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        self.offset
            .as_ref()
            .map(|offset| PyArray1::from_slice(py, offset))
    }

    #[getter]
    fn inertia(&self) -> f64 {
        self.model.inertia()
    }

    #[getter]
    fn n_iter(&self) -> usize {
        self.model.n_iter()
    }

    #[getter]
    fn n_steps(&self) -> usize {
        self.model.n_steps()
    }

    /// Learns one more batch.
    fn partial_fit(
        &mut self,
        py: Python<'_>,
        rows: Rows<'_>,
        sample_weight: PyReadonlyArray1<'_, f64>,
        how: How,
    ) -> PyResult<()> {
        let rows = rows.view();
        let weights = sample_weight.as_array().to_vec();
        run(py, how, |context| {
            let rows = rows.narrow_by(self.offset.as_deref(), context)?;
            self.model.partial_fit_weighted(&rows, &weights, context)
        })
    }

    /// All of it as text.
    fn json(&self) -> PyResult<String> {
        serde_json::to_string(&(&self.model, &self.offset))
            .map_err(|e| PyValueError::new_err(e.to_string()))
    }

    /// From the text.
    #[staticmethod]
    fn from_json(text: &str) -> PyResult<Self> {
        let (model, offset) =
            serde_json::from_str(text).map_err(|e| PyValueError::new_err(e.to_string()))?;
        Ok(Self { model, offset })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let from_json = py.get_type::<Self>().getattr("from_json")?;
        Ok((from_json, (self.json()?,)))
    }
}

/// Fits `rows`, or, with `partial`, learns them as a first batch.
#[pyfunction]
pub(crate) fn mini_batch(
    py: Python<'_>,
    rows: Rows<'_>,
    n_clusters: usize,
    init: Start<'_>,
    n_init: Option<usize>,
    max_iter: usize,
    batch_size: usize,
    tol: f64,
    max_no_improvement: Option<usize>,
    init_size: Option<usize>,
    reassignment_ratio: f64,
    seed: u64,
    sample_weight: Option<PyReadonlyArray1<'_, f64>>,
    partial: bool,
    how: How,
) -> PyResult<MiniBatch> {
    let rows = rows.view();
    let (centers, is_random) = init.view();
    let weights = sample_weight.as_ref().map(|w| w.as_array().to_vec());
    run(py, how, |context| {
        let (rows, offset) = rows.narrow(context)?;
        let init = match centers {
            Some(centers) => {
                Init::Centers(centers.narrow_by(offset.as_deref(), context)?.into_owned())
            }
            None if is_random => Init::Random,
            None => Init::KMeansPlusPlus,
        };
        let mut recipe = MiniBatchKMeans::new(n_clusters)
            .init(init)
            .max_iter(max_iter)
            .batch_size(batch_size)
            .tol(tol)
            .max_no_improvement(max_no_improvement)
            .reassignment_ratio(reassignment_ratio)
            .seed(seed);
        if let Some(n_init) = n_init {
            recipe = recipe.n_init(n_init);
        }
        if let Some(init_size) = init_size {
            recipe = recipe.init_size(init_size);
        }
        let model = match weights {
            // A batch without weights, too: only so are its threads those of the context.
            _ if partial => {
                let weights = weights.unwrap_or_else(|| vec![1.0; rows.nrows()]);
                recipe.partial_fit_weighted(&rows, &weights, context)
            }
            Some(weights) => recipe.fit_weighted(&rows, &weights, context),
            None => recipe.fit_with(&rows, context),
        }?;
        Ok::<_, Error>(MiniBatch { model, offset })
    })
}
