"""Agglomerative clustering."""

import numpy as np

from . import _lookalike
from ._distances import is_euclidean, pairwise_distances
from ._scikit_learn import BaseEstimator, ClusterMixin
from ._threads import how
from ._validation import check_choice, check_distances, check_int, check_real, check_rows


class AgglomerativeClustering(ClusterMixin, BaseEstimator):
    """Agglomerative clustering: the two nearest clusters merge, again and again.

    The tree is SciPy's and labels are scikit-learn's, ties included. Ward and single linkage of
    Euclidean distances need memory for X alone, the others 4·n² bytes.

    Parameters
    ----------
    n_clusters : int or None, default=2
        None with `distance_threshold`.
    metric : str or callable, default='euclidean'
        As in `DBSCAN`; Ward's linkage takes 'euclidean' only.
    memory : default=None
        Accepted for scikit-learn's sake: trees are not cached.
    connectivity : None
        Constraints of who may merge are not implemented.
    compute_full_tree : 'auto' or bool, default='auto'
        Accepted for scikit-learn's sake: the tree is always whole.
    linkage : {'ward', 'complete', 'average', 'single'}, default='ward'
    distance_threshold : float, default=None
        Clusters at this distance or more do not merge.
    compute_distances : bool, default=False
        Whether `distances_` is kept though there is no `distance_threshold`.

    Attributes
    ----------
    n_clusters_ : int
    labels_ : ndarray of shape (n_samples,)
    n_leaves_ : int
    n_connected_components_ : int
    children_ : ndarray of shape (n_samples - 1, 2)
        The clusters of each merge; i is a sample below n_samples, and merge i - n_samples from there on.
    distances_ : ndarray of shape (n_samples - 1,)
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    Examples
    --------
    >>> from lookalike import AgglomerativeClustering
    >>> X = [[1, 2], [1, 4], [1, 0], [4, 2], [4, 4], [4, 0]]
    >>> AgglomerativeClustering().fit(X).labels_.tolist()
    [1, 1, 1, 0, 0, 0]
    """

    def __init__(
        self,
        n_clusters=2,
        *,
        metric="euclidean",
        memory=None,
        connectivity=None,
        compute_full_tree="auto",
        linkage="ward",
        distance_threshold=None,
        compute_distances=False,
    ):
        self.n_clusters = n_clusters
        self.metric = metric
        self.memory = memory
        self.connectivity = connectivity
        self.compute_full_tree = compute_full_tree
        self.linkage = linkage
        self.distance_threshold = distance_threshold
        self.compute_distances = compute_distances

    def fit(self, X, y=None):
        """Cluster the rows of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or (n_samples, n_samples) of distances
        y : ignored

        Returns
        -------
        self : AgglomerativeClustering
        """
        is_precomputed = isinstance(self.metric, str) and self.metric == "precomputed"
        if is_precomputed:
            X = check_distances(self, X)
        else:
            X = check_rows(self, X, min_samples=2)
        self._check(is_precomputed)
        if self.n_clusters is not None and self.n_clusters > X.shape[0]:
            raise ValueError(
                f"Cannot extract more clusters than samples: {self.n_clusters} clusters were given for a "
                f"tree with {X.shape[0]} leaves."
            )
        rest = (self.n_clusters, float(self.distance_threshold or 0), self.linkage, how())
        if not is_precomputed and is_euclidean(self.metric):
            found = _lookalike.agglomerative(X, *rest)
        else:
            distances = X if is_precomputed else pairwise_distances(self, X)
            found = _lookalike.agglomerative_precomputed(distances, *rest)
        labels, self.children_, heights, self.n_clusters_ = found
        self.labels_ = labels.astype(np.intp)
        self.n_leaves_ = X.shape[0]
        self.n_connected_components_ = 1
        if self.compute_distances or self.distance_threshold is not None:
            self.distances_ = heights
        return self

    def _check(self, is_precomputed):
        check_int(self, "n_clusters", 1, also=(None,))
        check_choice(self, "linkage", ("ward", "complete", "average", "single"))
        if self.distance_threshold is not None:
            check_real(self, "distance_threshold", 0)
        if (self.n_clusters is None) == (self.distance_threshold is None):
            raise ValueError(
                "Exactly one of n_clusters and distance_threshold has to be set, and the other needs to be "
                "None."
            )
        if self.distance_threshold is not None and self.compute_full_tree is False:
            raise ValueError("compute_full_tree must be True if distance_threshold is set.")
        if self.linkage == "ward" and (is_precomputed or not is_euclidean(self.metric)):
            raise ValueError(
                f"{self.metric} was provided as metric. Ward can only work with euclidean distances."
            )
        if self.connectivity is not None:
            raise NotImplementedError(
                "connectivity, constraints of who may merge, is not implemented: use None, or scikit-learn"
            )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = self.metric == "precomputed"
        return tags
