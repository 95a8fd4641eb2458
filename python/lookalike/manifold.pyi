"""Types of what is public here."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

RandomState = int | np.random.RandomState | None
Floats = NDArray[np.floating[Any]]
Init = Literal["pca", "random"] | NDArray[Any]

class TSNE:
    embedding_: NDArray[np.float32]
    kl_divergence_: float
    learning_rate_: float
    n_iter_: int
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    def __init__(
        self,
        n_components: int = 2,
        *,
        perplexity: float = 30.0,
        early_exaggeration: float = 12.0,
        learning_rate: float | Literal["auto"] = "auto",
        max_iter: int = 300,
        n_iter_without_progress: int = 300,
        min_grad_norm: float = 1e-07,
        metric: str | Callable[..., float] = "euclidean",
        metric_params: dict[str, Any] | None = None,
        init: Init = "pca",
        verbose: int | bool = 0,
        random_state: RandomState = None,
        method: Literal["barnes_hut", "exact"] = "barnes_hut",
        angle: float = 0.5,
        n_jobs: int | None = None,
    ) -> None: ...
    def fit(self, X: ArrayLike, y: Any = None) -> Self: ...
    def fit_transform(self, X: ArrayLike, y: Any = None) -> Floats: ...
    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]: ...
    def get_params(self, deep: bool = True) -> dict[str, Any]: ...
    def set_params(self, **params: Any) -> Self: ...

def trustworthiness(
    X: ArrayLike,
    X_embedded: ArrayLike,
    *,
    n_neighbors: int = 5,
    metric: str = "euclidean",
) -> float: ...
