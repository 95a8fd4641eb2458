"""Clusters of rows: scikit-learn's `sklearn.cluster` on our engine."""

from ._agglomerative import AgglomerativeClustering
from ._dbscan import DBSCAN
from ._kmeans import KMeans
from ._mini_batch_kmeans import MiniBatchKMeans

__all__ = ["DBSCAN", "AgglomerativeClustering", "KMeans", "MiniBatchKMeans"]
