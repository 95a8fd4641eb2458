"""What the jobs' parameters have in common."""

import json
import numbers
import os

import numpy as np


def count(name, value, most):
    """A number of clusters, as an int or as the ends of a range.

    'auto' is 2 to `most`.
    """
    if isinstance(value, str) and value == "auto":
        return (2, most)
    if isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
        return int(value)
    if isinstance(value, (tuple, list, range)) and len(value) >= 2:
        low, high = int(value[0]), int(value[-1])
        if 2 <= low <= high:
            return (low, high)
    raise ValueError(f"{name} must be an int, 'auto' or (lowest, highest) from 2 on, got {value!r}")


def path(value):
    """A path as text, or None."""
    return None if value is None else os.fspath(value)


def as_json(options):
    """Options in words, for the record of a run."""
    return json.dumps(options, default=str)
