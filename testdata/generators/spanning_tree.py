"""Minimum spanning trees of mutual reachability by SciPy, on points without equal distances."""

import numpy as np
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import pdist, squareform


def cases():
    random = np.random.default_rng(0)
    cases = []
    for n, d, min_samples in [(150, 2, 1), (150, 2, 6), (90, 8, 1), (90, 8, 4), (80, 9, 1), (80, 9, 5)]:
        x = random.normal(size=(n, d)).round(6).astype(np.float32)
        distances = squareform(pdist(x.astype(np.float64)))
        pairs = np.sort(distances[np.triu_indices(n, 1)])
        assert pairs[0] > 0 and (np.diff(pairs) > 1e-12).all()
        # A row's own distance, 0, is the first.
        cores = np.sort(distances, axis=1)[:, min_samples - 1]
        lengths = np.maximum(distances, np.maximum(cores[:, None], cores))
        np.fill_diagonal(lengths, 0)
        tree = minimum_spanning_tree(lengths).tocoo()
        edges = [(min(a, b), max(a, b), w) for a, b, w in zip(tree.row, tree.col, tree.data)]
        edges.sort(key=lambda edge: (edge[2], edge[0], edge[1]))
        cases.append(
            {
                "x": [[round(float(v), 6) for v in row] for row in x],
                "min_samples": min_samples,
                "edges": [[int(a), int(b), float(w)] for a, b, w in edges],
                # Core distances make many pairs equally far.
                "only": min_samples == 1,
            }
        )
    return {"cases": cases}
