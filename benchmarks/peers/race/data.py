"""What the jobs work on: each set is loaded once, as rows of f32 with labels of i32."""

import functools
from typing import NamedTuple

import numpy as np
from sklearn.cluster import kmeans_plusplus
from sklearn.datasets import load_digits, make_blobs
from sklearn.decomposition import PCA

from common.data import path


class Data(NamedTuple):
    name: str
    x: np.ndarray
    y: np.ndarray


@functools.cache
def digits():
    x, y = load_digits(return_X_y=True)
    return Data("digits", x.astype(np.float32), y.astype(np.int32))


@functools.cache
def mnist():
    with np.load(path("mnist.npz")) as file:
        x = file["x"].reshape(len(file["x"]), -1)
        return Data("MNIST", x.astype(np.float32) / 255, file["y"].astype(np.int32))


@functools.cache
def mnist_components():
    """MNIST in its 50 first principal components."""
    data = mnist()
    x = PCA(50, random_state=0).fit_transform(data.x)
    return Data("MNIST, PCA", np.ascontiguousarray(x, dtype=np.float32), data.y)


@functools.cache
def sample(source, n):
    """Rows drawn at random: the file is sorted by class, so its first rows are zeros and ones."""
    data = source()
    rows = np.sort(np.random.default_rng(0).choice(len(data.x), n, replace=False))
    return Data(data.name, data.x[rows], data.y[rows])


def mnist_10000():
    return sample(mnist, 10_000)


def mnist_components_10000():
    return sample(mnist_components, 10_000)


def mnist_components_20000():
    return sample(mnist_components, 20_000)


@functools.cache
def blobs():
    x, y = make_blobs(70_000, centers=100, cluster_std=0.3, center_box=(-20, 20), random_state=0)
    return Data("blobs", x.astype(np.float32), y.astype(np.int32))


@functools.cache
def first_centers(source, k, seed):
    """The centres that scikit-learn's k-means++ would start from: its first draw without a tie.

    Where a sample lies exactly between its two nearest centres, as samples of whole numbers do, either
    label is right, and rounding decides which of two runs a peer takes.
    """
    x = source().x
    draws = np.random.RandomState(seed)
    while True:
        centers = kmeans_plusplus(x, k, random_state=draws)[0].astype(np.float32)
        if not ties(x.astype(np.float64), centers.astype(np.float64)):
            return centers


def ties(x, centers):
    nearest, second = np.partition((centers**2).sum(axis=1) - 2 * x @ centers.T, 1)[:, :2].T
    return np.any(nearest == second)
