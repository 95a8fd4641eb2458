"""Peers in Rust: a program of its own, asked as our side is."""

import functools
import pathlib

from race import ours

MANIFEST = pathlib.Path(__file__).resolve().parents[2] / "rust" / "Cargo.toml"


@functools.cache
def process():
    return ours.start(ours.build("--manifest-path", str(MANIFEST)))


class Kodama:
    """From a matrix of distances, which is made and counted too: it takes nothing else."""

    def ward(self, x, n_clusters):
        return ours.ask(process(), "ward", x, n_clusters=n_clusters)


class Linfa:
    """Its labels and inertia are those of its last centres; it has no way to say its iterations."""

    def kmeans(self, x, **parameters):
        parameters.pop("tol", None)
        return ours.ask(process(), "kmeans", x, **parameters)


class Petal:
    def dbscan(self, x, eps, min_samples):
        return ours.ask(process(), "dbscan", x, eps=eps, min_samples=min_samples)


class Bhtsne:
    def tsne(self, x, random=False, seed=0):
        return ours.ask(process(), "tsne", x, seed=seed)
