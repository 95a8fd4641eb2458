"""How good: both sides over ten seeds, judged by the same code."""

import statistics
import sys

import numpy as np

from race import data, ours
from race.quality import accuracy, kl_divergence
from race.theirs.scikit_learn import ScikitLearn

SEEDS = range(10)
THEIRS = ScikitLearn()


def measure():
    process = ours.start()
    rows = kmeans(process) + same_start(process) + ward(process)
    for random in (False, True):
        rows += maps(process, random)
    ours.stop(process)
    for row in rows:
        print("{what}: {ours}, {theirs}; {target}: {met}".format(**row), file=sys.stderr)
    return {"rows": rows, "skipped": []}


def row(what, mine, peer, target, met):
    return {"what": what, "ours": mine, "theirs": peer, "target": target, "met": bool(met)}


def kmeans(process):
    digits = data.digits()
    both = ([], [])
    for seed in SEEDS:
        arguments = {"n_clusters": 10, "n_init": 10, "seed": seed}
        both[0].append(ours.ask(process, "kmeans", digits.x, **arguments))
        both[1].append(THEIRS.kmeans(digits.x, **arguments))
    mine, peer = (min(run["figures"]["inertia"] for run in runs) for runs in both)
    my_accuracy, their_accuracy = (
        statistics.median(accuracy(digits.y, run["output"]) for run in runs) for runs in both
    )
    return [
        row("k-means, 10 starts: best inertia", f"{mine:.1f}", f"{peer:.1f}",
            "at most 0.01 % above", mine <= peer * 1.0001),
        row("k-means, 10 starts: accuracy", f"{my_accuracy:.4f}", f"{their_accuracy:.4f}",
            "≥ 0.79", my_accuracy >= 0.79),
    ]  # fmt: skip


def same_start(process):
    digits = data.digits()
    labels = iterations = inertia = 0
    for seed in SEEDS:
        init = data.first_centers(data.digits, 10, seed)
        mine = ours.ask(process, "kmeans", digits.x, n_clusters=10, init=init, seed=0)
        peer = THEIRS.kmeans(digits.x.astype(np.float64), 10, init=init.astype(np.float64))
        labels += np.array_equal(mine["output"], peer["output"])
        iterations += mine["figures"]["n_iter"] == peer["figures"]["n_iter"]
        inertia += np.isclose(
            mine["figures"]["inertia"], peer["figures"]["inertia"], rtol=1e-5, atol=0
        )
    n = len(SEEDS)
    what = "k-means from scikit-learn's first centres (theirs in f64): runs with the same"
    return [
        row(f"{what} labels", f"{labels} of {n}", "–", "all", labels == n),
        row(f"{what} number of iterations", f"{iterations} of {n}", "–", "all", iterations == n),
        row(f"{what} inertia to 1e-5", f"{inertia} of {n}", "–", "all", inertia == n),
    ]


def ward(process):
    digits = data.digits()
    mine = accuracy(digits.y, ours.ask(process, "ward", digits.x, n_clusters=10)["output"])
    peer = accuracy(digits.y, THEIRS.ward(digits.x, 10)["output"])
    return [row("Ward: accuracy", f"{mine:.4f}", f"{peer:.4f}", "≥ 0.86", mine >= 0.86)]


def maps(process, random):
    digits = data.digits()
    mine, peer, identical = [], [], 0
    for seed in SEEDS:
        y = ours.ask(process, "tsne", digits.x, random=random, seed=seed)["output"]
        my_scan = ours.ask(process, "dbscan", y, **SCAN)["output"]
        k = ours.ask(process, "kmeans", y, n_clusters=10, n_init=10, seed=seed)["output"]
        mine.append(scores(digits.y, y, k, my_scan))
        identical += np.array_equal(my_scan, THEIRS.dbscan(y, **SCAN)["output"])

        y = THEIRS.tsne(digits.x, random=random, seed=seed)["output"]
        their_scan = THEIRS.dbscan(y, **SCAN)["output"]
        k = THEIRS.kmeans(y, 10, n_init=10, seed=seed)["output"]
        peer.append(scores(digits.y, y, k, their_scan))
        identical += np.array_equal(ours.ask(process, "dbscan", y, **SCAN)["output"], their_scan)
    mine, peer = np.median(mine, axis=0), np.median(peer, axis=0)
    n = 2 * len(SEEDS)
    way = "t-SNE, random start" if random else "t-SNE"
    return [
        row(f"{way}: exact KL", f"{mine[0]:.4f} ({100 * (mine[0] / peer[0] - 1):+.2f} %)",
            f"{peer[0]:.4f}", "at most 1 % above", mine[0] <= 1.01 * peer[0]),
        row(f"{way}, then k-means: accuracy", f"{mine[1]:.4f}", f"{peer[1]:.4f}",
            "≥ 0.93 and not below", mine[1] >= max(0.93, peer[1])),
        row(f"{way}, then DBSCAN(5, 15), each on own maps: accuracy", f"{mine[2]:.4f}",
            f"{peer[2]:.4f}", "not below", mine[2] >= peer[2]),
        row(f"{way}, then DBSCAN(5, 15): maps, ours and theirs, with the same labels",
            f"{identical} of {n}", "–", "all", identical == n),
    ]  # fmt: skip


SCAN = {"eps": 5.0, "min_samples": 15}


def scores(truth, embedding, clusters, scan):
    return kl_divergence(data.digits, embedding), accuracy(truth, clusters), accuracy(truth, scan)
