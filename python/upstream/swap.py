"""A plugin of pytest that puts our estimators in the places of scikit-learn's before its tests are read."""

import sklearn.cluster
import sklearn.decomposition
import sklearn.manifold

import lookalike

sklearn.cluster.KMeans = lookalike.KMeans
sklearn.cluster.MiniBatchKMeans = lookalike.MiniBatchKMeans
sklearn.cluster.DBSCAN = lookalike.DBSCAN
sklearn.cluster.AgglomerativeClustering = lookalike.AgglomerativeClustering
sklearn.decomposition.PCA = lookalike.PCA
sklearn.manifold.TSNE = lookalike.TSNE
