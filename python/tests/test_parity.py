"""Estimators beside scikit-learn's on the same data."""

import numpy as np
import pytest
import sklearn.cluster
import sklearn.decomposition
import sklearn.manifold
import sklearn.metrics
from sklearn.datasets import make_blobs

import lookalike
from lookalike import metrics


@pytest.fixture(scope="module")
def blobs():
    X, y = make_blobs(n_samples=600, centers=6, n_features=4, random_state=3)
    return X, y


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_kmeans_from_the_same_centres_gives_the_same_labels(digits, dtype):
    X = digits.data.astype(dtype)
    start = X[:10]
    theirs = sklearn.cluster.KMeans(10, init=start, n_init=1).fit(X)
    ours = lookalike.KMeans(10, init=start, n_init=1).fit(X)
    assert np.array_equal(ours.labels_, theirs.labels_)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-6)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(ours.transform(X[:50]), theirs.transform(X[:50]), rtol=1e-5)
    assert ours.score(X) == pytest.approx(theirs.score(X), rel=1e-6)
    assert ours.cluster_centers_.dtype == ours.transform(X).dtype == dtype
    assert ours.labels_.dtype == theirs.labels_.dtype


def test_kmeans_with_weights_is_scikit_learns(blobs):
    X, _ = blobs
    weights = np.random.default_rng(0).integers(1, 5, len(X))
    start = X[:6]
    theirs = sklearn.cluster.KMeans(6, init=start, n_init=1).fit(X, sample_weight=weights)
    ours = lookalike.KMeans(6, init=start, n_init=1).fit(X, sample_weight=weights)
    assert np.array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-5)


def test_kmeans_finds_no_worse_clusters(digits):
    theirs = sklearn.cluster.KMeans(10, n_init=10, random_state=0).fit(digits.data)
    ours = lookalike.KMeans(10, n_init=10, random_state=0).fit(digits.data)
    assert ours.inertia_ <= theirs.inertia_ * 1.0005


def test_a_large_offset_of_float64_loses_nothing(blobs):
    X, _ = blobs
    start = X[:6]
    far = 1e7
    near = lookalike.KMeans(6, init=start, n_init=1).fit(X)
    moved = lookalike.KMeans(6, init=start + far, n_init=1).fit(X + far)
    assert np.array_equal(near.labels_, moved.labels_)
    np.testing.assert_allclose(moved.cluster_centers_ - far, near.cluster_centers_, atol=1e-5)
    assert np.array_equal(moved.predict(X[:7] + far), near.labels_[:7])
    distances = lookalike.PCA(2).fit_transform(X + far) - lookalike.PCA(2).fit_transform(X)
    assert np.abs(distances).max() < 1e-5


def test_mini_batches_learn_as_well(digits):
    theirs = sklearn.cluster.MiniBatchKMeans(10, n_init=3, random_state=0).fit(digits.data)
    ours = lookalike.MiniBatchKMeans(10, n_init=3, random_state=0).fit(digits.data)
    assert ours.inertia_ <= theirs.inertia_ * 1.03
    batches = lookalike.MiniBatchKMeans(10, random_state=0)
    for _ in range(5):
        for i in range(0, 1797, 300):
            batches.partial_fit(digits.data[i : i + 300])
    assert batches.n_steps_ == 30
    assert -batches.score(digits.data) <= theirs.inertia_ * 1.1


@pytest.mark.parametrize("eps, min_samples", [(18, 5), (20, 10), (23, 4)])
def test_dbscan_is_scikit_learns(digits, eps, min_samples):
    theirs = sklearn.cluster.DBSCAN(eps=eps, min_samples=min_samples).fit(digits.data)
    ours = lookalike.DBSCAN(eps=eps, min_samples=min_samples).fit(digits.data)
    assert np.array_equal(ours.labels_, theirs.labels_)
    assert np.array_equal(ours.core_sample_indices_, theirs.core_sample_indices_)
    assert np.array_equal(ours.components_, theirs.components_)
    assert ours.labels_.dtype == theirs.labels_.dtype


@pytest.mark.parametrize("metric", ["precomputed", "manhattan", "cosine"])
def test_dbscan_by_other_distances_is_scikit_learns(blobs, metric):
    X, _ = blobs
    eps = {"precomputed": 1.2, "manhattan": 2.0, "cosine": 0.02}[metric]
    if metric == "precomputed":
        X = sklearn.metrics.pairwise_distances(X)
    weights = np.random.default_rng(1).uniform(0, 3, len(X))
    for sample_weight in (None, weights):
        theirs = sklearn.cluster.DBSCAN(eps=eps, metric=metric).fit(X, sample_weight=sample_weight)
        ours = lookalike.DBSCAN(eps=eps, metric=metric).fit(X, sample_weight=sample_weight)
        assert np.array_equal(ours.labels_, theirs.labels_)


@pytest.mark.parametrize("linkage", ["ward", "complete", "average", "single"])
@pytest.mark.parametrize("cut", [{"n_clusters": 7}, {"n_clusters": None, "distance_threshold": 30.0}])
def test_agglomerative_is_scikit_learns(digits, linkage, cut):
    X = digits.data[:700]
    theirs = sklearn.cluster.AgglomerativeClustering(linkage=linkage, **cut).fit(X)
    ours = lookalike.AgglomerativeClustering(linkage=linkage, compute_distances=True, **cut).fit(X)
    assert np.array_equal(ours.labels_, theirs.labels_)
    assert ours.n_clusters_ == theirs.n_clusters_
    if cut["n_clusters"] is None:
        np.testing.assert_allclose(ours.distances_, theirs.distances_, rtol=1e-6)


@pytest.mark.parametrize("linkage", ["complete", "average", "single"])
def test_agglomerative_by_other_distances_is_scikit_learns(blobs, linkage):
    X, _ = blobs
    for metric, data in [("manhattan", X), ("precomputed", sklearn.metrics.pairwise_distances(X))]:
        theirs = sklearn.cluster.AgglomerativeClustering(5, metric=metric, linkage=linkage).fit(data)
        ours = lookalike.AgglomerativeClustering(5, metric=metric, linkage=linkage).fit(data)
        assert metrics.adjusted_rand_score(ours.labels_, theirs.labels_) == pytest.approx(1)


@pytest.mark.parametrize("n_components", [None, 5, 0.9, "mle"])
@pytest.mark.parametrize("whiten", [False, True])
def test_pca_is_scikit_learns(blobs, digits, n_components, whiten):
    X = blobs[0] if n_components in (None, "mle") else digits.data
    n_components = 3 if X is blobs[0] and n_components == 5 else n_components
    theirs = sklearn.decomposition.PCA(n_components, whiten=whiten, svd_solver="full").fit(X)
    ours = lookalike.PCA(n_components, whiten=whiten, svd_solver="full").fit(X)
    assert ours.n_components_ == theirs.n_components_
    for name in ["explained_variance_", "explained_variance_ratio_", "singular_values_", "mean_"]:
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ours.components_, theirs.components_, atol=1e-8)
    np.testing.assert_allclose(ours.transform(X), theirs.transform(X), atol=1e-7)
    back = ours.inverse_transform(ours.transform(X))
    np.testing.assert_allclose(back, theirs.inverse_transform(theirs.transform(X)), atol=1e-7)
    if theirs.noise_variance_ > 0:
        # Whitening changes no density, but theirs.
        theirs = sklearn.decomposition.PCA(ours.n_components_, svd_solver="full").fit(X)
        assert ours.score(X) == pytest.approx(theirs.score(X), rel=1e-9)
        np.testing.assert_allclose(ours.get_covariance(), theirs.get_covariance(), atol=1e-8)


@pytest.mark.parametrize(("n", "at_most"), [(800, 1.01), (1797, 1.0)])
def test_maps_are_no_worse_than_scikit_learns(digits, n, at_most):
    X = digits.data[:n]
    theirs = sklearn.manifold.TSNE(random_state=0).fit(X)
    ours = lookalike.TSNE(random_state=0).fit(X)
    assert ours.kl_divergence_ <= theirs.kl_divergence_ * at_most
    trust = sklearn.manifold.trustworthiness(X, ours.embedding_)
    assert trust >= sklearn.manifold.trustworthiness(X, theirs.embedding_) - 0.005
    assert metrics.trustworthiness(X, ours.embedding_) == pytest.approx(trust, abs=1e-4)
    assert (ours.learning_rate_, ours.n_iter_) == (n / 4, 300)


@pytest.mark.parametrize("metric", ["precomputed", "cosine"])
def test_maps_by_other_distances(digits, metric):
    X = digits.data[:300]
    data = sklearn.metrics.pairwise_distances(X) if metric == "precomputed" else X
    options = {"metric": metric, "init": "random", "random_state": 0, "perplexity": 15}
    theirs = sklearn.manifold.TSNE(**options).fit(data)
    ours = lookalike.TSNE(**options).fit(data)
    assert ours.kl_divergence_ <= theirs.kl_divergence_ * 1.05


def test_scores_are_scikit_learns(digits):
    labels = sklearn.cluster.KMeans(10, random_state=0).fit_predict(digits.data)
    names = np.array(list("abcdefghij"))[digits.target]
    for name in [
        "adjusted_rand_score",
        "adjusted_mutual_info_score",
        "normalized_mutual_info_score",
        "homogeneity_completeness_v_measure",
        "homogeneity_score",
        "completeness_score",
        "v_measure_score",
        "fowlkes_mallows_score",
    ]:
        ours, theirs = getattr(metrics, name), getattr(sklearn.metrics, name)
        assert ours(names, labels) == pytest.approx(theirs(names, labels), rel=1e-9), name
    for name in ["silhouette_score", "davies_bouldin_score", "calinski_harabasz_score"]:
        ours, theirs = getattr(metrics, name), getattr(sklearn.metrics, name)
        assert ours(digits.data, labels) == pytest.approx(theirs(digits.data, labels), rel=1e-5), name
    np.testing.assert_allclose(
        metrics.silhouette_samples(digits.data, labels),
        sklearn.metrics.silhouette_samples(digits.data, labels),
        atol=1e-6,
    )
    matched = metrics.match_labels(digits.target, labels)
    assert metrics.accuracy_score(digits.target, matched) == sklearn.metrics.accuracy_score(
        digits.target, matched
    )
    assert np.array_equal(
        metrics.confusion_matrix(digits.target, matched),
        sklearn.metrics.confusion_matrix(digits.target, matched),
    )
    assert metrics.classification_report(digits.target, matched) == (
        sklearn.metrics.classification_report(digits.target, matched)
    )
    assert set(metrics.match_labels(names, labels)) <= set(names)
    assert metrics.match_labels(names, np.full(1797, -1))[0] is None
    classes = np.array([7, 9, 9], dtype=np.uint16)
    assert metrics.match_labels(classes, [0, 1, -1]).tolist() == [7, 9, -1]


def test_labels_of_other_lengths_and_shapes_are_refused():
    for score in [metrics.accuracy_score, metrics.confusion_matrix, metrics.classification_report,
                  metrics.match_labels, metrics.adjusted_rand_score]:  # fmt: skip
        with pytest.raises(ValueError, match="inconsistent numbers of samples: \\[3, 1\\]"):
            score([0, 1, 1], [0])
        with pytest.raises(ValueError, match="must be 1D"):
            score([0, 1], [[0, 1]])
