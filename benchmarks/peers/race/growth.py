"""How it grows: our time and memory over samples, features and clusters, and how far from the machine's limits.

Each point is a fresh process, so that its peak of memory is its own. A curve ends where its next point would, by
the growth so far, take longer than LIMIT seconds.
"""

import math
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from common import THREADS
from race import ours

LIMIT = 60
# What takes less is not much more than starting.
TOO_SHORT = 0.005
N = [1_000, 10_000, 100_000, 1_000_000, 10_000_000]
D = [2, 8, 32, 128, 512, 2048]
K = [2, 10, 100, 1_000, 10_000]
MEGA = 1_000_000


@dataclass(frozen=True)
class Curve:
    """One job over one of the sizes n, d and k; the others are fixed.

    `operations` is how many additions and multiplications the textbook's way would take, of n, d, k and the
    figures of the run: divided by the time, the share of the machine's peak. It may be above 1, where bounds spare
    work.
    """

    title: str
    work: str
    over: str
    sizes: dict
    parameters: Callable = lambda n, d, k: {}
    operations: Callable | None = None
    values: list = field(default_factory=list)


def kmeans(n, d, k):
    return {"n_clusters": k, "n_init": 1, "max_iter": 20, "tol": 0.0, "seed": 0}


def mini_batch(n, d, k):
    return {"n_clusters": k, "n_init": 1, "seed": 0}


def labels(n, d, k):
    return {"labels": (np.arange(n) % k).astype(np.int32)}


def of_lloyd(n, d, k, figures):
    return 2 * n * d * k * figures["n_iter"]


def of_pairs(n, d, k, figures):
    """Of the products of all pairs, each once."""
    return n * n * d


def of_gram(n, d, k, figures):
    return n * d * d + 2 * n * d * k


def over_n(title, work, d, k=10, **rest):
    return Curve(title, work, "n", {"d": d, "k": k}, values=N, **rest)


CURVES = [
    over_n("k-means, k = 10, 20 iterations", "kmeans", 16, parameters=kmeans, operations=of_lloyd),
    over_n("mini-batch k-means, k = 10", "mini_batch_kmeans", 16, parameters=mini_batch),
    over_n("PCA, 10 components", "pca", 32, parameters=lambda n, d, k: {"n_components": k}, operations=of_gram),
    over_n("DBSCAN(0.1, 10)", "dbscan", 2, k=100, parameters=lambda n, d, k: {"eps": 0.1, "min_samples": 10}),
    over_n("DBSCAN(4, 10)", "dbscan", 16, parameters=lambda n, d, k: {"eps": 4.0, "min_samples": 10},
           operations=of_pairs),
    over_n("Ward, 10 clusters", "ward", 16, parameters=lambda n, d, k: {"n_clusters": k}, operations=of_pairs),
    over_n("minimum spanning tree", "spanning_tree", 2, k=100, parameters=lambda n, d, k: {"n_neighbors": 10}),
    over_n("15 nearest neighbours", "k_nearest", 2, k=100, parameters=lambda n, d, k: {"n_neighbors": 15}),
    over_n("15 nearest neighbours", "k_nearest", 64, parameters=lambda n, d, k: {"n_neighbors": 15},
           operations=of_pairs),
    over_n("silhouette", "silhouette", 16, parameters=labels, operations=of_pairs),
    over_n("t-SNE, 300 iterations", "tsne", 16, parameters=lambda n, d, k: {"random": False, "seed": 0}),
    Curve("k-means, k = 10, 20 iterations", "kmeans", "d", {"n": 20_000, "k": 10}, kmeans, of_lloyd, D),
    Curve("PCA, 2 components", "pca", "d", {"n": 20_000, "k": 2},
          lambda n, d, k: {"n_components": k}, of_gram, D),
    Curve("15 nearest neighbours", "k_nearest", "d", {"n": 10_000, "k": 10},
          lambda n, d, k: {"n_neighbors": 15}, of_pairs, D),
    Curve("Ward, 10 clusters", "ward", "d", {"n": 5_000, "k": 10},
          lambda n, d, k: {"n_clusters": k}, of_pairs, D),
    Curve("k-means, 20 iterations", "kmeans", "k", {"n": 100_000, "d": 16}, kmeans, of_lloyd, K),
    Curve("mini-batch k-means", "mini_batch_kmeans", "k", {"n": 100_000, "d": 16}, mini_batch, None, K),
]  # fmt: skip


def measure():
    rows = []
    for curve in CURVES:
        points = []
        for value in curve.values:
            seconds = [point["seconds"] for point in points]
            if len(seconds) > 0 and seconds[-1] * growth(seconds) > LIMIT:
                break
            points.append(point(curve, value))
        rows.append(row(curve, points))
        print("{title}, over {over}: {points}".format(**rows[-1]), file=sys.stderr)
    return {"rows": rows, "skipped": [], "limits": limits()}


def growth(seconds):
    """By how much the next point will take longer than the last."""
    return max(seconds[-1] / seconds[-2], 1) if len(seconds) > 1 else 1


def point(curve, value):
    sizes = curve.sizes | {curve.over: value}
    n, d, k = sizes["n"], sizes["d"], sizes["k"]
    x = blobs(n, d, k)
    process = ours.start()
    try:
        result = ours.ask(process, curve.work, x, **curve.parameters(n, d, k))
    finally:
        ours.stop(process)
        ours.forget()
    return {
        "value": value,
        "seconds": result["seconds"],
        "memory": (result["peak_bytes"] - x.nbytes) / MEGA,
        "operations": curve.operations and curve.operations(n, d, k, result["figures"]),
    }


def row(curve, points):
    return {
        "title": curve.title,
        "over": curve.over,
        "fixed": {name: size for name, size in curve.sizes.items() if name != "k"},
        "points": points,
        "time_exponent": exponent(points, "seconds", TOO_SHORT),
        "memory_exponent": exponent(points, "memory", 20),
    }


def exponent(points, what, least):
    """The slope of a straight line through the logarithms of the points above `least`, or None."""
    points = [point for point in points if point[what] > least]
    if len(points) < 2:
        return None
    logarithms = [[math.log(point[key]) for point in points] for key in ("value", what)]
    return float(np.polyfit(*logarithms, 1)[0])


def blobs(n, d, k):
    """Round clusters of deviation 1, or 0.3 in the plane, the same for the same sizes."""
    random = np.random.default_rng([n, d, k])
    centers = random.uniform(-20, 20, (min(k, 100), d)).astype(np.float32)
    x = random.standard_normal((n, d), dtype=np.float32)
    x *= 0.3 if d == 2 else 1
    x += centers[np.arange(n) % len(centers)]
    return x


def limits():
    """What this machine can do at most: products of matrices of f32, and copying in memory."""
    a, b = (np.random.default_rng(seed).random((4096, 4096), dtype=np.float32) for seed in (0, 1))
    flops = 2 * 4096**3 / best(lambda: a @ b)
    source, target = np.ones(64 * MEGA), np.ones(64 * MEGA)
    halves = [slice(i * len(source) // THREADS, (i + 1) * len(source) // THREADS) for i in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        copy = best(lambda: list(pool.map(lambda half: np.copyto(target[half], source[half]), halves)))
    return {"gigaflops": flops / 1e9, "gigabytes": 2 * source.nbytes / copy / 1e9}


def best(work):
    times = []
    for _ in range(5):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
