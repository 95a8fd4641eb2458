"""10 000 digits: a map by t-SNE, and ten clusters on it."""

import statistics
from functools import partial

from common.commands import process, rows
from race import ours, pngs
from race.jobs.mnist import scores

OPTIONS = ("--features", "pixels", "--reduce", "pca:50", "-k", 10, "--labels", "parent")
MAP = ("--map", "tsne", "--cluster-on", "map")


def measure(setting):
    n = 1000 if setting.quick else 10_000
    digits = pngs.folder(n)
    mine, peers = rows.in_turn(
        setting.pairs(3),
        partial(run, setting, digits),
        partial(theirs, setting, digits),
    )
    accuracies = [
        statistics.median(found)
        for found in (
            [scores(run)["accuracy"] for run in mine],
            [run.figures["accuracy"] for run in peers],
        )
    ]
    return {
        "title": f"{n} digits on a map by t-SNE, ten clusters on the map",
        "races": [rows.race("whole command", mine, peers)],
        "checks": [
            rows.check(
                f"accuracy, median of {len(mine)} seeds",
                f"{accuracies[0]:.4f}, theirs {accuracies[1]:.4f}",
                "at least theirs",
                accuracies[0] >= accuracies[1],
            )
        ],
        "notes": [
            f"`lookalike cluster DIGITS {' '.join(map(str, OPTIONS + MAP))}`; theirs PCA(50), TSNE() "
            "and KMeans(10) of the same rows.",
            rows.steps("Ours", mine[-1]),
            rows.steps("Theirs", peers[-1]),
        ],
    }


def run(setting, digits, seed):
    return ours.cluster(setting, "ours", digits, *OPTIONS, *MAP, "--no-cache", "--seed", seed)


def theirs(setting, digits, seed):
    return process.theirs("digits", setting.folder("theirs"), digits, seed, "--map")
