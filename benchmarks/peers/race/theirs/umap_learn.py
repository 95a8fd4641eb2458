"""umap-learn with its own defaults, and no seed: with one it takes a single thread."""

import numpy as np
import umap

from common import THREADS
from race.theirs.timing import result, timed


class Umap:
    def tsne(self, x, random=False, seed=0):
        """Its own kind of map; it has no t-SNE."""
        recipe = umap.UMAP(init="random" if random else "spectral", n_jobs=THREADS)
        embedding, seconds = timed(lambda: recipe.fit_transform(x))
        return result(seconds, np.asarray(embedding, dtype=np.float32))
