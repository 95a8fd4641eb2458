"""t-SNE."""

import numpy as np

from . import _lookalike
from ._distances import is_euclidean, pairwise_distances
from ._pca import PCA
from ._scikit_learn import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    validate_data,
)
from ._threads import how
from ._validation import (
    check_choice,
    check_int,
    check_real,
    check_rows,
    refuse,
    seed_of,
)


class TSNE(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """t-SNE: a map on which samples that are alike lie together.

    Parameters
    ----------
    n_components : {1, 2, 3}, default=2
    perplexity : float, default=30.0
        About how many neighbours each sample has; less than the number of samples.
    early_exaggeration : float, default=12.0
        Of the first 50 iterations; falls to 1 in 100 more.
    learning_rate : 'auto' or float, default='auto'
        'auto' is max(n_samples / exaggeration of the iteration / 4, 5).
    max_iter : int, default=300
        At least 250. After 300 iterations the divergence is lower than after 1000 of scikit-learn's.
        Of a few hundred samples each map ends in a minimum of its own: on eighteen parts of the
        digits 3 % lower on average, 1.5 % higher at most.
    n_iter_without_progress : int, default=300
    min_grad_norm : float, default=1e-7
    metric : str or callable, default='euclidean'
        As in `DBSCAN`: 'precomputed' takes X for a matrix of distances, and any other metric of
        scikit-learn makes such a matrix first, of 8·n² bytes.
    metric_params : dict, default=None
    init : {'pca', 'random'} or ndarray of shape (n_samples, n_components), default='pca'
    verbose : int, default=0
    random_state : int, RandomState or None, default=None
    method : {'barnes_hut', 'exact'}, default='barnes_hut'
        'exact' sums the repulsion of all pairs. 'barnes_hut' takes the fastest way: all pairs below 500
        samples, a tree of second moments, and from 12 000 on in 2-D interpolation with Fourier transforms.
    angle : float, default=0.5
        Accuracy of the tree, from 0 (exact) to 1.
    n_jobs : int, default=None
        Threads; None is what `lookalike.set_num_threads` says, -1 all cores.

    Attributes
    ----------
    embedding_ : ndarray of shape (n_samples, n_components)
    kl_divergence_ : float
    learning_rate_ : float
        That of the iterations without exaggeration.
    n_iter_ : int
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
    """

    def __init__(
        self,
        n_components=2,
        *,
        perplexity=30.0,
        early_exaggeration=12.0,
        learning_rate="auto",
        max_iter=300,
        n_iter_without_progress=300,
        min_grad_norm=1e-7,
        metric="euclidean",
        metric_params=None,
        init="pca",
        verbose=0,
        random_state=None,
        method="barnes_hut",
        angle=0.5,
        n_jobs=None,
    ):
        self.n_components = n_components
        self.perplexity = perplexity
        self.early_exaggeration = early_exaggeration
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.n_iter_without_progress = n_iter_without_progress
        self.min_grad_norm = min_grad_norm
        self.metric = metric
        self.metric_params = metric_params
        self.init = init
        self.verbose = verbose
        self.random_state = random_state
        self.method = method
        self.angle = angle
        self.n_jobs = n_jobs

    @property
    def _n_features_out(self):
        return self.embedding_.shape[1]

    def fit_transform(self, X, y=None):
        """Draw the map of the rows of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        embedding : ndarray of shape (n_samples, n_components)
        """
        is_precomputed = isinstance(self.metric, str) and self.metric == "precomputed"
        if is_precomputed:
            X = self._check_precomputed(X)
        else:
            X = check_rows(self, X, min_samples=2)
        self._check(X)
        start = self._start(X)
        if not is_precomputed and not is_euclidean(self.metric, metric_params=self.metric_params):
            X, is_precomputed = pairwise_distances(self, X), True
            if (X < 0).any():
                raise ValueError("All distances should be positive, the metric given is not correct")
        rate = None if self.learning_rate == "auto" else float(self.learning_rate)
        self.embedding_, self.kl_divergence_, self.n_iter_, self.learning_rate_ = _lookalike.tsne(
            X,
            self.n_components,
            float(self.perplexity),
            float(self.early_exaggeration),
            rate,
            self.max_iter,
            self.n_iter_without_progress,
            float(self.min_grad_norm),
            start,
            self.method == "exact",
            float(self.angle),
            seed_of(self.random_state),
            is_precomputed,
            how(self.n_jobs, self.verbose),
        )
        return self.embedding_

    def fit(self, X, y=None):
        """Draw the map of the rows of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self : TSNE
        """
        self.fit_transform(X)
        return self

    def _check(self, X):
        check_int(self, "n_components", 1)
        check_real(self, "perplexity", 0, open_low=True)
        check_real(self, "early_exaggeration", 1)
        check_real(self, "learning_rate", 0, open_low=True, also=("auto",))
        check_int(self, "max_iter", 250)
        check_int(self, "n_iter_without_progress", -1)
        check_real(self, "min_grad_norm", 0)
        check_real(self, "angle", 0, 1)
        check_choice(self, "method", ("barnes_hut", "exact"))
        if self.method == "barnes_hut" and self.n_components > 3:
            raise ValueError(
                "'n_components' should be inferior to 4 for the barnes_hut algorithm as it relies on "
                "quad-tree or oct-tree."
            )
        if self.n_components > 3:
            raise NotImplementedError(
                f"n_components={self.n_components} is not implemented: maps have 1 to 3 dimensions"
            )
        if self.perplexity >= X.shape[0]:
            raise ValueError(
                f"perplexity ({self.perplexity}) must be less than n_samples ({X.shape[0]})"
            )

    def _check_precomputed(self, X):
        if isinstance(self.init, str) and self.init == "pca":
            raise ValueError('The parameter init="pca" cannot be used with metric="precomputed".')
        X = validate_data(self, X, dtype=(np.float64,))
        if X.shape[0] != X.shape[1]:
            raise ValueError(f"X should be a square distance matrix, got shape {X.shape}")
        if (X < 0).any():
            raise ValueError(
                "All distances should be positive, the precomputed distances given as X is not correct"
            )
        return X

    def _start(self, X):
        """The word for where points start, or their coordinates."""
        if not isinstance(self.init, str):
            if not isinstance(self.init, np.ndarray):
                refuse(self, "init", "a str among {'pca', 'random'} or an ndarray")
            return np.ascontiguousarray(self.init, dtype=np.float32)
        check_choice(self, "init", ("pca", "random"))
        if self.init == "pca" and not is_euclidean(self.metric, metric_params=self.metric_params):
            # Of the rows, for distances alone have no principal components.
            start = PCA(self.n_components, random_state=self.random_state).fit_transform(X)
            return (start / start[:, 0].std() * 1e-4).astype(np.float32)
        return self.init

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = self.metric == "precomputed"
        return tags
