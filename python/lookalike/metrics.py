"""Scores: of labels against the truth, of labels on rows, and of maps."""

import numpy as np

from . import _lookalike
from ._threads import how
from ._validation import FLOATS

__all__ = [
    "accuracy_score",
    "adjusted_mutual_info_score",
    "adjusted_rand_score",
    "calinski_harabasz_score",
    "classification_report",
    "completeness_score",
    "confusion_matrix",
    "davies_bouldin_score",
    "fowlkes_mallows_score",
    "homogeneity_completeness_v_measure",
    "homogeneity_score",
    "match_labels",
    "normalized_mutual_info_score",
    "purity_score",
    "silhouette_samples",
    "silhouette_score",
    "trustworthiness",
    "v_measure_score",
]


def _checked(truth, labels):
    """Two sequences of labels, of one dimension and one length."""
    pair = [np.asarray(truth), np.asarray(labels)]
    for name, values in zip(("the true labels", "the labels found"), pair):
        if values.ndim != 1:
            raise ValueError(f"{name} must be 1D: shape is {values.shape}")
    if len(pair[0]) != len(pair[1]):
        raise ValueError(
            "Found input variables with inconsistent numbers of samples: "
            f"{[len(values) for values in pair]}"
        )
    return pair


def _pair(truth, labels):
    """Two sequences of labels of anything, each as numbers of its values."""
    return [_codes(values) for values in _checked(truth, labels)]


def _together(truth, labels):
    """Two sequences of labels, as numbers of the values of both; and these values, ascending."""
    truth, labels = _checked(truth, labels)
    values, codes = np.unique(np.concatenate([truth, labels]), return_inverse=True)
    codes = codes.astype(np.int32)
    return codes[: len(truth)], codes[len(truth) :], values


def _codes(labels):
    return np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.int32)


def adjusted_rand_score(labels_true, labels_pred):
    """The adjusted Rand index: 1 for equal partitions, about 0 for random ones.

    Parameters
    ----------
    labels_true, labels_pred : array-like of shape (n_samples,)

    Returns
    -------
    score : float
    """
    return _lookalike.adjusted_rand(*_pair(labels_true, labels_pred))


def adjusted_mutual_info_score(labels_true, labels_pred):
    """The adjusted mutual information, arithmetic mean.

    Parameters
    ----------
    labels_true, labels_pred : array-like of shape (n_samples,)

    Returns
    -------
    score : float
    """
    return _lookalike.adjusted_mutual_info(*_pair(labels_true, labels_pred))


def normalized_mutual_info_score(labels_true, labels_pred):
    """The normalized mutual information, arithmetic mean.

    Parameters
    ----------
    labels_true, labels_pred : array-like of shape (n_samples,)

    Returns
    -------
    score : float
    """
    return _lookalike.normalized_mutual_info(*_pair(labels_true, labels_pred))


def fowlkes_mallows_score(labels_true, labels_pred):
    """The Fowlkes–Mallows index.

    Parameters
    ----------
    labels_true, labels_pred : array-like of shape (n_samples,)

    Returns
    -------
    score : float
    """
    return _lookalike.fowlkes_mallows(*_pair(labels_true, labels_pred))


def purity_score(labels_true, labels_pred):
    """The share of samples that have the true label of most members of their cluster.

    Parameters
    ----------
    labels_true, labels_pred : array-like of shape (n_samples,)

    Returns
    -------
    score : float
    """
    return _lookalike.purity(*_pair(labels_true, labels_pred))


def homogeneity_completeness_v_measure(labels_true, labels_pred):
    """Homogeneity, completeness and their harmonic mean.

    Parameters
    ----------
    labels_true, labels_pred : array-like of shape (n_samples,)

    Returns
    -------
    homogeneity, completeness, v_measure : float
    """
    return _lookalike.homogeneity_completeness_v_measure(*_pair(labels_true, labels_pred))


def homogeneity_score(labels_true, labels_pred):
    """Whether each cluster holds one true label only; see `homogeneity_completeness_v_measure`."""
    return homogeneity_completeness_v_measure(labels_true, labels_pred)[0]


def completeness_score(labels_true, labels_pred):
    """Whether each true label is in one cluster only; see `homogeneity_completeness_v_measure`."""
    return homogeneity_completeness_v_measure(labels_true, labels_pred)[1]


def v_measure_score(labels_true, labels_pred):
    """The harmonic mean of both; see `homogeneity_completeness_v_measure`."""
    return homogeneity_completeness_v_measure(labels_true, labels_pred)[2]


def match_labels(labels_true, labels_pred, *, one_to_one=False):
    """Labels with the number of each cluster replaced by a true label.

    Parameters
    ----------
    labels_true : array-like of shape (n_samples,)
        Of any kind.
    labels_pred : array-like of int of shape (n_samples,)
        Numbers of clusters; noise, -1, matches nothing.
    one_to_one : bool, default=False
        False gives each cluster the true label that most of its members have, True each true label to at
        most one cluster, so that as many samples as possible are right.

    Returns
    -------
    labels : ndarray of shape (n_samples,)
        -1 (None where true labels are not numbers) for samples whose cluster has no true label.
    """
    labels_true, labels_pred = _checked(labels_true, labels_pred)
    values, codes = np.unique(labels_true, return_inverse=True)
    found = _lookalike.match_labels(codes.astype(np.int32), labels_pred.astype(np.int32), one_to_one)
    is_number = values.dtype.kind in "iu"
    if values.dtype.kind == "u":
        values = values.astype(np.int64)  # which has a -1
    matched = values[found] if is_number else values.astype(object)[found]
    matched[found < 0] = -1 if is_number else None
    return matched


def accuracy_score(y_true, y_pred):
    """The share of samples whose labels are equal.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)

    Returns
    -------
    score : float
    """
    return _lookalike.accuracy(*_together(y_true, y_pred)[:2])


def confusion_matrix(y_true, y_pred):
    """How many samples of each true label (rows) have each predicted one (columns), labels ascending.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)

    Returns
    -------
    matrix : ndarray of shape (n_labels, n_labels)
    """
    return _lookalike.confusion_matrix(*_together(y_true, y_pred)[:2])


def classification_report(y_true, y_pred, *, target_names=None):
    """scikit-learn's text of precision, recall, F1 and support of each label.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
    target_names : list of str, default=None
        Of the labels, ascending; None prints the labels themselves.

    Returns
    -------
    report : str
    """
    y_true, y_pred, values = _together(y_true, y_pred)
    names = [str(value) for value in (values if target_names is None else target_names)]
    return _lookalike.classification_report(y_true, y_pred, names)


def _rows(X):
    X = np.asarray(X)
    return X if X.dtype in FLOATS else X.astype(np.float64)


def _refuse_metric(metric):
    if metric not in ("euclidean", "l2"):
        raise NotImplementedError(f"metric={metric!r} is not implemented: only 'euclidean'")


def silhouette_samples(X, labels, *, metric="euclidean"):
    """The silhouette of each sample: how much nearer its own cluster is than the next, from -1 to 1.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    labels : array-like of shape (n_samples,)
    metric : {'euclidean'}

    Returns
    -------
    silhouettes : ndarray of shape (n_samples,)
    """
    _refuse_metric(metric)
    return _lookalike.silhouette_samples(_rows(X), _codes(labels), how())


def silhouette_score(X, labels, *, metric="euclidean"):
    """The mean silhouette of all samples.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    labels : array-like of shape (n_samples,)
    metric : {'euclidean'}

    Returns
    -------
    score : float
    """
    return float(np.mean(silhouette_samples(X, labels, metric=metric)))


def davies_bouldin_score(X, labels):
    """The Davies–Bouldin index: smaller is better.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    labels : array-like of shape (n_samples,)

    Returns
    -------
    score : float
    """
    return _lookalike.davies_bouldin(_rows(X), _codes(labels), how())


def calinski_harabasz_score(X, labels):
    """The Caliński–Harabasz index: larger is better.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    labels : array-like of shape (n_samples,)

    Returns
    -------
    score : float
    """
    return _lookalike.calinski_harabasz(_rows(X), _codes(labels), how())


def trustworthiness(X, X_embedded, *, n_neighbors=5, metric="euclidean"):
    """How far neighbours on a map are neighbours in the data, from 0 to 1.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    X_embedded : array-like of shape (n_samples, n_components)
    n_neighbors : int, default=5
    metric : {'euclidean'}

    Returns
    -------
    score : float
    """
    _refuse_metric(metric)
    return _lookalike.trustworthiness(_rows(X), _rows(X_embedded), n_neighbors, how())
