"""Mini-batch k-means."""

import warnings

import numpy as np

from . import _lookalike
from ._kmeans import CentersMixin
from ._scikit_learn import BaseEstimator
from ._threads import how
from ._validation import check_int, check_real, check_rows, check_weights, seed_of


class MiniBatchKMeans(CentersMixin, BaseEstimator):
    """k-means that looks at small batches: for data that is too large or arrives piece by piece.

    Parameters
    ----------
    n_clusters : int, default=8
    init : {'k-means++', 'random'}, callable or array-like of shape (n_clusters, n_features), \
default='k-means++'
    max_iter : int, default=100
        Passes over the data.
    batch_size : int, default=1024
    verbose : int, default=0
    compute_labels : bool, default=True
        Whether `fit` labels all samples at the end.
    random_state : int, RandomState or None, default=None
    tol : float, default=0.0
        Of the mean variance of the columns: ends when centres move by no more in a step; 0 never does.
    max_no_improvement : int or None, default=10
        Steps without a smaller smoothed inertia after which to end.
    init_size : int or None, default=None
        Samples that a start is made from; None is three batches.
    n_init : 'auto' or int, default='auto'
        Starts that are compared on a sample. 'auto' is 3 for 'random' and 1 otherwise.
    reassignment_ratio : float, default=0.01
        Centres with fewer samples than this share (0 to 1) of the busiest are moved.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
    labels_ : ndarray of shape (n_samples,)
        Of `fit`, if `compute_labels`, or of the last batch.
    inertia_ : float
    n_iter_ : int
        Passes over the data, a part counted as one.
    n_steps_ : int
        Batches learnt.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
    """

    def __init__(
        self,
        n_clusters=8,
        *,
        init="k-means++",
        max_iter=100,
        batch_size=1024,
        verbose=0,
        compute_labels=True,
        random_state=None,
        tol=0.0,
        max_no_improvement=10,
        init_size=None,
        n_init="auto",
        reassignment_ratio=0.01,
    ):
        self.n_clusters = n_clusters
        self.init = init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.verbose = verbose
        self.compute_labels = compute_labels
        self.random_state = random_state
        self.tol = tol
        self.max_no_improvement = max_no_improvement
        self.init_size = init_size
        self.n_init = n_init
        self.reassignment_ratio = reassignment_ratio

    def fit(self, X, y=None, sample_weight=None):
        """Find the clusters of the rows of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None
            Rows are drawn in proportion to it.

        Returns
        -------
        self : MiniBatchKMeans
        """
        X = check_rows(self, X)
        self._model = self._begin(X, sample_weight, partial=False)
        self.n_iter_ = self._model.n_iter
        self._take(X)
        if not self.compute_labels:
            del self.labels_
        else:
            self._warn_if_fewer()
        return self

    def partial_fit(self, X, y=None, sample_weight=None):
        """Learn one more batch; the first one also makes the start.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : MiniBatchKMeans
        """
        is_first = not hasattr(self, "_model")
        X = check_rows(self, X, reset=is_first)
        if is_first:
            self._model = self._begin(X, sample_weight, partial=True)
        else:
            weights = check_weights(sample_weight, X.shape[0])
            weights = np.ones(X.shape[0]) if weights is None else weights
            self._model.partial_fit(X, weights, how())
        self._take(X)
        return self

    def _begin(self, X, sample_weight, partial):
        self._check(X)
        check_int(self, "batch_size", 1)
        check_int(self, "max_no_improvement", 0, also=(None,))
        check_int(self, "init_size", 1, also=(None,))
        check_real(self, "reassignment_ratio", 0, 1)
        weights = check_weights(sample_weight, X.shape[0])
        init_size = self.init_size
        if init_size is not None and init_size < self.n_clusters:
            warnings.warn(
                f"init_size={init_size} should be larger than n_clusters={self.n_clusters}. Setting it to "
                "min(3*n_clusters, n_samples)",
                RuntimeWarning,
                stacklevel=3,
            )
        seed = seed_of(self.random_state)
        return _lookalike.mini_batch(
            X,
            self.n_clusters,
            self._start(X, seed),
            self._starts(auto=3),
            self.max_iter,
            self.batch_size,
            float(self.tol),
            # None and 0 both mean that it never ends for this.
            self.max_no_improvement or None,
            init_size,
            float(self.reassignment_ratio),
            seed,
            weights,
            partial,
            how(verbose=self.verbose),
        )

    def _take(self, X):
        model = self._model
        self.cluster_centers_ = model.centers().astype(X.dtype, copy=False)
        self.labels_ = model.labels()
        self.inertia_ = model.inertia
        self.n_steps_ = model.n_steps
        self._offset = model.offset()
