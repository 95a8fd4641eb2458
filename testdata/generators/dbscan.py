"""DBSCAN by scikit-learn, on sets that hold many points at the distance eps exactly."""

import numpy as np
from sklearn.cluster import DBSCAN
from sklearn.datasets import load_digits, make_blobs, make_moons


def sets():
    random = np.random.default_rng(0)
    blobs, _ = make_blobs(1300, centers=7, cluster_std=0.6, random_state=0)
    noise = random.uniform(-12, 12, size=(200, 2))
    moons, _ = make_moons(600, noise=0.08, random_state=0)
    ball = random.normal(size=(400, 12))
    return {
        "digits": (None, [(20, 5), (21, 4), (22, 10), (23.5, 5), (25, 15), (625**0.5 + 1e-9, 3)]),
        "blobs": (np.vstack([blobs, noise]).round(3), [(0.5, 5), (0.3, 10), (0.2, 3), (1.5, 1)]),
        "moons": (moons.round(3), [(0.1, 5), (0.15, 8), (0.2, 2), (10, 5)]),
        "lattice2": (
            random.integers(0, 30, size=(500, 2)),
            [(1, 3), (2**0.5, 4), (2, 5), (5**0.5, 9), (5.0, 40), (13**0.5, 12), (0.5, 2)],
        ),
        "lattice3": (
            random.integers(0, 12, size=(600, 3)),
            [(1, 3), (2**0.5, 5), (3**0.5, 8), (2, 12), (5.0, 150)],
        ),
        "lattice9": (
            random.integers(0, 3, size=(500, 9)),
            [(1, 2), (2**0.5, 4), (2, 12), (5**0.5, 10), (6**0.5, 30), (3, 60)],
        ),
        "ball12": (ball.round(2), [(2.5, 3), (3.0, 5), (3.5, 10)]),
    }


def cases():
    result = []
    for name, (x, settings) in sets().items():
        data = load_digits().data if x is None else np.asarray(x)
        # The tests read f32: both sides must see the same points.
        data = data.astype(np.float32).astype(np.float64)
        runs = []
        for eps, min_samples in settings:
            model = DBSCAN(eps=eps, min_samples=min_samples).fit(data)
            runs.append(
                {
                    "eps": eps,
                    "min_samples": min_samples,
                    "labels": " ".join(map(str, model.labels_)),
                    "n_core": len(model.core_sample_indices_),
                    "sum_of_core": int(model.core_sample_indices_.sum()),
                }
            )
        x = None if x is None else [[round(float(v), 3) for v in row] for row in data]
        result.append({"name": name, "x": x, "runs": runs})
    return {"sets": result}
