"""Distances that are not Euclidean: by scikit-learn, where it is installed."""

import numpy as np


def is_euclidean(metric, p=None, metric_params=None):
    """Whether a metric, by its name and parameters, is the Euclidean one."""
    if not isinstance(metric, str):
        return False
    params = metric_params or {}
    power = params.get("p", p)
    named = metric in ("euclidean", "l2") or (metric == "minkowski" and power in (None, 2))
    return named and not set(params) - {"p"}


def pairwise_distances(estimator, X, p=None):
    """The matrix of distances of the rows of X by the metric of the estimator, in float64."""
    metric, params = estimator.metric, dict(getattr(estimator, "metric_params", None) or {})
    if metric == "minkowski" and p is not None:
        params.setdefault("p", p)
    try:
        from sklearn.metrics import pairwise_distances
    except ImportError:
        raise NotImplementedError(
            f"metric={metric!r} needs scikit-learn, which makes the matrix of distances: install it, or "
            "pass distances with metric='precomputed'"
        ) from None
    return np.ascontiguousarray(pairwise_distances(X, metric=metric, **params), dtype=np.float64)
