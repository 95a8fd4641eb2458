"""The peers' side: the same jobs, timed in this process. A module a peer, loaded when it is first asked."""

import functools
import importlib

# Name, module, class, and the Python package whose version is said.
PEERS = {
    "scikit-learn": ("scikit_learn", "ScikitLearn", "scikit-learn"),
    "scikit-learn, float64": ("scikit_learn", "ScikitLearnDouble", None),
    "intelex": ("intelex", "Intelex", "scikit-learn-intelex"),
    "faiss": ("faiss_flat", "Faiss", "faiss-cpu"),
    "superkmeans": ("super_kmeans", "SuperKMeans", "superkmeans"),
    "openTSNE": ("open_tsne", "OpenTsne", "openTSNE"),
    "umap-learn": ("umap_learn", "Umap", "umap-learn"),
    "dbscan": ("wang_gu_shun", "WangGuShun", "dbscan"),
    "fastcluster": ("fast_cluster", "Fastcluster", "fastcluster"),
    "quitefastmst": ("quite_fast_mst", "QuiteFastMst", "quitefastmst"),
    "kodama": ("rust", "Kodama", None),
    "bhtsne": ("rust", "Bhtsne", None),
    "linfa": ("rust", "Linfa", None),
    "petal": ("rust", "Petal", None),
}
PACKAGES = tuple(package for *_, package in PEERS.values() if package)


class Failed(Exception):
    """A peer is missing, or it could not do a job."""


@functools.cache
def load(peer):
    """The peer, an object with a method a job."""
    module, name, _ = PEERS[peer]
    return getattr(importlib.import_module(f"race.theirs.{module}"), name)()


def run(peer, job, x, **parameters):
    try:
        return getattr(load(peer), job)(x, **parameters)
    except Exception as reason:  # whatever it is, there is no ratio
        raise Failed(f"{type(reason).__name__}: {reason}") from reason
