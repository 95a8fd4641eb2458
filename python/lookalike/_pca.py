"""Principal component analysis."""

import numbers

import numpy as np

from . import _lookalike
from ._scikit_learn import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    check_is_fitted,
)
from ._threads import how
from ._validation import FLOATS, check_choice, check_int, check_real, check_rows, refuse, seed_of

SOLVERS = ("auto", "full", "covariance_eigh", "arpack", "randomized")


class PCA(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Principal component analysis: the axes along which the samples vary most.

    Parameters
    ----------
    n_components : int, float, 'mle' or None, default=None
        How many axes to keep: a number, the share of variance that they carry (between 0 and 1), as many
        as there is evidence for (Minka 2000), or all.
    copy : bool, default=True
        Accepted for scikit-learn's sake: X is never changed.
    whiten : bool, default=False
        Whether coordinates are scaled to unit variance.
    svd_solver : {'auto', 'full', 'covariance_eigh', 'arpack', 'randomized'}, default='auto'
        'auto' chooses by shape as scikit-learn does. 'arpack' is done as 'full', which finds the same.
    tol : float, default=0.0
        Accepted for scikit-learn's sake; only 'arpack' had a use for it.
    iterated_power : 'auto' or int, default='auto'
        Power iterations of 'randomized'.
    n_oversamples : int, default=10
        Directions that 'randomized' follows beyond those wanted.
    power_iteration_normalizer : {'auto', 'QR', 'LU', 'none'}, default='auto'
        Accepted for scikit-learn's sake: 'randomized' always takes QR.
    random_state : int, RandomState or None, default=None

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_features)
    explained_variance_ : ndarray of shape (n_components,)
    explained_variance_ratio_ : ndarray of shape (n_components,)
    singular_values_ : ndarray of shape (n_components,)
    mean_ : ndarray of shape (n_features,)
    n_components_ : int
    n_samples_ : int
    noise_variance_ : float
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    Examples
    --------
    >>> from lookalike import PCA
    >>> X = [[-1, -1], [-2, -1], [-3, -2], [1, 1], [2, 1], [3, 2]]
    >>> PCA(n_components=2).fit(X).explained_variance_ratio_.round(3).tolist()
    [0.992, 0.008]
    """

    def __init__(
        self,
        n_components=None,
        *,
        copy=True,
        whiten=False,
        svd_solver="auto",
        tol=0.0,
        iterated_power="auto",
        n_oversamples=10,
        power_iteration_normalizer="auto",
        random_state=None,
    ):
        self.n_components = n_components
        self.copy = copy
        self.whiten = whiten
        self.svd_solver = svd_solver
        self.tol = tol
        self.iterated_power = iterated_power
        self.n_oversamples = n_oversamples
        self.power_iteration_normalizer = power_iteration_normalizer
        self.random_state = random_state

    @property
    def _n_features_out(self):
        return self.components_.shape[0]

    def fit(self, X, y=None):
        """Find the axes of the rows of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self : PCA
        """
        self._fit(X)
        return self

    def fit_transform(self, X, y=None):
        """Find the axes of the rows of X and return their coordinates.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        coordinates : ndarray of shape (n_samples, n_components)
        """
        return self._transform(self._fit(X))

    def transform(self, X):
        """The coordinates of the rows of X along the axes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        coordinates : ndarray of shape (n_samples, n_components)
        """
        check_is_fitted(self)
        return self._transform(check_rows(self, X, reset=False))

    def inverse_transform(self, X):
        """The rows that have the coordinates X, but for what the left-out axes held.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)

        Returns
        -------
        rows : ndarray of shape (n_samples, n_features)
        """
        check_is_fitted(self)
        X = np.asarray(X)
        X = X if X.dtype in FLOATS else X.astype(np.float64)
        rows = self._axes.inverse_transform(X, how())
        return rows.astype(X.dtype, copy=False)

    def get_covariance(self):
        """The covariance of the features under the probabilistic model (Tipping and Bishop 1999).

        Returns
        -------
        covariance : ndarray of shape (n_features, n_features)
        """
        check_is_fitted(self)
        return self._axes.covariance()

    def get_precision(self):
        """The inverse of the covariance of the features under the probabilistic model.

        Returns
        -------
        precision : ndarray of shape (n_features, n_features)
        """
        check_is_fitted(self)
        return self._axes.precision()

    def score_samples(self, X):
        """The logarithm of the density of each row of X under the probabilistic model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        log_likelihood : ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        return self._axes.score_samples(check_rows(self, X, reset=False), how())

    def score(self, X, y=None):
        """The mean of `score_samples`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        log_likelihood : float
        """
        return float(np.mean(self.score_samples(X)))

    def _fit(self, X):
        X = check_rows(self, X, min_samples=2)
        check_choice(self, "svd_solver", SOLVERS)
        check_choice(self, "power_iteration_normalizer", ("auto", "QR", "LU", "none"))
        check_int(self, "iterated_power", 0, also=("auto",))
        check_int(self, "n_oversamples", 1)
        check_real(self, "tol", 0)
        self._axes = _lookalike.pca(
            X,
            self._wanted(X),
            bool(self.whiten),
            "full" if self.svd_solver == "arpack" else self.svd_solver,
            self.n_oversamples,
            None if self.iterated_power == "auto" else self.iterated_power,
            seed_of(self.random_state) if self.svd_solver in ("auto", "randomized") else 0,
            how(),
        )
        axes = self._axes
        kinds = {"dtype": X.dtype, "copy": False}
        self.components_ = axes.components().astype(**kinds)
        self.mean_ = axes.mean().astype(**kinds)
        self.explained_variance_ = axes.explained_variance().astype(**kinds)
        self.explained_variance_ratio_ = axes.explained_variance_ratio().astype(**kinds)
        self.singular_values_ = axes.singular_values().astype(**kinds)
        self.noise_variance_ = X.dtype.type(axes.noise_variance)
        self.n_components_ = self.components_.shape[0]
        self.n_samples_ = X.shape[0]
        return X

    def _transform(self, X):
        return self._axes.transform(X, how()).astype(X.dtype, copy=False)

    def _wanted(self, X):
        """How many axes are wanted: an int, a share, or None for as evidence says."""
        n_samples, n_features = X.shape
        most = min(n_samples, n_features)
        k = self.n_components
        if k is None:
            return most - 1 if self.svd_solver == "arpack" else most
        if isinstance(k, str):
            if k != "mle":
                refuse(self, "n_components", "an int, a float in the range (0, 1), 'mle' or None")
            if n_samples < n_features:
                raise ValueError("n_components='mle' is only supported if n_samples >= n_features")
            if self.svd_solver in ("arpack", "randomized"):
                raise ValueError(
                    f"n_components='mle' cannot be a string with svd_solver='{self.svd_solver}'"
                )
            return None
        if isinstance(k, numbers.Integral) and not isinstance(k, (bool, np.bool_)):
            least = 1 if self.svd_solver in ("arpack", "randomized") else 0
            if not least <= k <= most:
                raise ValueError(
                    f"n_components={k} must be between {least} and min(n_samples, n_features)={most} with "
                    f"svd_solver='{'full' if self.svd_solver == 'auto' else self.svd_solver}'"
                )
            if self.svd_solver == "arpack" and k == most:
                raise ValueError(
                    f"n_components={k} must be strictly less than min(n_samples, n_features)={most} with "
                    "svd_solver='arpack'"
                )
            return int(k)
        if isinstance(k, numbers.Real) and 0 < k < 1 and self.svd_solver not in ("arpack", "randomized"):
            return float(k)
        refuse(self, "n_components", "an int, a float in the range (0, 1), 'mle' or None")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
