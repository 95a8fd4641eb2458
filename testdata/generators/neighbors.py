"""Nearest neighbours by scikit-learn, on points without ties."""

import numpy as np
from sklearn.neighbors import NearestNeighbors


def cases():
    random = np.random.default_rng(0)
    cases = []
    for n, d, k in [(120, 2, 7), (90, 8, 5), (80, 9, 6), (70, 33, 69)]:
        x = random.normal(size=(n, d)).round(3).astype(np.float32)
        model = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(x.astype(np.float64))
        distances, indices = model.kneighbors()
        assert (np.diff(distances, axis=1) > 1e-9).all()
        cases.append(
            {
                "x": [[round(float(v), 3) for v in row] for row in x],
                "n_neighbors": k,
                "indices": indices.tolist(),
                "distances": [[float(f"{v:.9g}") for v in row] for row in distances],
            }
        )
    return {"cases": cases}
