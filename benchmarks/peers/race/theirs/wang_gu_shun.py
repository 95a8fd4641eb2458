"""dbscan by Wang, Gu and Shun. It reads PARLAY_NUM_THREADS when it is loaded."""

import os

import numpy as np

from common import THREADS
from race.theirs.timing import result, timed

os.environ.setdefault("PARLAY_NUM_THREADS", str(THREADS))


class WangGuShun:
    def dbscan(self, x, eps, min_samples):
        from dbscan import DBSCAN

        # Only f64 comes in; the copy is not counted.
        rows = np.ascontiguousarray(x, dtype=np.float64)
        (labels, _), seconds = timed(lambda: DBSCAN(rows, eps, min_samples))
        return result(seconds, labels)
