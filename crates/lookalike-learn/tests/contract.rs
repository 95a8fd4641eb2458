//! What every algorithm promises, whatever it computes. A new algorithm is one more line in
//! [`ALGORITHMS`].

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use std::fmt::Debug;

use lookalike_learn::metrics::{
    calinski_harabasz_score_with, davies_bouldin_score_with, neighbor_recall_with,
    silhouette_samples_with, trustworthiness_with,
};
use lookalike_learn::neighbors::k_nearest_with;
use lookalike_learn::{
    AgglomerativeClustering, CancelToken, Context, Dbscan, Error, ErrorKind, Init, KMeans, Linkage,
    MiniBatchKMeans, Pca, Result, SvdSolver, Tsne, TsneInit, TsneMethod,
};
use ndarray::{Array2, ArrayRef2, s};
use serde::{Serialize, de::DeserializeOwned};

/// Runs an algorithm and writes all of its result down, every number to its last bit.
type Algorithm = fn(&ArrayRef2<f32>, &Context) -> Result<String>;

/// For samples of at least [`ROWS`] rows and [`COLUMNS`] columns.
const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("k-means", |x, c| saved(KMeans::new(3).fit_with(x, c))),
    ("k-means, random", |x, c| {
        saved(KMeans::new(3).init(Init::Random).fit_with(x, c))
    }),
    ("k-means, weighted", |x, c| {
        saved(KMeans::new(3).fit_weighted(x, &vec![0.5; x.nrows()], c))
    }),
    ("k-means, predict", |x, c| {
        shown(&KMeans::new(3).fit_with(x, c)?.predict_with(x, c)?)
    }),
    ("k-means, transform", |x, c| {
        shown(&KMeans::new(3).fit_with(x, c)?.transform(x)?)
    }),
    ("mini-batch k-means", |x, c| {
        saved(MiniBatchKMeans::new(3).batch_size(100).fit_with(x, c))
    }),
    ("DBSCAN", |x, c| {
        saved(Dbscan::new().eps(1.1).fit_with(x, c))
    }),
    ("Ward linkage", |x, c| {
        saved(agglomerative(Linkage::Ward).fit_with(x, c))
    }),
    ("Ward linkage, lean", |x, c| {
        saved(agglomerative(Linkage::Ward).memory_limit(0).fit_with(x, c))
    }),
    ("complete linkage", |x, c| {
        saved(agglomerative(Linkage::Complete).fit_with(x, c))
    }),
    ("average linkage", |x, c| {
        saved(agglomerative(Linkage::Average).fit_with(x, c))
    }),
    ("single linkage", |x, c| {
        saved(agglomerative(Linkage::Single).fit_with(x, c))
    }),
    ("PCA", |x, c| saved(Pca::new(2).fit_with(x, c))),
    ("PCA, full", |x, c| {
        saved(pca(SvdSolver::Full).fit_with(x, c))
    }),
    ("PCA, covariance", |x, c| {
        saved(pca(SvdSolver::Covariance).fit_with(x, c))
    }),
    ("PCA, randomized", |x, c| {
        saved(pca(SvdSolver::Randomized).fit_with(x, c))
    }),
    ("PCA, transform", |x, c| {
        shown(
            &pca(SvdSolver::Full)
                .whiten(true)
                .fit_with(x, c)?
                .transform_with(x, c)?,
        )
    }),
    ("t-SNE", |x, c| saved(tsne().fit_with(x, c))),
    ("t-SNE, tree", |x, c| {
        saved(tsne().method(TsneMethod::BarnesHut).fit_with(x, c))
    }),
    ("t-SNE, FFT", |x, c| {
        saved(tsne().method(TsneMethod::Fft).fit_with(x, c))
    }),
    ("t-SNE, 3-D, random", |x, c| {
        saved(tsne().n_components(3).init(TsneInit::Random).fit_with(x, c))
    }),
    ("nearest neighbours", |x, c| saved(k_nearest_with(x, 4, c))),
    ("silhouette", |x, c| {
        shown(&silhouette_samples_with(x, &three_labels(x), c)?)
    }),
    ("Davies-Bouldin", |x, c| {
        shown(&davies_bouldin_score_with(x, &three_labels(x), c)?)
    }),
    ("Caliński-Harabasz", |x, c| {
        shown(&calinski_harabasz_score_with(x, &three_labels(x), c)?)
    }),
    ("trustworthiness", |x, c| {
        shown(&trustworthiness_with(x, &first_axis(x), 4, c)?)
    }),
    ("neighbour recall", |x, c| {
        shown(&neighbor_recall_with(x, &first_axis(x), 4, c)?)
    }),
];

const ROWS: usize = 12;
const COLUMNS: usize = 2;

fn agglomerative(linkage: Linkage) -> AgglomerativeClustering {
    AgglomerativeClustering::new(3).linkage(linkage)
}

fn pca(solver: SvdSolver) -> Pca {
    Pca::new(2).svd_solver(solver)
}

fn tsne() -> Tsne {
    Tsne::new().perplexity(4.0).max_iter(260)
}

fn three_labels(x: &ArrayRef2<f32>) -> Vec<i32> {
    (0..x.nrows()).map(|i| (i % 3) as i32).collect()
}

fn first_axis(x: &ArrayRef2<f32>) -> Array2<f32> {
    x.slice(s![.., ..x.ncols().min(1)]).to_owned()
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "ends the chains of `?` that the lists are made of"
)]
fn shown(result: &impl Debug) -> Result<String> {
    Ok(format!("{result:?}"))
}

/// As [`shown`], and holds the model to what it is after it was saved and loaded.
fn saved<M: Debug + PartialEq + Serialize + DeserializeOwned>(model: Result<M>) -> Result<String> {
    let model = model?;
    let file = serde_json::to_string(&model).unwrap();
    let loaded: M = serde_json::from_str(&file).unwrap_or_else(|e| panic!("{e}: {model:?}"));
    assert_eq!(loaded, model);
    shown(&model)
}

/// Three clusters, no two rows alike.
fn samples(n: usize, d: usize) -> Array2<f32> {
    Array2::from_shape_fn((n, d), |(i, j)| {
        let noise = ((i * 131 + j * 71 + i * i * j) as f32).sin();
        (3 * (i % 3)) as f32 + 0.4 * noise
    })
}

fn each(check: impl Fn(&str, Algorithm)) {
    for &(name, algorithm) in ALGORITHMS {
        check(name, algorithm);
    }
}

fn fit(algorithm: Algorithm, x: &ArrayRef2<f32>) -> Result<String> {
    algorithm(x, &Context::default())
}

#[test]
fn no_rows_or_no_columns_are_refused() {
    each(|name, algorithm| {
        for (rows, columns) in [(0, 3), (20, 0), (0, 0)] {
            let error = fit(algorithm, &Array2::zeros((rows, columns))).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::InvalidInput, "{name}: {error}");
            let shape = format!("got {rows} rows and {columns} columns");
            assert!(error.to_string().contains(&shape), "{name}: {error}");
        }
    });
}

#[test]
fn too_few_rows_are_refused_or_served() {
    each(|name, algorithm| {
        for rows in 1..5 {
            if let Err(error) = fit(algorithm, &samples(rows, 4)) {
                assert!(
                    matches!(
                        error.kind(),
                        ErrorKind::InvalidInput | ErrorKind::InvalidParameter { .. }
                    ),
                    "{name}: {error}"
                );
            }
        }
    });
}

#[test]
fn equal_rows_and_single_columns_do_no_harm() {
    each(|name, algorithm| {
        for value in [0.0, 0.1, -7.3e5] {
            for columns in [3, 20] {
                let x = Array2::from_elem((40, columns), value);
                let result = fit(algorithm, &x);
                assert!(result.is_ok(), "{name}, {value}: {result:?}");
            }
        }
        // Too narrow for two components, and nothing else.
        if let Err(error) = fit(algorithm, &samples(40, 1)) {
            let name_of_count = ErrorKind::InvalidParameter {
                name: "n_components",
            };
            assert_eq!(error.kind(), &name_of_count, "{name}: {error}");
        }
    });
}

#[test]
fn what_is_not_finite_is_found_and_located() {
    each(|name, algorithm| {
        for (row, column) in [(0, 0), (0, 3), (599, 0), (599, 3), (512, 2)] {
            for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut x = samples(600, 4);
                x[[row, column]] = value;
                let error = fit(algorithm, &x).unwrap_err();
                assert_eq!(
                    error.kind(),
                    &ErrorKind::NonFinite { row, column },
                    "{name}"
                );
                let place = format!("got {value} in row {row}, column {column}");
                assert!(error.to_string().contains(&place), "{name}: {error}");
            }
        }
    });
}

#[test]
fn layout_does_not_matter() {
    each(|name, algorithm| {
        let x = samples(50, 12);
        let want = fit(algorithm, &x).unwrap();
        let by_columns = x.t().as_standard_layout().to_owned();
        assert_eq!(fit(algorithm, &by_columns.t()).unwrap(), want, "{name}");
        let mut wide = Array2::from_elem((100, 24), f32::NAN);
        wide.slice_mut(s![..;2, ..;2]).assign(&x);
        let every_other = wide.slice(s![..;2, ..;2]);
        assert_eq!(fit(algorithm, &every_other).unwrap(), want, "{name}");
        let mut reversed = x.slice(s![..;-1, ..]).to_owned();
        reversed.invert_axis(ndarray::Axis(0));
        assert_eq!(fit(algorithm, &reversed).unwrap(), want, "{name}");
    });
}

#[test]
fn again_is_the_same_with_any_number_of_threads() {
    let contexts = [1, 2, 8].map(|n| Context::new().threads(n).unwrap());
    each(|name, algorithm| {
        for columns in [3, 20] {
            let x = samples(700, columns);
            let want = fit(algorithm, &x).unwrap();
            for context in &contexts {
                let got = algorithm(&x, context).unwrap();
                assert!(got == want, "{name} with {columns} columns, {context:?}");
            }
        }
    });
}

#[test]
fn values_of_extreme_size_do_no_harm() {
    each(|name, algorithm| {
        for columns in [3, 20] {
            for scale in [1e18, 1e-18, 3e37, 1e-38, 1e-43] {
                let x = samples(60, columns) * scale;
                let result = fit(algorithm, &x);
                assert!(
                    result.is_ok(),
                    "{name}, {columns} columns × {scale}: {result:?}"
                );
            }
            for offset in [1e7, -1e18, 3e38] {
                let x = samples(60, columns) + offset;
                let result = fit(algorithm, &x);
                assert!(
                    result.is_ok(),
                    "{name}, {columns} columns + {offset}: {result:?}"
                );
            }
        }
    });
}

/// What does not depend on the unit of the data: the labels, ranks and shares that are found.
#[test]
fn the_unit_of_the_data_does_not_matter() {
    type Unitless = fn(&ArrayRef2<f32>) -> Result<String>;
    let unitless: [(&str, Unitless); 8] = [
        ("k-means", |x| shown(&KMeans::new(3).fit(x)?.labels())),
        ("k-means, predict", |x| {
            shown(&KMeans::new(3).fit(x)?.predict(x)?)
        }),
        ("mini-batch k-means", |x| {
            shown(&MiniBatchKMeans::new(3).fit(x)?.labels())
        }),
        ("Ward linkage", |x| {
            shown(&agglomerative(Linkage::Ward).fit(x)?.labels())
        }),
        ("PCA", |x| {
            let model = pca(SvdSolver::Covariance).fit(x)?;
            shown(
                &model
                    .explained_variance_ratio()
                    .iter()
                    .map(|r| *r as f32)
                    .collect::<Vec<_>>(),
            )
        }),
        ("nearest neighbours", |x| {
            shown(k_nearest_with(x, 4, &Context::default())?.indices())
        }),
        ("silhouette", |x| {
            let values = silhouette_samples_with(x, &three_labels(x), &Context::default())?;
            shown(&values.iter().map(|v| (v * 1e4).round()).collect::<Vec<_>>())
        }),
        ("trustworthiness", |x| {
            shown(&trustworthiness_with(
                x,
                &first_axis(x),
                4,
                &Context::default(),
            )?)
        }),
    ];
    for (name, algorithm) in unitless {
        for columns in [3, 20] {
            // Powers of two change no digit.
            let x = samples(300, columns);
            let want = algorithm(&x).unwrap();
            for exponent in [-80, -60, -40, 40, 60, 80, 120] {
                let got = algorithm(&(&x * 2f32.powi(exponent))).unwrap();
                assert!(got == want, "{name}, {columns} columns · 2^{exponent}");
            }
        }
    }
}

#[test]
fn a_cancelled_token_stops_it_at_once() {
    let token = CancelToken::default();
    token.cancel();
    let context = Context::new().cancel_with(&token);
    each(|name, algorithm| {
        for columns in [3, 20] {
            let result = algorithm(&samples(ROWS.max(60), columns.max(COLUMNS)), &context);
            let kind = result.as_ref().map_err(Error::kind);
            assert_eq!(kind, Err(&ErrorKind::Cancelled), "{name}: {result:?}");
        }
    });
}

#[test]
fn a_bad_parameter_is_named() {
    let x = samples(20, 4);
    let refusals: [(&str, Option<Error>); 28] = [
        ("n_clusters", KMeans::new(0).fit(&x).err()),
        ("n_clusters", KMeans::new(21).fit(&x).err()),
        ("n_init", KMeans::new(2).n_init(0).fit(&x).err()),
        ("max_iter", KMeans::new(2).max_iter(0).fit(&x).err()),
        ("tol", KMeans::new(2).tol(-1.0).fit(&x).err()),
        ("tol", KMeans::new(2).tol(f64::NAN).fit(&x).err()),
        (
            "init",
            KMeans::new(2)
                .init(Init::Centers(Array2::zeros((2, 3))))
                .fit(&x)
                .err(),
        ),
        (
            "sample_weight",
            KMeans::new(2)
                .fit_weighted(&x, &[1.0], &Context::new())
                .err(),
        ),
        (
            "sample_weight",
            KMeans::new(2)
                .fit_weighted(&x, &[-1.0; 20], &Context::new())
                .err(),
        ),
        ("n_clusters", MiniBatchKMeans::new(21).fit(&x).err()),
        ("n_init", MiniBatchKMeans::new(2).n_init(0).fit(&x).err()),
        (
            "batch_size",
            MiniBatchKMeans::new(2).batch_size(0).fit(&x).err(),
        ),
        (
            "max_iter",
            MiniBatchKMeans::new(2).max_iter(0).fit(&x).err(),
        ),
        (
            "init_size",
            MiniBatchKMeans::new(2).init_size(0).fit(&x).err(),
        ),
        (
            "reassignment_ratio",
            MiniBatchKMeans::new(2)
                .reassignment_ratio(-1.0)
                .fit(&x)
                .err(),
        ),
        ("eps", Dbscan::new().eps(0.0).fit(&x).err()),
        ("eps", Dbscan::new().eps(f64::NAN).fit(&x).err()),
        ("min_samples", Dbscan::new().min_samples(0).fit(&x).err()),
        ("n_clusters", AgglomerativeClustering::new(0).fit(&x).err()),
        ("n_clusters", AgglomerativeClustering::new(21).fit(&x).err()),
        ("n_components", Pca::new(0).fit(&x).err()),
        ("n_components", Pca::new(5).fit(&x).err()),
        ("perplexity", Tsne::new().fit(&x).err()),
        (
            "n_components",
            tsne().method(TsneMethod::Fft).n_components(3).fit(&x).err(),
        ),
        ("n_neighbors", k_nearest_with(&x, 0, &Context::new()).err()),
        ("n_neighbors", k_nearest_with(&x, 20, &Context::new()).err()),
        (
            "n_neighbors",
            trustworthiness_with(&x, &x, 10, &Context::new()).err(),
        ),
        ("threads", Context::new().threads(0).err()),
    ];
    for (at, (name, error)) in refusals.into_iter().enumerate() {
        let error = error.unwrap_or_else(|| panic!("number {at}, {name}, was accepted"));
        assert_eq!(
            error.kind(),
            &ErrorKind::InvalidParameter { name },
            "{error}"
        );
        let text = error.to_string();
        assert!(text.starts_with(&format!("{name} must ")), "{text}");
        assert!(text.contains(", got "), "{text}");
    }
}

/// Limits beyond reason are no reason for an overflow.
#[test]
fn parameters_of_extreme_size_do_no_harm() {
    let x = samples(30, 4);
    let huge = usize::MAX;
    let recipe = MiniBatchKMeans::new(2)
        .max_iter(huge)
        .batch_size(huge)
        .init_size(huge);
    assert!(recipe.fit(&x).is_ok());
    assert!(KMeans::new(2).max_iter(huge).tol(1e300).fit(&x).is_ok());
    assert!(Dbscan::new().eps(1e300).min_samples(huge).fit(&x).is_ok());
    assert!(Dbscan::new().eps(f64::MIN_POSITIVE).fit(&x).is_ok());
    let sketch = pca(SvdSolver::Randomized).n_oversamples(huge);
    assert!(sketch.fit(&x).is_ok());
    assert!(tsne().n_iter_without_progress(huge).fit(&x).is_ok());
    assert!(trustworthiness_with(&x, &x, huge, &Context::new()).is_err());
}

#[test]
fn work_that_is_watched_gives_its_result_and_its_panic() {
    use std::time::Duration;
    for context in [Context::new(), Context::new().threads(2).unwrap()] {
        let mut looks = 0;
        let work = || {
            std::thread::sleep(Duration::from_millis(60));
            rayon::current_num_threads()
        };
        let threads = context.run_watched(work, Duration::from_millis(5), || looks += 1);
        assert_eq!(threads, context.run(rayon::current_num_threads));
        assert!(looks > 1, "{looks}");
        let panics = || -> () { panic!("as it did") };
        let work = || context.run_watched(panics, Duration::from_secs(1), || ());
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err());
    }
}

#[test]
fn narrower_vectors_too() {
    common::again_with_narrower_vectors("narrower_vectors_too");
}
