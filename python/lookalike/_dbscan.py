"""DBSCAN."""

import warnings

import numpy as np

from . import _lookalike
from ._distances import is_euclidean, pairwise_distances
from ._scikit_learn import BaseEstimator, ClusterMixin
from ._threads import how
from ._validation import check_choice, check_distances, check_int, check_real, check_rows, check_weights


class DBSCAN(ClusterMixin, BaseEstimator):
    """DBSCAN: clusters are what dense regions connect, the rest is noise.

    Labels are scikit-learn's, number by number. Neighbours are not kept, so memory is that of X.

    Parameters
    ----------
    eps : float, default=0.5
        The distance within which samples are neighbours.
    min_samples : int, default=5
        How many neighbours, itself included, make a core sample.
    metric : str or callable, default='euclidean'
        'euclidean' (also as 'l2', or 'minkowski' with p 2) is fast and needs no memory. 'precomputed'
        takes X for a matrix of distances. Any other metric of scikit-learn makes such a matrix first, of
        8·n² bytes.
    metric_params : dict, default=None
    algorithm : {'auto', 'ball_tree', 'kd_tree', 'brute'}, default='auto'
        Accepted for scikit-learn's sake: the engine chooses, the result is the same.
    leaf_size : int, default=30
        Accepted for scikit-learn's sake.
    p : float, default=None
        The power of 'minkowski', 2 if None.
    n_jobs : int, default=None
        Threads; None is what `lookalike.set_num_threads` says, -1 all cores.

    Attributes
    ----------
    core_sample_indices_ : ndarray of shape (n_core_samples,)
    components_ : ndarray of shape (n_core_samples, n_features)
        A copy of the core samples.
    labels_ : ndarray of shape (n_samples,)
        Noise is -1.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    Examples
    --------
    >>> from lookalike import DBSCAN
    >>> X = [[1, 2], [2, 2], [2, 3], [8, 7], [8, 8], [25, 80]]
    >>> DBSCAN(eps=3, min_samples=2).fit(X).labels_.tolist()
    [0, 0, 0, 1, 1, -1]
    """

    def __init__(
        self,
        eps=0.5,
        *,
        min_samples=5,
        metric="euclidean",
        metric_params=None,
        algorithm="auto",
        leaf_size=30,
        p=None,
        n_jobs=None,
    ):
        self.eps = eps
        self.min_samples = min_samples
        self.metric = metric
        self.metric_params = metric_params
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.p = p
        self.n_jobs = n_jobs

    def fit(self, X, y=None, sample_weight=None):
        """Cluster the rows of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or (n_samples, n_samples) of distances
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None
            How many samples each row counts for; a negative weight keeps its neighbours from being core.

        Returns
        -------
        self : DBSCAN
        """
        is_precomputed = isinstance(self.metric, str) and self.metric == "precomputed"
        X = check_distances(self, X) if is_precomputed else check_rows(self, X)
        check_real(self, "eps", 0, open_low=True)
        check_int(self, "min_samples", 1)
        check_int(self, "leaf_size", 1)
        check_choice(self, "algorithm", ("auto", "ball_tree", "kd_tree", "brute"))
        if self.p is not None:
            check_real(self, "p", 0)
        if self.metric_params is not None and "p" in self.metric_params:
            warnings.warn(
                "Parameter p is found in metric_params. The corresponding parameter from __init__ is ignored.",
                SyntaxWarning,
                stacklevel=2,
            )
        weights = check_weights(sample_weight, X.shape[0])
        rest = (float(self.eps), self.min_samples, weights, how(self.n_jobs))
        if not is_precomputed and is_euclidean(self.metric, self.p, self.metric_params):
            labels, core = _lookalike.dbscan(X, *rest)
        else:
            distances = X
            if not is_precomputed:
                distances = pairwise_distances(self, X, p=self.p)
            labels, core = _lookalike.dbscan_precomputed(distances, *rest)
        self.labels_ = labels.astype(np.intp)
        self.core_sample_indices_ = core.astype(np.intp)
        self.components_ = X[self.core_sample_indices_].copy()
        return self

    def fit_predict(self, X, y=None, sample_weight=None):
        """Cluster the rows of X and return their labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or (n_samples, n_samples) of distances
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        labels : ndarray of shape (n_samples,)
        """
        return self.fit(X, sample_weight=sample_weight).labels_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = self.metric == "precomputed"
        return tags
