"""Types of what is public here."""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

RandomState = int | np.random.RandomState | None
Floats = NDArray[np.floating[Any]]

class PCA:
    components_: Floats
    explained_variance_: Floats
    explained_variance_ratio_: Floats
    singular_values_: Floats
    mean_: Floats
    n_components_: int
    n_samples_: int
    noise_variance_: float
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    def __init__(
        self,
        n_components: int | float | Literal["mle"] | None = None,
        *,
        copy: bool = True,
        whiten: bool = False,
        svd_solver: Literal["auto", "full", "covariance_eigh", "arpack", "randomized"] = "auto",
        tol: float = 0.0,
        iterated_power: int | Literal["auto"] = "auto",
        n_oversamples: int = 10,
        power_iteration_normalizer: Literal["auto", "QR", "LU", "none"] = "auto",
        random_state: RandomState = None,
    ) -> None: ...
    def fit(self, X: ArrayLike, y: Any = None) -> Self: ...
    def fit_transform(self, X: ArrayLike, y: Any = None) -> Floats: ...
    def transform(self, X: ArrayLike) -> Floats: ...
    def inverse_transform(self, X: ArrayLike) -> Floats: ...
    def score(self, X: ArrayLike, y: Any = None) -> float: ...
    def score_samples(self, X: ArrayLike) -> Floats: ...
    def get_covariance(self) -> Floats: ...
    def get_precision(self) -> Floats: ...
    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]: ...
    def get_params(self, deep: bool = True) -> dict[str, Any]: ...
    def set_params(self, **params: Any) -> Self: ...
