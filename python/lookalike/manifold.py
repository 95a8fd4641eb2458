"""Maps: scikit-learn's `sklearn.manifold` on our engine."""

from ._tsne import TSNE
from .metrics import trustworthiness

__all__ = ["TSNE", "trustworthiness"]
