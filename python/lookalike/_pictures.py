"""Folders of pictures."""

import json

import numpy as np

from . import _lookalike
from ._display import table
from ._options import as_json, count, path
from ._threads import how
from ._validation import seed_of


class ImageEmbedding:
    """What `embed_images` found.

    Attributes
    ----------
    features : ndarray of float32 of shape (n_images, n_features)
    names : list of path
        What each row is called: its path below the folder.
    unusable : list of (path, str)
        Pictures that have no row, and why.
    description : str
        What the features are.
    """

    def __init__(self, features, names, unusable, description):
        self.features = features
        self.names = names
        self.unusable = unusable
        self.description = description

    def __repr__(self):
        n, d = self.features.shape
        return f"<{type(self).__name__}: {n} images, {d} features>"


class ImageClusters(ImageEmbedding):
    """What `cluster_images` found, and all of `ImageEmbedding`.

    Attributes
    ----------
    labels : ndarray of int of shape (n_images,)
        0 is the largest cluster.
    centers : ndarray of shape (n_clusters, n_components)
        Of the reduced features.
    map : ndarray of shape (n_images, 2) or None
    silhouettes : ndarray of shape (n_images,)
        NaN where there is none.
    clusters : list of dict
        Of each cluster its size, its cohesion, its most typical and its borderline pictures.
    metrics : dict
        Everything measured.
    """

    def __init__(self, embedding, labels, centers, map_, silhouettes, metrics, clusters):
        super().__init__(*embedding)
        self.labels = labels
        self.centers = centers
        self.map = map_
        self.silhouettes = np.array([np.nan if s is None else s for s in silhouettes])
        self.metrics = json.loads(metrics)
        self.clusters = json.loads(clusters)

    def __repr__(self):
        n, d = self.features.shape
        return f"<ImageClusters: {n} images, {d} features, {len(self.clusters)} clusters>"

    def _repr_html_(self):
        rows = [
            (one["cluster"], one["size"], one["label"] or "", ", ".join(one["typical"][:3]))
            for one in self.clusters
        ]
        return table(["cluster", "images", "mostly", "most typical"], rows)


def embed_images(
    source,
    *,
    exclude=(),
    limit=None,
    features="auto",
    size=None,
    color=None,
    model=None,
    layer=None,
    preprocess=None,
    pool="avg",
    normalize=True,
    cache=True,
    verbose=0,
):
    """Turn pictures into rows of features.

    Parameters
    ----------
    source : path
        A folder, a glob, or a file that lists pictures.
    exclude : list of str, default=()
        Globs of names that are left out.
    limit : int, default=None
    features : {'auto', 'pixels', 'descriptor', 'cnn'}, default='auto'
        'auto' takes the network of `model` if there is one, pixels of small bitmaps of one size, and
        histograms of gradients and colours otherwise.
    size : int, default=None
        Side that 'pixels' brings pictures to.
    color : {'gray', 'rgb'}, default=None
        For 'pixels'.
    model : path, default=None
        An ONNX file.
    layer : str, default=None
        None is the last hidden vector before the classifier.
    preprocess : {'imagenet', 'keras-caffe', 'keras-tf', 'clip', 'none'}, default=None
        None is guessed from the network.
    pool : {'avg', 'max'}, default='avg'
    normalize : bool, default=True
        Whether rows of a network get length 1.
    cache : bool or path, default=True
        Where features are kept for the next time: in the user's cache folder, nowhere, or there.
    verbose : int, default=0

    Returns
    -------
    embedding : ImageEmbedding
    """
    pictures = _source(
        source, exclude, limit, features, size, color, model, layer, preprocess, pool, normalize, cache
    )
    return ImageEmbedding(*_lookalike.embed_images(pictures, how(verbose=verbose)))


def cluster_images(
    source,
    n_clusters="auto",
    *,
    reduce=50,
    map="none",
    perplexity=30.0,
    n_init=None,
    random_state=0,
    labels=None,
    output=None,
    overwrite=False,
    verbose=0,
    **options,
):
    """Cluster a folder of pictures.

    Parameters
    ----------
    source : path
        A folder, a glob, or a file that lists pictures.
    n_clusters : int, 'auto' or (lowest, highest), default='auto'
        'auto' is 2 to 20.
    reduce : int or None, default=50
        Principal components that are clustered at the most.
    map : {'tsne', 'pca', 'none'}, default='none'
    perplexity : float, default=30.0
        Of the map.
    n_init : int, default=None
        Starts; None is what `KMeans` makes, one.
    random_state : int, RandomState or None, default=0
    labels : {'parent'}, default=None
        'parent' takes the names of folders for the truth.
    output : path, default=None
        A folder for what the command line writes: tables, contact sheets, maps, model, report.
    overwrite : bool, default=False
    verbose : int, default=0
    **options
        As in `embed_images`.

    Returns
    -------
    clusters : ImageClusters
    """
    if labels not in (None, "parent"):
        raise ValueError(f"labels must be 'parent' or None, got {labels!r}")
    recipe = {
        "n_clusters": count("n_clusters", n_clusters, 20),
        "reduce": reduce,
        "map": map,
        "perplexity": float(perplexity),
        "n_init": n_init,
        "seed": seed_of(random_state),
        "labels_from_parents": labels == "parent",
        "output": path(output),
        "overwrite": bool(overwrite),
    }
    pictures = _source(source, **options)
    recipe["record"] = as_json({**pictures, **recipe})
    return ImageClusters(*_lookalike.cluster_images(pictures, recipe, how(verbose=verbose)))


def _source(
    source,
    exclude=(),
    limit=None,
    features="auto",
    size=None,
    color=None,
    model=None,
    layer=None,
    preprocess=None,
    pool="avg",
    normalize=True,
    cache=True,
):
    """Which pictures, and what stands for them, in the engine's words."""
    # The engine takes an empty path for the user's cache folder.
    cache = ("" if cache else None) if isinstance(cache, bool) else path(cache)
    return {
        "path": path(source),
        "exclude": list(exclude),
        "limit": limit,
        "features": features,
        "size": size,
        "color": color,
        "model": path(model),
        "layer": layer,
        "preprocess": preprocess,
        "pool": pool,
        "normalize": bool(normalize),
        "cache": cache,
    }
