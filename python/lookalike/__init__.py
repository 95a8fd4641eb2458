"""Lookalike groups what looks alike.

Estimators with scikit-learn's names, parameters and attributes, on an engine in Rust that gives the same
bits on any number of threads; and the jobs that scikit-learn does not have.

===============================================================  ==========================================
`KMeans`, `MiniBatchKMeans`, `DBSCAN`, `AgglomerativeClustering`  clusters of rows
`PCA`, `TSNE`                                                     fewer columns, maps
`metrics`                                                         scores of labels, rows and maps
`segment`                                                         every pixel of a satellite scene gets a class
`quantize`                                                        a photo in few colours
`cluster_images`, `embed_images`                                  folders of pictures
===============================================================  ==========================================
"""

import importlib

from ._lookalike import __version__
from ._threads import get_num_threads, set_num_threads

# Imported when they are first asked for: scikit-learn takes a second to import.
_MODULES = {
    "KMeans": "cluster",
    "MiniBatchKMeans": "cluster",
    "DBSCAN": "cluster",
    "AgglomerativeClustering": "cluster",
    "PCA": "decomposition",
    "TSNE": "manifold",
    "segment": "jobs",
    "quantize": "jobs",
    "cluster_images": "jobs",
    "embed_images": "jobs",
}
_SUBMODULES = ("cluster", "decomposition", "jobs", "manifold", "metrics")

__all__ = [*_MODULES, *_SUBMODULES, "__version__", "get_num_threads", "set_num_threads"]


def __getattr__(name):
    if name in _MODULES:
        return getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
    if name in _SUBMODULES:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
