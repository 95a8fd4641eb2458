"""k-means."""

import warnings

import numpy as np

from . import _lookalike
from ._scikit_learn import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    ConvergenceWarning,
    TransformerMixin,
    check_is_fitted,
    check_random_state,
)
from ._threads import how
from ._validation import (
    check_choice,
    check_int,
    check_real,
    check_rows,
    check_weights,
    refuse,
    seed_of,
)


class CentersMixin(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin):
    """What can be done with the centres that were found."""

    @property
    def _n_features_out(self):
        return self.cluster_centers_.shape[0]

    def fit_predict(self, X, y=None, sample_weight=None):
        """Fit to the rows of X and return their labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        labels : ndarray of shape (n_samples,)
        """
        return self.fit(X, sample_weight=sample_weight).labels_

    def fit_transform(self, X, y=None, sample_weight=None):
        """Fit to the rows of X and return their distances to the centres.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        distances : ndarray of shape (n_samples, n_clusters)
        """
        return self.fit(X, sample_weight=sample_weight)._distances(X)

    def predict(self, X):
        """The nearest centre of each row of X, the lowest number where several are.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        labels : ndarray of shape (n_samples,)
        """
        return self._assign(X, None)[0]

    def transform(self, X):
        """The distance of each row of X to each centre.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        distances : ndarray of shape (n_samples, n_clusters)
        """
        check_is_fitted(self)
        return self._distances(X)

    def score(self, X, y=None, sample_weight=None):
        """Minus the sum of the squared distances of the rows of X to their nearest centres.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        score : float
        """
        return -self._assign(X, sample_weight)[1]

    def _distances(self, X):
        X = check_rows(self, X, reset=False)
        distances = _lookalike.kmeans_transform(X, self._centers(X), self._offset, how())
        return distances.astype(X.dtype, copy=False)

    def _assign(self, X, sample_weight):
        check_is_fitted(self)
        X = check_rows(self, X, reset=False)
        weights = check_weights(sample_weight, X.shape[0])
        return _lookalike.kmeans_assign(X, self._centers(X), self._offset, weights, how())

    def _centers(self, X):
        """The centres, which the user may have set, in a precision that the engine takes."""
        centers = np.asarray(self.cluster_centers_)
        return centers if centers.dtype in (np.float32, np.float64) else centers.astype(np.float64)

    def _check(self, X, *, more_inits=("auto",)):
        """Check what all kinds of k-means share."""
        check_int(self, "n_clusters", 1)
        check_int(self, "max_iter", 1)
        check_int(self, "n_init", 1, also=more_inits)
        check_int(self, "verbose", 0, also=(True, False))
        check_real(self, "tol", 0)
        if isinstance(self.init, str):
            check_choice(self, "init", ("k-means++", "random"))
        if X.shape[0] < self.n_clusters:
            raise ValueError(f"n_samples={X.shape[0]} should be >= n_clusters={self.n_clusters}.")

    def _start(self, X, seed):
        """The first centres, or the word for how to find them."""
        if isinstance(self.init, str):
            return self.init
        if callable(self.init):
            centers = self.init(X, self.n_clusters, random_state=check_random_state(seed))
        elif hasattr(self.init, "__array__") or isinstance(self.init, (list, tuple)):
            centers = self.init
        else:
            refuse(self, "init", "a str among {'k-means++', 'random'}, a callable or an array-like")
        centers = np.array(centers, dtype=np.float64)
        for axis, (what, wanted) in enumerate(
            [("number of clusters", self.n_clusters), ("number of features of the data", X.shape[1])]
        ):
            if centers.ndim != 2 or centers.shape[axis] != wanted:
                raise ValueError(
                    f"The shape of the initial centers {centers.shape} does not match the {what} {wanted}."
                )
        n_init = self.n_init
        if n_init != "auto" and n_init != 1:
            warnings.warn(
                "Explicit initial center position passed: performing only one init in "
                f"{type(self).__name__} instead of n_init={n_init}.",
                RuntimeWarning,
                stacklevel=3,
            )
        return centers

    def _starts(self, auto):
        """How many starts to make; `auto` is how many of centres drawn at random."""
        if self.n_init != "auto":
            return self.n_init
        is_random = callable(self.init) or (isinstance(self.init, str) and self.init == "random")
        return auto if is_random else 1

    def _warn_if_fewer(self):
        n_found = np.count_nonzero(np.bincount(self.labels_, minlength=self.n_clusters))
        if n_found < self.n_clusters:
            warnings.warn(
                f"Number of distinct clusters ({n_found}) found smaller than n_clusters "
                f"({self.n_clusters}). Possibly due to duplicate points in X.",
                ConvergenceWarning,
                stacklevel=3,
            )


class KMeans(CentersMixin, BaseEstimator):
    """k-means: the k centres that leave the smallest sum of squared distances.

    Labels are those of exact arithmetic on float32 values: near ties are decided in float64. The same
    seed gives the same bits on any number of threads, though not the same draws as in scikit-learn.

    Parameters
    ----------
    n_clusters : int, default=8
    init : {'k-means++', 'random'}, callable or array-like of shape (n_clusters, n_features), \
default='k-means++'
        Greedy k-means++, rows drawn at random, or the centres.
    n_init : 'auto' or int, default='auto'
        Starts, of which the best is kept. 'auto' is 10 for 'random' or a callable and 1 otherwise.
    max_iter : int, default=300
    tol : float, default=1e-4
        Of the mean variance of the columns: a start ends when its centres move by no more.
    verbose : int, default=0
        Prints progress.
    random_state : int, RandomState or None, default=None
    copy_x : bool, default=True
        Accepted for scikit-learn's sake: X is never changed.
    algorithm : {'lloyd', 'elkan'}, default='lloyd'
        Accepted for scikit-learn's sake: both give the same result, the engine chooses its bounds.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
    labels_ : ndarray of shape (n_samples,)
    inertia_ : float
        The sum of the squared distances of samples to their centres, weighted.
    n_iter_ : int
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Where the columns of X have names.

    Examples
    --------
    >>> from lookalike import KMeans
    >>> X = [[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]]
    >>> model = KMeans(n_clusters=2, random_state=0).fit(X)
    >>> sorted(model.cluster_centers_.tolist())
    [[1.0, 2.0], [10.0, 2.0]]
    """

    def __init__(
        self,
        n_clusters=8,
        *,
        init="k-means++",
        n_init="auto",
        max_iter=300,
        tol=1e-4,
        verbose=0,
        random_state=None,
        copy_x=True,
        algorithm="lloyd",
    ):
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm

    def fit(self, X, y=None, sample_weight=None):
        """Find the clusters of the rows of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            float32 in C order is taken as it is, anything else is copied.
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : KMeans
        """
        X = check_rows(self, X)
        self._check(X)
        check_choice(self, "algorithm", ("lloyd", "elkan"))
        weights = check_weights(sample_weight, X.shape[0])
        if self.algorithm == "elkan" and self.n_clusters == 1:
            warnings.warn(
                "algorithm='elkan' doesn't make sense for a single cluster. Using 'lloyd' instead.",
                RuntimeWarning,
                stacklevel=2,
            )
        n_init = self._starts(auto=10)
        seed = seed_of(self.random_state)
        # A callable is asked for the centres of each start from here.
        starts = [(seed + i, 1) for i in range(n_init)] if callable(self.init) else [(seed, n_init)]
        best = None
        for seed, n_init in starts:
            fitted = _lookalike.kmeans(
                X,
                self.n_clusters,
                self._start(X, seed),
                n_init,
                self.max_iter,
                float(self.tol),
                seed,
                weights,
                how(verbose=self.verbose),
            )
            if best is None or fitted[2] < best[2]:
                best = fitted
        centers, self.labels_, self.inertia_, self.n_iter_, _, self._offset = best
        self.cluster_centers_ = centers.astype(X.dtype, copy=False)
        self._warn_if_fewer()
        return self
