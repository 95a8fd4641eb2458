"""openTSNE with its own defaults."""

import numpy as np
import openTSNE

from common import THREADS
from race.theirs.timing import result, timed


class OpenTsne:
    def tsne(self, x, random=False, seed=0):
        initialization = "random" if random else "pca"
        recipe = openTSNE.TSNE(initialization=initialization, random_state=seed, n_jobs=THREADS)
        embedding, seconds = timed(lambda: recipe.fit(x))
        n_iter = recipe.early_exaggeration_iter + recipe.n_iter
        return result(seconds, np.asarray(embedding, dtype=np.float32), n_iter=n_iter)
