"""Fewer columns: scikit-learn's `sklearn.decomposition` on our engine."""

from ._pca import PCA

__all__ = ["PCA"]
