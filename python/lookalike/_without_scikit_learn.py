"""Estimators' common ground without scikit-learn: the same methods, attributes and messages, and no more
of them than are needed."""

import inspect

import numpy as np


class NotFittedError(ValueError, AttributeError):
    """An estimator was used before it was fitted."""


class ConvergenceWarning(UserWarning):
    """A fit ended before it settled, or found less than was asked for."""


class BaseEstimator:
    """Parameters by name, as in scikit-learn."""

    @classmethod
    def _names(cls):
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep=True):
        """The parameters by name."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **params):
        """Set parameters by name; returns the estimator."""
        names = self._names()
        for name, value in params.items():
            if name not in names:
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {self}. Valid parameters are: {names!r}."
                )
            setattr(self, name, value)
        return self

    def __repr__(self):
        signature = inspect.signature(type(self).__init__).parameters
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if value is not signature[name].default
        ]
        return f"{type(self).__name__}({', '.join(changed)})"


class ClusterMixin:
    """Labels from one call."""

    def fit_predict(self, X, y=None, **kwargs):
        """Fit and return the labels."""
        return self.fit(X, **kwargs).labels_


class TransformerMixin:
    """Fit and transform in one call."""

    def fit_transform(self, X, y=None, **kwargs):
        """Fit and return what becomes of X."""
        return self.fit(X, y, **kwargs).transform(X)


class ClassNamePrefixFeaturesOutMixin:
    """Names of the columns that come out."""

    def get_feature_names_out(self, input_features=None):
        """The name of the class in lower case, numbered."""
        check_is_fitted(self)
        prefix = type(self).__name__.lower()
        return np.asarray([f"{prefix}{i}" for i in range(self._n_features_out)], dtype=object)


def check_is_fitted(estimator):
    """Refuse an estimator that was not fitted."""
    if not any(name.endswith("_") and not name.startswith("__") for name in vars(estimator)):
        raise NotFittedError(
            f"This {type(estimator).__name__} instance is not fitted yet. Call 'fit' with appropriate "
            "arguments before using this estimator."
        )


def check_random_state(seed):
    """A RandomState of a seed, a RandomState, or None for NumPy's own."""
    if seed is None:
        return np.random.mtrand._rand
    if isinstance(seed, np.random.RandomState):
        return seed
    if isinstance(seed, (int, np.integer)):
        return np.random.RandomState(seed)
    raise ValueError(f"{seed!r} cannot be used to seed a numpy.random.RandomState instance")


def validate_data(
    estimator, X, *, reset=True, dtype=(np.float64, np.float32), ensure_min_samples=1, **_
):
    """X as an array of rows, and what it says of its columns noted in the estimator."""
    name = type(estimator).__name__
    if hasattr(X, "toarray") and hasattr(X, "nnz"):
        raise TypeError(
            "Sparse data was passed, but dense data is required. Use '.toarray()' to convert to a dense "
            "numpy array."
        )
    columns = getattr(X, "columns", None)
    X = np.asarray(X)
    if X.dtype.kind == "c":
        raise ValueError(f"Complex data not supported\n{X}\n")
    if X.dtype not in [np.dtype(t) for t in dtype]:
        X = X.astype(dtype[0])
    if X.ndim != 2:
        raise ValueError(
            f"Expected 2D array, got {('scalar', '1D')[X.ndim] if X.ndim < 2 else f'{X.ndim}D'} array "
            f"instead. Reshape your data to samples × features."
        )
    if X.shape[0] < ensure_min_samples:
        raise ValueError(
            f"Found array with {X.shape[0]} sample(s) (shape={X.shape}) while a minimum of "
            f"{ensure_min_samples} is required by {name}."
        )
    if X.shape[1] < 1:
        raise ValueError(
            f"Found array with 0 feature(s) (shape={X.shape}) while a minimum of 1 is required by {name}."
        )
    if not np.isfinite(X).all():
        what = "NaN" if np.isnan(X).any() else f"infinity or a value too large for {X.dtype!r}"
        raise ValueError(f"Input X contains {what}.")
    if reset:
        estimator.n_features_in_ = X.shape[1]
        if columns is not None and all(isinstance(column, str) for column in columns):
            estimator.feature_names_in_ = np.asarray(columns, dtype=object)
        elif hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_
    elif X.shape[1] != estimator.n_features_in_:
        raise ValueError(
            f"X has {X.shape[1]} features, but {name} is expecting {estimator.n_features_in_} features as "
            "input."
        )
    return X
