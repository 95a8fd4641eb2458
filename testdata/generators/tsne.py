"""Maps of digits by scikit-learn from a given start, with the affinities of a small set."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE
from sklearn.manifold._t_sne import _joint_probabilities
from sklearn.metrics import pairwise_distances

ROWS = 300


def start(n, n_components):
    rng = np.random.default_rng(41)
    return (rng.normal(size=(n, n_components)) * 1e-4).astype(np.float32)


def exact_divergence(x, perplexity, y):
    """The divergence over all pairs, for maps of any method."""
    squared = pairwise_distances(x, squared=True).astype(np.float32)
    p = _joint_probabilities(squared, perplexity, 0)
    q = 1 / (1 + pairwise_distances(y.astype(np.float64), squared=True))
    np.fill_diagonal(q, 0)
    q = q[np.triu_indices(len(y), 1)] / q.sum()
    return float(2 * np.sum(p * np.log(np.maximum(p, 1e-300) / q)))


def maps():
    x = load_digits().data[:ROWS]
    cases = []
    for method, perplexity in [("exact", 30.0), ("barnes_hut", 30.0), ("barnes_hut", 10.0)]:
        init = start(ROWS, 2)
        tsne = TSNE(2, method=method, perplexity=perplexity, init=init.copy())
        y = tsne.fit_transform(x)
        cases.append(
            {
                "method": method,
                "perplexity": perplexity,
                "learning_rate": float(tsne.learning_rate_),
                "n_iter": int(tsne.n_iter_),
                "kl_divergence": float(tsne.kl_divergence_),
                "exact_kl_divergence": exact_divergence(x, perplexity, y),
            }
        )
    return cases


def affinities():
    """Joint probabilities over all pairs: row 0 to the others, row 1 to those after, and so on."""
    x = load_digits().data[:40]
    p = _joint_probabilities(pairwise_distances(x, squared=True).astype(np.float32), 12.0, 0)
    return {"rows": 40, "perplexity": 12.0, "p": [float(f"{v:.7g}") for v in p]}


def cases():
    init = [[float(str(v)) for v in row] for row in start(ROWS, 2)]
    return {"rows": ROWS, "init": init, "maps": maps(), "affinities": affinities()}
