"""faiss on the CPU: its k-means on all rows, and its exact index."""

import faiss

from common import THREADS
from race.theirs.timing import inertia, result, timed


class Faiss:
    def __init__(self):
        faiss.omp_set_num_threads(THREADS)

    def kmeans(self, x, n_clusters, seed=0, max_iter=20, n_init=1, tol=0.0):
        """Always `max_iter` iterations, from centres drawn at random: it has no k-means++."""
        recipe = faiss.Kmeans(
            x.shape[1], n_clusters, niter=max_iter, nredo=n_init, seed=seed + 1,
            max_points_per_centroid=len(x), min_points_per_centroid=1,
        )  # fmt: skip
        _, seconds = timed(lambda: recipe.train(x))
        total, labels = inertia(x, recipe.centroids)
        return result(seconds, labels, inertia=total, n_iter=max_iter)

    def k_nearest(self, x, n_neighbors):
        def search():
            index = faiss.IndexFlatL2(x.shape[1])
            index.add(x)
            return index.search(x, n_neighbors + 1)

        (_, indices), seconds = timed(search)
        # Each row finds itself first.
        return result(seconds, indices[:, 1:])
