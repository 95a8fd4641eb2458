"""The peers' side: the same jobs, timed in this process."""

import time
import warnings

import numpy as np
import openTSNE
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans, MiniBatchKMeans
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

from common import THREADS


def timed(work):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        result = work()
        return result, time.perf_counter() - start


def result(seconds, output=None, **figures):
    return {"seconds": seconds, "figures": figures, "output": output}


def kmeans(x, n_clusters, n_init=1, init="k-means++", seed=0):
    recipe = KMeans(n_clusters, n_init=n_init, init=init, random_state=seed)
    model, seconds = timed(lambda: recipe.fit(x))
    return result(seconds, model.labels_, inertia=float(model.inertia_), n_iter=model.n_iter_)


def mini_batch_kmeans(x, n_clusters, n_init, seed=0):
    recipe = MiniBatchKMeans(n_clusters, n_init=n_init, random_state=seed)
    model, seconds = timed(lambda: recipe.fit(x))
    return result(seconds, model.labels_, inertia=float(model.inertia_), n_iter=model.n_iter_)


def tsne(x, random=False, seed=0):
    init = "random" if random else "pca"
    recipe = TSNE(init=init, random_state=seed, n_jobs=THREADS)
    model, seconds = timed(lambda: recipe.fit(x))
    return result(seconds, model.embedding_, n_iter=model.n_iter_ + 1)


def open_tsne(x, random=False, seed=0):
    initialization = "random" if random else "pca"
    recipe = openTSNE.TSNE(initialization=initialization, random_state=seed, n_jobs=THREADS)
    embedding, seconds = timed(lambda: recipe.fit(x))
    n_iter = recipe.early_exaggeration_iter + recipe.n_iter
    return result(seconds, np.asarray(embedding, dtype=np.float32), n_iter=n_iter)


def dbscan(x, eps, min_samples):
    recipe = DBSCAN(eps=eps, min_samples=min_samples, n_jobs=THREADS)
    model, seconds = timed(lambda: recipe.fit(x))
    return result(seconds, model.labels_)


def ward(x, n_clusters):
    model, seconds = timed(lambda: AgglomerativeClustering(n_clusters).fit(x))
    return result(seconds, model.labels_)


def pca(x, n_components):
    recipe = PCA(n_components)
    scores, seconds = timed(lambda: recipe.fit_transform(x))
    return result(seconds, scores, explained=float(recipe.explained_variance_ratio_.sum()))


def silhouette(x, labels):
    score, seconds = timed(lambda: silhouette_score(x, labels))
    return result(seconds, silhouette=float(score))


def k_nearest(x, n_neighbors):
    def search():
        return NearestNeighbors(n_neighbors=n_neighbors, n_jobs=THREADS).fit(x).kneighbors()

    (_, indices), seconds = timed(search)
    return result(seconds, indices)
