//! t-SNE.

use lookalike::{Tsne, TsneInit, TsneMethod};
use numpy::{IntoPyArray, PyArray2, PyReadonlyArray2};
use pyo3::prelude::*;

use crate::call::{How, run};
use crate::rows::{Rows, RowsView};

/// Where the points start: `"pca"`, `"random"`, or coordinates.
#[derive(FromPyObject)]
pub(crate) enum Start<'py> {
    Given(PyReadonlyArray2<'py, f32>),
    Name(String),
}

/// Embedding, divergence, iterations and learning rate of `rows`; or, if `is_precomputed`, of samples with these
/// distances, n×n in f64.
#[pyfunction]
pub(crate) fn tsne<'py>(
    py: Python<'py>,
    rows: Rows<'py>,
    n_components: usize,
    perplexity: f64,
    early_exaggeration: f64,
    learning_rate: Option<f64>,
    max_iter: usize,
    n_iter_without_progress: usize,
    min_grad_norm: f64,
    init: Start<'py>,
    is_exact: bool,
    angle: f64,
    seed: u64,
    is_precomputed: bool,
    how: How,
) -> PyResult<(Bound<'py, PyArray2<f32>>, f64, usize, f64)> {
    let rows = rows.view();
    let init = match init {
        Start::Given(points) => TsneInit::Given(points.as_array().to_owned()),
        Start::Name(name) if name == "random" => TsneInit::Random,
        Start::Name(_) => TsneInit::Pca,
    };
    let mut recipe = Tsne::new()
        .n_components(n_components)
        .perplexity(perplexity)
        .early_exaggeration(early_exaggeration)
        .max_iter(max_iter)
        .n_iter_without_progress(n_iter_without_progress)
        .min_grad_norm(min_grad_norm)
        .init(init)
        .method(if is_exact {
            TsneMethod::Exact
        } else {
            TsneMethod::Auto
        })
        .angle(angle)
        .seed(seed);
    if let Some(learning_rate) = learning_rate {
        recipe = recipe.learning_rate(learning_rate);
    }
    let model = run(py, how, |context| match rows {
        RowsView::Double(distances) if is_precomputed => {
            recipe.fit_precomputed(&distances, context)
        }
        rows => recipe.fit_with(&rows.narrow(context)?.0, context),
    })?;
    let (kl, n_iter, rate) = (model.kl_divergence(), model.n_iter(), model.learning_rate());
    Ok((model.embedding().clone().into_pyarray(py), kl, n_iter, rate))
}
