"""How a peer's work is timed, and what comes of it."""

import time
import warnings


def timed(work):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        result = work()
        return result, time.perf_counter() - start


def result(seconds, output=None, **figures):
    return {"seconds": seconds, "figures": figures, "output": output}


def inertia(x, centers):
    """The sum of squared distances to the nearest of these centres, in f64."""
    from sklearn.metrics import pairwise_distances_argmin

    labels = pairwise_distances_argmin(x, centers)
    pieces = range(0, len(x), 4096)
    total = sum(((x[i : i + 4096].astype("f8") - centers[labels[i : i + 4096]]) ** 2).sum() for i in pieces)
    return float(total), labels
