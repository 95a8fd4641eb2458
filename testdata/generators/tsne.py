"""Maps of digits by scikit-learn from a given start, with the affinities of a small set."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.manifold._t_sne import _joint_probabilities, _joint_probabilities_nn
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

ROWS = 300


def starts(x):
    """The principal axes, as by default, and clouds: descents from them end in different minima."""
    axes = PCA(2, svd_solver="full").fit_transform(x)
    yield (axes / axes[:, 0].std() * 1e-4).astype(np.float32)
    rng = np.random.default_rng(41)
    for _ in range(4):
        yield (rng.normal(size=(len(x), 2)) * 1e-4).astype(np.float32)


def exact_divergence(x, perplexity, y):
    """The divergence with affinities to 3 x perplexity neighbours, its normalisation over all
    pairs, for maps of any method."""
    k = min(len(x) - 1, int(3 * perplexity + 1))
    graph = NearestNeighbors(n_neighbors=k).fit(x).kneighbors_graph(mode="distance")
    graph.data **= 2
    p = _joint_probabilities_nn(graph, perplexity, 0).tocoo()
    q = 1 / (1 + pairwise_distances(y.astype(np.float64), metric="sqeuclidean"))
    np.fill_diagonal(q, 0)
    q /= q.sum()
    kept = p.data > 0
    p_kept, q_kept = p.data[kept], q[p.row[kept], p.col[kept]]
    return float(np.sum(p_kept * np.log(p_kept / q_kept)))


def maps(inits):
    x = load_digits().data[:ROWS]
    cases = []
    for method, perplexity in [("exact", 30.0), ("barnes_hut", 30.0), ("barnes_hut", 10.0)]:
        divergences = []
        for init in inits:
            tsne = TSNE(2, method=method, perplexity=perplexity, init=init.copy())
            divergences.append(exact_divergence(x, perplexity, tsne.fit_transform(x)))
        cases.append(
            {
                "method": method,
                "perplexity": perplexity,
                "learning_rate": float(tsne.learning_rate_),
                "kl_divergences": divergences,
            }
        )
    return cases


def affinities():
    """Joint probabilities over all pairs: row 0 to the others, row 1 to those after, and so on."""
    x = load_digits().data[:40]
    p = _joint_probabilities(pairwise_distances(x, metric="sqeuclidean").astype(np.float32), 12.0, 0)
    return {"rows": 40, "perplexity": 12.0, "p": [float(f"{v:.7g}") for v in p]}


def cases():
    inits = [init.round(9) for init in starts(load_digits().data[:ROWS])]
    written = [[[float(str(v)) for v in row] for row in init] for init in inits]
    return {"rows": ROWS, "inits": written, "maps": maps(inits), "affinities": affinities()}
