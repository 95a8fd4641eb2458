"""Intel's extension of scikit-learn: the same estimators by oneDAL."""

from sklearnex.cluster import DBSCAN, KMeans
from sklearnex.decomposition import PCA
from sklearnex.manifold import TSNE
from sklearnex.neighbors import NearestNeighbors

from race.theirs.scikit_learn import ScikitLearn


class Intelex(ScikitLearn):
    KMeans, DBSCAN, PCA, TSNE, NearestNeighbors = KMeans, DBSCAN, PCA, TSNE, NearestNeighbors
