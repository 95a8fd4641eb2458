"""scikit-learn."""

from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans, MiniBatchKMeans
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

from common import THREADS
from race.theirs.timing import result, timed


class ScikitLearn:
    KMeans, DBSCAN, PCA, TSNE, NearestNeighbors = KMeans, DBSCAN, PCA, TSNE, NearestNeighbors

    def kmeans(self, x, n_clusters, n_init=1, init="k-means++", seed=0, max_iter=300, tol=1e-4):
        recipe = self.KMeans(
            n_clusters, n_init=n_init, init=init, random_state=seed, max_iter=max_iter, tol=tol
        )
        model, seconds = timed(lambda: recipe.fit(x))
        return result(seconds, model.labels_, inertia=float(model.inertia_), n_iter=model.n_iter_)

    def mini_batch_kmeans(self, x, n_clusters, n_init, seed=0):
        recipe = MiniBatchKMeans(n_clusters, n_init=n_init, random_state=seed)
        model, seconds = timed(lambda: recipe.fit(x))
        return result(seconds, model.labels_, inertia=float(model.inertia_), n_iter=model.n_iter_)

    def tsne(self, x, random=False, seed=0):
        init = "random" if random else "pca"
        recipe = self.TSNE(init=init, random_state=seed, n_jobs=THREADS)
        model, seconds = timed(lambda: recipe.fit(x))
        return result(seconds, model.embedding_, n_iter=model.n_iter_ + 1)

    def dbscan(self, x, eps, min_samples):
        recipe = self.DBSCAN(eps=eps, min_samples=min_samples, n_jobs=THREADS)
        model, seconds = timed(lambda: recipe.fit(x))
        return result(seconds, model.labels_)

    def ward(self, x, n_clusters):
        model, seconds = timed(lambda: AgglomerativeClustering(n_clusters).fit(x))
        return result(seconds, model.labels_)

    def pca(self, x, n_components):
        recipe = self.PCA(n_components)
        scores, seconds = timed(lambda: recipe.fit_transform(x))
        return result(seconds, scores, explained=float(recipe.explained_variance_ratio_.sum()))

    def silhouette(self, x, labels):
        score, seconds = timed(lambda: silhouette_score(x, labels))
        return result(seconds, silhouette=float(score))

    def k_nearest(self, x, n_neighbors):
        def search():
            recipe = self.NearestNeighbors(n_neighbors=n_neighbors, n_jobs=THREADS)
            return recipe.fit(x).kneighbors()

        (_, indices), seconds = timed(search)
        return result(seconds, indices)


class ScikitLearnDouble(ScikitLearn):
    """The same on float64, for float32 rounds its sums enough to move samples between centres."""

    def kmeans(self, x, n_clusters, init="k-means++", **rest):
        init = init if isinstance(init, str) else init.astype("f8")
        return super().kmeans(x.astype("f8"), n_clusters, init=init, **rest)
