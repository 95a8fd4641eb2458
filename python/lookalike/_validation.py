"""Parameters and weights, checked before any work."""

import numbers

import numpy as np

from ._scikit_learn import check_random_state, validate_data

FLOATS = (np.float64, np.float32)


class InvalidParameterError(ValueError, TypeError):
    """A parameter has a type or a value that it cannot have."""


def refuse(estimator, name, rule):
    """Say which parameter breaks its rule, in scikit-learn's words."""
    raise InvalidParameterError(
        f"The {name!r} parameter of {type(estimator).__name__} must be {rule}. "
        f"Got {getattr(estimator, name)!r} instead."
    )


def check_int(estimator, name, low, also=()):
    """A parameter must be a whole number from `low` on, or one of `also`."""
    value = getattr(estimator, name)
    if any(value is other or (isinstance(other, str) and value == other) for other in also):
        return
    is_int = isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))
    if not is_int or value < low:
        others = "".join(f" or {other!r}" for other in also)
        refuse(estimator, name, f"an int in the range [{low}, inf){others}")


def check_real(estimator, name, low, high=np.inf, *, open_low=False, also=()):
    """A parameter must be a number from `low` to `high`, or one of `also`."""
    value = getattr(estimator, name)
    if any(isinstance(value, str) and value == other for other in also):
        return
    is_real = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    if not is_real or not (value > low if open_low else value >= low) or value > high:
        interval = f"{'(' if open_low else '['}{low}, {high}{')' if high == np.inf else ']'}"
        others = "".join(f" or {other!r}" for other in also)
        refuse(estimator, name, f"a float in the range {interval}{others}")


def check_choice(estimator, name, choices):
    """A parameter must be one of some words."""
    value = getattr(estimator, name)
    if not isinstance(value, str) or value not in choices:
        words = ", ".join(repr(choice) for choice in sorted(choices))
        refuse(estimator, name, f"a str among {{{words}}}")


def _is_plain(X):
    """Whether there is nothing to convert."""
    return type(X) is np.ndarray and X.ndim == 2 and X.size > 0 and X.dtype in (np.float32, np.float64)


def check_rows(estimator, X, *, reset=True, min_samples=1):
    """X as an array of float64 or float32, copied only where it is neither."""
    if _is_plain(X) and X.shape[0] >= min_samples and not hasattr(estimator, "feature_names_in_"):
        # The engine looks at all values anyway, and says where one is not finite.
        if reset:
            estimator.n_features_in_ = X.shape[1]
            return X
        if X.shape[1] == estimator.n_features_in_:
            return X
    return validate_data(
        estimator,
        X,
        reset=reset,
        dtype=FLOATS,
        order=None,
        accept_large_sparse=False,
        ensure_min_samples=min_samples,
    )


def check_distances(estimator, X):
    """X as a square matrix of distances in float64."""
    X = validate_data(estimator, X, dtype=(np.float64,))
    if X.shape[0] != X.shape[1]:
        raise ValueError(f"Distance matrix should be square, got matrix of shape {X.shape}")
    return X


def check_weights(sample_weight, n_samples):
    """Weights in float64, one a sample; None stays None."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, numbers.Number):
        return np.full(n_samples, float(sample_weight))
    weights = np.ascontiguousarray(sample_weight, dtype=np.float64)
    if weights.ndim != 1:
        raise ValueError(f"Sample weights must be 1D array or scalar, got {weights.ndim}D array.")
    if weights.shape != (n_samples,):
        raise ValueError(f"sample_weight.shape == {weights.shape}, expected {(n_samples,)}!")
    if not np.isfinite(weights).all():
        raise ValueError("Input sample_weight contains NaN or infinity.")
    if not weights.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weights


def seed_of(random_state):
    """The seed that a `random_state` stands for: an int is one, anything else draws one."""
    if isinstance(random_state, numbers.Integral):
        if random_state < 0:
            raise ValueError(f"Seed must be between 0 and 2**32 - 1, got {random_state}")
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
