"""Types of what is public here."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

RandomState = int | np.random.RandomState | None
Floats = NDArray[np.floating[Any]]
Init = str | Callable[..., ArrayLike] | ArrayLike

class KMeans:
    cluster_centers_: Floats
    labels_: NDArray[np.int32]
    inertia_: float
    n_iter_: int
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Init = "k-means++",
        n_init: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        tol: float = 0.0001,
        verbose: int | bool = 0,
        random_state: RandomState = None,
        copy_x: bool = True,
        algorithm: str = "lloyd",
    ) -> None: ...
    def fit(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self: ...
    def fit_predict(
        self,
        X: ArrayLike,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
    ) -> NDArray[np.integer[Any]]: ...
    def predict(self, X: ArrayLike) -> NDArray[np.integer[Any]]: ...
    def fit_transform(
        self,
        X: ArrayLike,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
    ) -> Floats: ...
    def transform(self, X: ArrayLike) -> Floats: ...
    def score(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> float: ...
    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]: ...
    def get_params(self, deep: bool = True) -> dict[str, Any]: ...
    def set_params(self, **params: Any) -> Self: ...

class MiniBatchKMeans:
    cluster_centers_: Floats
    labels_: NDArray[np.int32]
    inertia_: float
    n_iter_: int
    n_steps_: int
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Init = "k-means++",
        max_iter: int = 100,
        batch_size: int = 1024,
        verbose: int | bool = 0,
        compute_labels: bool = True,
        random_state: RandomState = None,
        tol: float = 0.0,
        max_no_improvement: int | None = 10,
        init_size: int | None = None,
        n_init: int | Literal["auto"] = "auto",
        reassignment_ratio: float = 0.01,
    ) -> None: ...
    def fit(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self: ...
    def partial_fit(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self: ...
    def fit_predict(
        self,
        X: ArrayLike,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
    ) -> NDArray[np.integer[Any]]: ...
    def predict(self, X: ArrayLike) -> NDArray[np.integer[Any]]: ...
    def fit_transform(
        self,
        X: ArrayLike,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
    ) -> Floats: ...
    def transform(self, X: ArrayLike) -> Floats: ...
    def score(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> float: ...
    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]: ...
    def get_params(self, deep: bool = True) -> dict[str, Any]: ...
    def set_params(self, **params: Any) -> Self: ...

class DBSCAN:
    core_sample_indices_: NDArray[np.intp]
    components_: Floats
    labels_: NDArray[np.intp]
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    def __init__(
        self,
        eps: float = 0.5,
        *,
        min_samples: int = 5,
        metric: str | Callable[..., float] = "euclidean",
        metric_params: dict[str, Any] | None = None,
        algorithm: str = "auto",
        leaf_size: int = 30,
        p: float | None = None,
        n_jobs: int | None = None,
    ) -> None: ...
    def fit(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self: ...
    def fit_predict(
        self,
        X: ArrayLike,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
    ) -> NDArray[np.integer[Any]]: ...
    def get_params(self, deep: bool = True) -> dict[str, Any]: ...
    def set_params(self, **params: Any) -> Self: ...

class AgglomerativeClustering:
    n_clusters_: int
    labels_: NDArray[np.intp]
    n_leaves_: int
    n_connected_components_: int
    children_: NDArray[np.int64]
    distances_: Floats
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    def __init__(
        self,
        n_clusters: int | None = 2,
        *,
        metric: str | Callable[..., float] = "euclidean",
        memory: Any = None,
        connectivity: None = None,
        compute_full_tree: bool | Literal["auto"] = "auto",
        linkage: Literal["ward", "complete", "average", "single"] = "ward",
        distance_threshold: float | None = None,
        compute_distances: bool = False,
    ) -> None: ...
    def fit(self, X: ArrayLike, y: Any = None) -> Self: ...
    def fit_predict(self, X: ArrayLike, y: Any = None) -> NDArray[np.integer[Any]]: ...
    def get_params(self, deep: bool = True) -> dict[str, Any]: ...
    def set_params(self, **params: Any) -> Self: ...
