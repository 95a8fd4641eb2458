"""The timed jobs, short ones first."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from race import data, ours, theirs
from race.quality import accuracy, agreement, kl_divergence, neighbours_kept


@dataclass(frozen=True)
class Job:
    """A job, which becomes one row of the table for each of its peers.

    `judge` takes the source and our or their result; greater is better where `sign` is 1.
    Where `judge` is None, the figure is the share of the output that is as `reference` has it: a peer,
    or whoever we race.
    `peers` says what ratio is wanted beside each, or None.
    """

    name: str
    title: str
    source: Callable
    work: str
    measure: str
    judge: Callable | None
    peers: dict
    sign: int = 1
    parameters: dict = field(default_factory=dict)
    # What we alone are told.
    ours_only: dict = field(default_factory=dict)
    by_seed: Callable = lambda seed: {}
    # How many pairs, and how many with a peer that takes longer than all others.
    pairs: int = 5
    fewer: dict = field(default_factory=dict)
    warm_up: bool = True
    # Takes over ten minutes.
    longest: bool = False
    reference: str | None = None

    def ours(self, process, seed):
        return ours.ask(process, self.work, self.source().x, **self.arguments(seed) | self.ours_only)

    def theirs(self, peer, seed):
        return theirs.run(peer, self.work, self.source().x, **self.arguments(seed))

    def arguments(self, seed):
        given = {k: v() if callable(v) else v for k, v in self.parameters.items()}
        return given | self.by_seed(seed)

    def pairs_with(self, peer):
        return self.fewer.get(peer, self.pairs)

    def qualities(self, seed, mine, peer):
        if self.judge is None:
            right = self.theirs(self.reference, seed) if self.reference else peer
            return tuple(agreement(one["output"], right["output"]) for one in (mine, peer))
        return self.judge(self.source, mine), self.judge(self.source, peer)


def figure(name, source, result):
    return result["figures"][name]


def accuracy_of(source, result):
    return accuracy(source().y, result["output"])


def kl_of(source, result):
    return kl_divergence(source, result["output"])


def kept_of(source, result):
    return neighbours_kept(source, result["output"])


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
SAME_NEIGHBOURS = {"measure": "same neighbours", "judge": None}
KL = {"measure": "exact KL", "judge": kl_of, "sign": -1}
KEPT = {"measure": "10 neighbours kept", "judge": kept_of}
LENGTH = {"measure": "length", "judge": partial(figure, "length"), "sign": -1}
EXPLAINED = {"measure": "variance explained", "judge": partial(figure, "explained")}

TEN = {"n_clusters": 10}
TEN_STARTS = {"n_clusters": 10, "n_init": 10}
ONE_START = {"n_clusters": 10, "n_init": 1}
# Where a single start ends is luck: in two minima of MNIST that differ by 0.3 %. So many compare the ways.
MANY_STARTS = 25

D, M, C = data.digits, data.mnist, data.mnist_components
M10, C10, C20 = data.mnist_10000, data.mnist_components_10000, data.mnist_components_20000
S, S64, I, F, O = "scikit-learn", "scikit-learn, float64", "intelex", "faiss", "openTSNE"


def job(name, title, source, work, quality, parameters, peers, **rest):
    return Job(name, title, source, work, peers=peers, parameters=parameters, **quality, **rest)


def kmeans(name, title, source, parameters, peers, **rest):
    return job(name, title, source, "kmeans", INERTIA, parameters, peers, by_seed=seed_only, **rest)


def mnist_kmeans(k, n_iter, peers, **rest):
    title = f"k-means, k = {k}, {n_iter} iterations, seeding included"
    parameters = {"n_clusters": k, "n_init": 1, "max_iter": n_iter, "tol": 0.0}
    return kmeans(f"kmeans-mnist-{k}", title, M, parameters, peers, warm_up=False, **rest)


def from_random_rows(k, peers, **rest):
    """Where the peers know no other start: we are told to begin as they do."""
    like = mnist_kmeans(k, 20, peers, ours_only={"random": True}, **rest)
    title = f"k-means, k = {k}, 20 iterations, from random rows"
    return replace(like, name=f"{like.name}-random", title=title)


def tsne(name, source, peers, random=False, **rest):
    title = "t-SNE, random start" if random else "t-SNE"
    return job(name, title, source, "tsne", KL, {"random": random}, peers, by_seed=seed_only, **rest)


JOBS = [
    kmeans("kmeans-digits", "k-means, k = 10, 10 starts", D, TEN_STARTS,
           {S: 10, I: 8, "linfa": None}, pairs=9),
    job("kmeans-digits-same-start", "k-means from scikit-learn's first centres", D, "kmeans",
        SAME_LABELS, TEN, {S: None}, by_seed=partial(same_start, D)),
    job("mini-batch-digits", "mini-batch k-means, k = 10", D, "mini_batch_kmeans", INERTIA, ONE_START,
        {S: None}, by_seed=seed_only),
    job("dbscan-digits-map", "DBSCAN(5, 15) on one map", once(digits_map), "dbscan", SAME_LABELS,
        {"eps": 5.0, "min_samples": 15}, {S: None}),
    job("dbscan-blobs", "DBSCAN(0.1, 10)", data.blobs, "dbscan", SAME_LABELS,
        {"eps": 0.1, "min_samples": 10}, {S: 8, I: 50, "dbscan": 1.5, "petal": None}, reference=S),
    job("spanning-tree", "minimum spanning tree, mutual reachability of 10 neighbours", data.blobs,
        "spanning_tree", LENGTH, {"n_neighbors": 10}, {"quitefastmst": 1}),
    job("dbscan-mnist", "DBSCAN(4, 10)", C20, "dbscan", SAME_LABELS,
        {"eps": 4.0, "min_samples": 10}, {S: 4, I: 2, "petal": None}, pairs=3, reference=S,
        fewer={"petal": 1}),
    job("ward-digits", "Ward, 10 clusters", D, "ward", ACCURACY, TEN, {S: None}),
    job("silhouette", "silhouette", C20, "silhouette",
        {"measure": "score", "judge": partial(figure, "silhouette")}, {"labels": lambda: C20().y},
        {S: 5}, pairs=3),
    job("k-nearest", "90 nearest neighbours", M10, "k_nearest", SAME_NEIGHBOURS, {"n_neighbors": 90},
        {S: None, F: None}, pairs=3),
    job("k-nearest-components", "15 nearest neighbours", C, "k_nearest", SAME_NEIGHBOURS,
        {"n_neighbors": 15}, {F: 1.5}, pairs=3, warm_up=False),
    job("ward-mnist", "Ward, 10 clusters", C10, "ward", ACCURACY, TEN,
        {S: 10, "fastcluster": 8, "kodama": 2},
        pairs=3),
    job("pca-mnist", "PCA, 50 components, fit and transform", M, "pca", EXPLAINED,
        {"n_components": 50}, {S: 2, I: None}),
    job("mini-batch-mnist", "mini-batch k-means, k = 10", M, "mini_batch_kmeans", INERTIA, ONE_START,
        {S: 3}, by_seed=seed_only),
    job("kmeans-mnist-same-start", "k-means from scikit-learn's first centres", M, "kmeans",
        SAME_LABELS, TEN, {S: 10, S64: None}, by_seed=partial(same_start, M), pairs=3, warm_up=False,
        reference=S64),
    kmeans("kmeans-mnist", "k-means, k = 10, one start", M, ONE_START, {S: 10, I: 4},
           pairs=MANY_STARTS, warm_up=False),
    mnist_kmeans(10, 20, {F: 4, "linfa": None}, pairs=3, fewer={"linfa": 1}),
    mnist_kmeans(256, 20, {S: 15, I: 5, F: 2.5}, pairs=3, fewer={S: 1}),
    mnist_kmeans(1000, 20, {F: 3, "superkmeans": None}, pairs=3, fewer={F: 1}),
    from_random_rows(10, {F: 4}, pairs=MANY_STARTS),
    from_random_rows(256, {F: 2.5}),
    from_random_rows(1000, {F: 3, "superkmeans": 1}, fewer={F: 1}),
    tsne("tsne-digits", D, {S: 20, I: 3, O: 50}, pairs=3, fewer={O: 1}),
    tsne("tsne-digits-random", D, {S: None}, random=True, pairs=3),
    tsne("tsne-mnist", C10, {S: 12, I: 2.5, O: 15, "bhtsne": 1.5}, pairs=1, warm_up=False),
    job("map-mnist", "a map: t-SNE beside UMAP", C10, "tsne", KEPT, {}, {"umap-learn": None},
        by_seed=seed_only, ours_only={"random": False}, pairs=3),
    tsne("tsne-mnist-70000", C, {O: 9, "bhtsne": 1.5}, pairs=1, warm_up=False, longest=True),
]  # fmt: skip
