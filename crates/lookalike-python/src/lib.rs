//! The extension module `lookalike._lookalike`: the facade for Python's arrays.
//!
//! A thin shell without mathematics. Arrays come in as they are and go out as new ones; estimators, their
//! parameters and their attributes are Python, in the folder `python/lookalike`.

#![allow(
    clippy::too_many_arguments,
    clippy::needless_pass_by_value,
    reason = "functions have the arguments of their Python callers, by value as PyO3 extracts them"
)]

mod agglomerative;
mod call;
mod dbscan;
mod error;
mod jobs;
mod kmeans;
mod metrics;
mod mini_batch;
mod pca;
mod rows;
mod tsne;

use pyo3::prelude::*;

/// The Rust side of lookalike.
#[pymodule]
mod _lookalike {
    #[pymodule_export]
    use super::agglomerative::{agglomerative, agglomerative_precomputed};
    #[pymodule_export]
    use super::dbscan::{dbscan, dbscan_precomputed};
    #[pymodule_export]
    use super::jobs::pictures::{cluster_images, embed_images};
    #[pymodule_export]
    use super::jobs::quantize::quantize;
    #[pymodule_export]
    use super::jobs::scene::{encode_png, segment};
    #[pymodule_export]
    use super::kmeans::{kmeans, kmeans_assign, kmeans_transform};
    #[pymodule_export]
    use super::metrics::{
        accuracy, adjusted_mutual_info, adjusted_rand, calinski_harabasz, classification_report,
        confusion_matrix, davies_bouldin, fowlkes_mallows, homogeneity_completeness_v_measure,
        match_labels, normalized_mutual_info, purity, silhouette_samples, trustworthiness,
    };
    #[pymodule_export]
    use super::mini_batch::{MiniBatch, mini_batch};
    #[pymodule_export]
    use super::pca::{Axes, pca};
    #[pymodule_export]
    use super::tsne::tsne;

    #[pymodule_init]
    fn init(module: &super::Bound<'_, super::PyModule>) -> super::PyResult<()> {
        use super::PyModuleMethods;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
