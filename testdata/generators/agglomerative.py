"""Trees by SciPy and labels by scikit-learn, on the digits and on sets full of ties."""

import numpy as np
from scipy.cluster.hierarchy import linkage
from sklearn.cluster import AgglomerativeClustering
from sklearn.datasets import load_digits

LINKAGES = ["ward", "complete", "average", "single"]


def sets():
    random = np.random.default_rng(0)
    return {
        "digits": (None, [2, 7, 10, 25]),
        "normal": (random.normal(size=(150, 5)).round(3), [1, 2, 5, 20, 150]),
        "lattice": (random.integers(0, 6, size=(160, 2)), [1, 3, 9, 40]),
        "line": (random.integers(0, 50, size=(120, 1)), [2, 6, 30]),
        "equal": (np.ones((20, 3)), [1, 4, 20]),
        "two": (np.array([[0.0, 0.0], [3.0, 4.0]]), [1, 2]),
    }


def fingerprint(tree):
    """What tells trees apart: a polynomial over the numbers of the children and the sizes."""
    h = 0
    for left, right, _, size in tree:
        for v in (left, right, size):
            h = (h * 1_000_003 + int(v)) % (2**61 - 1)
    return str(h)


def cases():
    result = []
    for name, (x, ks) in sets().items():
        data = load_digits().data if x is None else np.asarray(x)
        # The tests read f32: both sides must see the same points.
        data = data.astype(np.float32).astype(np.float64)
        trees = []
        for method in LINKAGES:
            tree = linkage(data, method)
            threshold = float(np.round(np.quantile(tree[:, 2], 0.9), 3))
            fits = [
                (None, threshold, AgglomerativeClustering(
                    n_clusters=None, distance_threshold=threshold, linkage=method
                ).fit(data)),
                *((k, None, AgglomerativeClustering(n_clusters=k, linkage=method).fit(data)) for k in ks),
            ]
            trees.append(
                {
                    "linkage": method,
                    "heights": [float(f"{v:.9g}") for v in tree[:, 2]],
                    "fingerprint": fingerprint(tree),
                    "cuts": [
                        {
                            "n_clusters": k,
                            "distance_threshold": t,
                            "labels": fingerprint([(v, 0, 0, 0) for v in fit.labels_]),
                            "n_found": int(fit.n_clusters_),
                        }
                        for k, t, fit in fits
                    ],
                }
            )
        x = None if x is None else [[round(float(v), 3) for v in row] for row in data]
        result.append({"name": name, "x": x, "trees": trees})
    return {"sets": result}
