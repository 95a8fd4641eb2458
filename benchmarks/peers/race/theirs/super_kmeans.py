"""superkmeans, on all rows."""

import superkmeans

from common import THREADS
from race.theirs.timing import inertia, result, timed


class SuperKMeans:
    def kmeans(self, x, n_clusters, seed=0, max_iter=20, n_init=1, tol=0.0):
        recipe = superkmeans.SuperKMeans(
            n_clusters, x.shape[1], hierarchical=False, iters=max_iter, sampling_fraction=1.0,
            max_points_per_cluster=len(x), n_threads=THREADS, seed=seed, early_termination=False,
        )  # fmt: skip
        centers, seconds = timed(lambda: recipe.train(x))
        total, labels = inertia(x, centers)
        return result(seconds, labels, inertia=total, n_iter=max_iter)
