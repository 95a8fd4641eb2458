"""What scikit-learn gives where it is installed, and the little of it that we need where it is not."""

try:
    from sklearn.base import (
        BaseEstimator,
        ClassNamePrefixFeaturesOutMixin,
        ClusterMixin,
        TransformerMixin,
    )
    from sklearn.exceptions import ConvergenceWarning, NotFittedError
    from sklearn.utils import check_random_state
    from sklearn.utils.validation import check_is_fitted, validate_data

    IS_INSTALLED = True
except ImportError:
    from ._without_scikit_learn import (
        BaseEstimator,
        ClassNamePrefixFeaturesOutMixin,
        ClusterMixin,
        ConvergenceWarning,
        NotFittedError,
        TransformerMixin,
        check_is_fitted,
        check_random_state,
        validate_data,
    )

    IS_INSTALLED = False

__all__ = [
    "IS_INSTALLED",
    "BaseEstimator",
    "ClassNamePrefixFeaturesOutMixin",
    "ClusterMixin",
    "ConvergenceWarning",
    "NotFittedError",
    "TransformerMixin",
    "check_is_fitted",
    "check_random_state",
    "validate_data",
]
