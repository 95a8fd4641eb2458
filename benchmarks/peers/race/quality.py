"""How good a result is, by the same code for everybody's."""

import functools

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.manifold._t_sne import _joint_probabilities_nn
from sklearn.neighbors import NearestNeighbors

PERPLEXITY = 30


def accuracy(truth, labels):
    """Share of samples whose cluster has most of its members in their class; noise misses."""
    table = np.zeros((labels.max() + 2, truth.max() + 1), dtype=int)
    np.add.at(table, (labels + 1, truth), 1)
    return float(table[1:].max(axis=1).sum() / len(truth))


def agreement(mine, theirs):
    """The share of numbers that are the same; labels may be other numbers of the same clusters."""
    if mine.ndim > 1:
        return float(np.mean(mine == theirs))
    noise = (mine < 0) & (theirs < 0)
    table = np.zeros((mine.max() + 1, theirs.max() + 1), dtype=int)
    both = (mine >= 0) & (theirs >= 0)
    np.add.at(table, (mine[both], theirs[both]), 1)
    rows, columns = linear_sum_assignment(-table)
    return float((table[rows, columns].sum() + noise.sum()) / len(mine))


@functools.cache
def affinities(source):
    """scikit-learn's P of a data set: pairs (i, j) and their probabilities."""
    knn = NearestNeighbors(n_neighbors=3 * PERPLEXITY + 1).fit(source().x)
    squares = knn.kneighbors_graph(mode="distance")
    squares.data **= 2
    p = _joint_probabilities_nn(squares, PERPLEXITY, 0).tocoo()
    return p.row, p.col, p.data


def neighbours_kept(source, embedding, k=10):
    """The share of the k nearest neighbours of all samples that are so on the map too."""
    near, near_on_map = (
        NearestNeighbors(n_neighbors=k).fit(x).kneighbors(return_distance=False)
        for x in (source().x, embedding)
    )
    return float(np.mean([len(np.intersect1d(*both)) for both in zip(near, near_on_map)]) / k)


def kl_divergence(source, embedding):
    """KL(P, Q) with Q over all pairs of the map, in f64."""
    rows, columns, p = affinities(source)
    y = embedding.astype(np.float64)
    total = -float(len(y))  # each point with itself
    squares = (y**2).sum(axis=1)
    for start in range(0, len(y), 500):
        some = slice(start, start + 500)
        distances = np.maximum(squares[some, None] + squares - 2 * (y[some] @ y.T), 0)
        total += (1 / (1 + distances)).sum()
    q = 1 / (1 + ((y[rows] - y[columns]) ** 2).sum(axis=1)) / total
    return float(np.sum(p * np.log(p / q), where=p > 0))
