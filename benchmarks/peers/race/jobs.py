"""The timed jobs, short ones first."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from race import data, ours, theirs
from race.quality import accuracy, kl_divergence


@dataclass(frozen=True)
class Job:
    """One row of the table.

    `judge` takes the source and our or their result; greater is better where `sign` is 1.
    Where `judge` is None, the figure is the share of output that is the same on both sides.
    """

    name: str
    title: str
    source: Callable
    rust: str
    peer: Callable
    measure: str
    judge: Callable | None
    sign: int = 1
    parameters: dict = field(default_factory=dict)
    by_seed: Callable = lambda seed: {}
    pairs: int = 5
    warm_up: bool = True
    wanted: float | None = None

    @property
    def peer_name(self):
        return "openTSNE" if self.peer is theirs.open_tsne else "scikit-learn"

    def ours(self, process, seed):
        return ours.ask(process, self.rust, self.source().x, **self.arguments(seed))

    def theirs(self, seed):
        return self.peer(self.source().x, **self.arguments(seed))

    def arguments(self, seed):
        given = {k: v() if callable(v) else v for k, v in self.parameters.items()}
        return given | self.by_seed(seed)

    def qualities(self, mine, peer):
        if self.judge is None:
            return float(np.mean(mine["output"] == peer["output"])), 1.0
        return self.judge(self.source, mine), self.judge(self.source, peer)


def figure(name, source, result):
    return result["figures"][name]


def accuracy_of(source, result):
    return accuracy(source().y, result["output"])


def kl_of(source, result):
    return kl_divergence(source, result["output"])


def seed_only(seed):
    return {"seed": seed}


def same_start(source, seed):
    return {"init": data.first_centers(source, 10, seed), "seed": seed}


def digits_map():
    """One t-SNE map of the digits, for everybody's DBSCAN."""
    process = ours.start()
    made = ours.ask(process, "tsne", data.digits().x, random=False, seed=0)
    ours.stop(process)
    return data.Data("map of the digits", made["output"], data.digits().y)


def once(make):
    kept = []
    return lambda: kept[0] if kept else kept.append(make()) or kept[0]


INERTIA = {"measure": "inertia", "judge": partial(figure, "inertia"), "sign": -1}
ACCURACY = {"measure": "accuracy", "judge": accuracy_of}
SAME_LABELS = {"measure": "same labels", "judge": None}
KL = {"measure": "exact KL", "judge": kl_of, "sign": -1}
EXPLAINED = {"measure": "variance explained", "judge": partial(figure, "explained")}

TEN = {"n_clusters": 10}
TEN_STARTS = {"n_clusters": 10, "n_init": 10}
ONE_START = {"n_clusters": 10, "n_init": 1}

K, M, T, O = theirs.kmeans, theirs.mini_batch_kmeans, theirs.tsne, theirs.open_tsne
D, M10, C10 = data.digits, data.mnist_10000, data.mnist_components_10000


def job(name, title, source, rust, peer, quality, parameters, **rest):
    return Job(name, title, source, rust, peer, parameters=parameters, **quality, **rest)


def tsne(name, title, source, peer, random, **rest):
    parameters = {"random": random}
    return job(name, title, source, "tsne", peer, KL, parameters, by_seed=seed_only, **rest)


JOBS = [
    job("kmeans-digits", "k-means, k = 10, 10 starts", D, "kmeans", K, INERTIA, TEN_STARTS,
        by_seed=seed_only, wanted=4),
    job("kmeans-digits-same-start", "k-means from scikit-learn's first centres", D, "kmeans", K,
        SAME_LABELS, TEN, by_seed=partial(same_start, D)),
    job("mini-batch-digits", "mini-batch k-means, k = 10", D, "mini_batch_kmeans", M, INERTIA,
        ONE_START, by_seed=seed_only),
    job("dbscan-map", "DBSCAN(5, 15) on one map", once(digits_map), "dbscan", theirs.dbscan,
        SAME_LABELS, {"eps": 5.0, "min_samples": 15}),
    job("dbscan-blobs", "DBSCAN(0.1, 10)", data.blobs, "dbscan", theirs.dbscan, SAME_LABELS,
        {"eps": 0.1, "min_samples": 10}),
    job("ward-digits", "Ward, 10 clusters", D, "ward", theirs.ward, ACCURACY, TEN),
    job("silhouette", "silhouette", C10, "silhouette", theirs.silhouette,
        {"measure": "score", "judge": partial(figure, "silhouette")},
        {"labels": lambda: C10().y}),
    job("k-nearest", "90 nearest neighbours", M10, "k_nearest", theirs.k_nearest,
        {"measure": "same neighbours", "judge": None}, {"n_neighbors": 90}, pairs=3),
    job("ward-mnist", "Ward, 10 clusters", C10, "ward", theirs.ward, ACCURACY, TEN, pairs=3),
    job("pca-mnist", "PCA, 50 components, fit and transform", data.mnist, "pca", theirs.pca,
        EXPLAINED, {"n_components": 50}, pairs=3),
    job("mini-batch-mnist", "mini-batch k-means, k = 10", data.mnist, "mini_batch_kmeans", M,
        INERTIA, ONE_START, by_seed=seed_only, pairs=3),
    job("kmeans-mnist-same-start", "k-means from scikit-learn's first centres", data.mnist,
        "kmeans", K, SAME_LABELS, TEN, by_seed=partial(same_start, data.mnist), pairs=3,
        warm_up=False),
    job("kmeans-mnist", "k-means, k = 10, one start", data.mnist, "kmeans", K, INERTIA, ONE_START,
        by_seed=seed_only, pairs=3, warm_up=False),
    tsne("tsne-digits", "t-SNE", D, T, False, pairs=3, wanted=8),
    tsne("tsne-digits-random", "t-SNE, random start", D, T, True, pairs=3, wanted=8),
    tsne("tsne-digits-opentsne", "t-SNE", D, O, False, pairs=3),
    tsne("tsne-mnist-opentsne", "t-SNE", C10, O, False, pairs=1, warm_up=False),
    tsne("tsne-mnist", "t-SNE", C10, T, False, pairs=1, warm_up=False),
]  # fmt: skip
