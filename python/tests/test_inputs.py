"""What may come in, and what is refused."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import lookalike
from lookalike import DBSCAN, PCA, TSNE, AgglomerativeClustering, KMeans, MiniBatchKMeans


def estimators():
    return [
        KMeans(3, random_state=0),
        MiniBatchKMeans(3, random_state=0),
        DBSCAN(eps=1.0),
        AgglomerativeClustering(3),
        PCA(2),
        TSNE(perplexity=5, max_iter=250, random_state=0),
    ]


def result(estimator, X):
    fitted = clone(estimator).fit(X)
    for name in ("labels_", "embedding_"):
        if hasattr(fitted, name):
            return getattr(fitted, name)
    return fitted.transform(X)


@pytest.fixture(scope="module")
def X():
    return np.random.default_rng(0).integers(0, 9, (60, 4)).astype(np.float64)


@pytest.mark.parametrize("estimator", estimators(), ids=lambda e: type(e).__name__)
def test_any_layout_and_type_gives_the_same(estimator, X, tmp_path):
    expected = result(estimator, X)
    np.save(tmp_path / "x.npy", X)
    read_only = X.copy()
    read_only.flags.writeable = False
    strided = np.zeros((120, 8))
    strided[::2, ::2] = X
    for name, same in {
        "float32": X.astype(np.float32),
        "int": X.astype(int),
        "uint8": X.astype(np.uint8),
        "Fortran": np.asfortranarray(X),
        "strided": strided[::2, ::2],
        "backwards": X[::-1][::-1],
        "read-only": read_only,
        "memory-mapped": np.load(tmp_path / "x.npy", mmap_mode="r"),
        "big-endian": X.astype(">f8"),
        "list": X.tolist(),
        "pandas": pd.DataFrame(X, columns=list("abcd")),
        "polars": pl.DataFrame(X, schema=list("abcd")),
    }.items():
        np.testing.assert_allclose(result(estimator, same), expected, atol=1e-5, err_msg=name)


def test_frames_give_names_and_take_results(X):
    frame = pd.DataFrame(X, columns=list("abcd"))
    pca = PCA(2).set_output(transform="pandas").fit(frame)
    assert list(pca.feature_names_in_) == list("abcd")
    assert list(pca.transform(frame).columns) == ["pca0", "pca1"]
    assert list(KMeans(3).fit(frame).get_feature_names_out()) == ["kmeans0", "kmeans1", "kmeans2"]
    with pytest.raises(ValueError, match="feature names"):
        pca.transform(frame[["b", "a", "c", "d"]])


@pytest.mark.parametrize("estimator", estimators(), ids=lambda e: type(e).__name__)
@pytest.mark.parametrize(
    "bad, error, words",
    [
        (np.array([["a", "b"]] * 9), ValueError, "could not convert string"),
        (np.array([[object(), 1]] * 9), TypeError, "float"),
        (np.ones((9, 2)) * 1j, ValueError, "Complex data not supported"),
        (np.ones(9), ValueError, "Expected 2D array, got 1D array"),
        (np.ones((9, 2, 2)), ValueError, "dim 3"),
        (np.ones((0, 2)), ValueError, "0 sample"),
        (np.ones((9, 0)), ValueError, "0 feature"),
        (np.array([[np.nan, 1]] * 9), ValueError, "NaN"),
        (np.array([[np.inf, 1]] * 9), ValueError, "inf"),
        (sparse.csr_matrix(np.eye(9)), TypeError, "[Ss]parse"),
    ],
)
def test_what_is_no_matrix_of_numbers_is_refused(estimator, bad, error, words):
    with pytest.raises(error, match=words):
        clone(estimator).fit(bad)


@pytest.mark.parametrize(
    "estimator",
    [one for one in estimators() if not isinstance(one, PCA)],
    ids=lambda e: type(e).__name__,
)
def test_what_float32_cannot_hold_is_named(estimator, X):
    large = X.copy()
    large[7, 2] = 1e300
    with pytest.raises(ValueError, match=r"range of float32.* got 1e300 in row 7, column 2"):
        clone(estimator).fit(large)


@pytest.mark.parametrize(
    "estimator, words",
    [
        (KMeans(2.5), "'n_clusters' parameter of KMeans must be an int .* Got 2.5"),
        (KMeans(0), "'n_clusters' parameter .* Got 0"),
        (KMeans(100), "n_samples=60 should be >= n_clusters=100"),
        (KMeans(3, init="best"), "'init' parameter .*'k-means\\+\\+', 'random'"),
        (KMeans(3, init=np.ones((2, 4))), "does not match the number of clusters 3"),
        (KMeans(3, init=np.ones((3, 5))), "does not match the number of features of the data 4"),
        (KMeans(3, tol=-1), "'tol' parameter"),
        (KMeans(3, algorithm="hamerly"), "'algorithm' parameter"),
        (MiniBatchKMeans(3, batch_size=0), "'batch_size' parameter"),
        (DBSCAN(eps=-0.5), "'eps' parameter of DBSCAN must be a float in the range \\(0, inf\\)"),
        (DBSCAN(min_samples=0), "'min_samples' parameter"),
        (DBSCAN(metric="precomputed"), "Distance matrix should be square"),
        (AgglomerativeClustering(None), "Exactly one of n_clusters and distance_threshold"),
        (AgglomerativeClustering(linkage="centroid"), "'linkage' parameter"),
        (AgglomerativeClustering(metric="manhattan"), "Ward can only work with euclidean"),
        (PCA(9), "n_components=9 must be between 0 and min\\(n_samples, n_features\\)=4"),
        (PCA(1.5), "'n_components' parameter"),
        (PCA("all"), "'n_components' parameter"),
        (TSNE(perplexity=60), "perplexity \\(60\\) must be less than n_samples \\(60\\)"),
        (TSNE(max_iter=100), "'max_iter' parameter .* \\[250, inf\\)"),
        (TSNE(init=np.ones((3, 2)), perplexity=5), "init must have n_samples"),
    ],
)
def test_parameters_that_break_their_rules_are_named(estimator, words, X):
    with pytest.raises(ValueError, match=words):
        estimator.fit(X)


def test_what_is_not_implemented_says_so(X):
    for estimator in [TSNE(4, method="exact"), AgglomerativeClustering(connectivity=np.eye(60))]:
        with pytest.raises(NotImplementedError, match="not implemented"):
            estimator.fit(X)


def test_estimators_that_were_not_fitted_or_on_other_columns_say_so(X):
    for estimator, method in [(KMeans(3), "predict"), (KMeans(3), "transform"), (PCA(2), "transform")]:
        with pytest.raises(NotFittedError):
            getattr(estimator, method)(X)
        estimator.fit(X)
        with pytest.raises(ValueError, match="X has 3 features, but .* is expecting 4"):
            getattr(estimator, method)(X[:, :3])


def test_weights_are_checked(X):
    for weights, words in [
        (np.ones(59), "sample_weight.shape == \\(59,\\), expected \\(60,\\)"),
        (np.ones((60, 2)), "1D array or scalar"),
        (np.full(60, np.nan), "NaN"),
        (np.zeros(60), "at least one non-zero"),
        (-np.ones(60), "not negative"),
    ]:
        with pytest.raises(ValueError, match=words):
            KMeans(3).fit(X, sample_weight=weights)


def test_random_states_of_all_kinds_are_taken(X):
    first = KMeans(3, random_state=7).fit(X)
    assert np.array_equal(first.labels_, KMeans(3, random_state=7).fit(X).labels_)
    drawn = [KMeans(3, random_state=np.random.RandomState(5)).fit(X).labels_ for _ in range(2)]
    assert np.array_equal(*drawn)
    KMeans(3, random_state=None).fit(X)
    with pytest.raises(ValueError, match="-1"):
        KMeans(3, random_state=-1).fit(X)
    with pytest.raises(ValueError, match="seed"):
        KMeans(3, random_state="seven").fit(X)


def test_numbers_of_threads_are_checked():
    with pytest.raises(ValueError, match="n_threads must be an int of at least 1 or None, got 0"):
        lookalike.set_num_threads(0)
