"""k-means from given centres: scikit-learn's Lloyd on float64 copies of float32 data."""

import warnings

import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.datasets import load_digits, make_blobs
from sklearn.exceptions import ConvergenceWarning


def rounded(x):
    return [[float(f"{v:.9g}") for v in row] for row in np.asarray(x)]


def fitted(x, init, weights=None, **parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = KMeans(len(init), init=init, n_init=1, **parameters)
        model.fit(x, sample_weight=weights)
    return {
        "labels": " ".join(map(str, model.labels_)),
        "n_iter": int(model.n_iter_),
        "inertia": float(model.inertia_),
        "centers": rounded(model.cluster_centers_),
    }


def cases():
    x = load_digits().data
    digits = []
    for seed in range(3):
        init, rows = kmeans_plusplus(x, 10, random_state=seed)
        digits.append({"init_rows": rows.tolist(), **fitted(x, init)})

    random = np.random.default_rng(0)
    generated = []
    for i in range(20):
        n, d, k = int(random.integers(40, 120)), int(random.integers(1, 7)), int(random.integers(2, 9))
        x, _ = make_blobs(n, d, centers=k, cluster_std=3.0, random_state=i)
        if i % 4 == 1:
            x = x + 1000.0
        # Not on a grid: scikit-learn subtracts the mean first, which breaks exact ties by rounding.
        x = x.astype(np.float32).astype(np.float64)
        init = x[random.choice(n, k, replace=False)].copy()
        if i % 5 == 2:
            init[-1] = 1e4
        weights = np.round(random.uniform(0, 4, n), 1) if i % 3 == 2 else None
        parameters = {"tol": 0.0} if i % 2 else {}
        generated.append(
            {
                "x": rounded(x),
                "init": rounded(init),
                "weights": None if weights is None else weights.tolist(),
                **parameters,
                **fitted(x, init, weights, **parameters),
            }
        )
    return {"digits": digits, "generated": generated}
