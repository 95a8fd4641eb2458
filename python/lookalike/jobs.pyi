"""Types of what is public here."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

RandomState = int | np.random.RandomState | None
File = str | PathLike[str]
Count = int | Literal["auto"] | tuple[int, int]

class Segmentation:
    classes: NDArray[np.uint16]
    confidence: NDArray[np.uint8] | None
    centers: NDArray[np.float64]
    names: list[str]
    colors: NDArray[np.uint8]
    pixels: NDArray[np.int64]
    areas: NDArray[np.float64] | None
    bands: list[str]
    n_invalid: int
    def to_rgb(self) -> NDArray[np.uint8]: ...
    def save_model(self, file: File) -> None: ...

class QuantizedImage:
    palette: NDArray[np.uint8]
    labels: NDArray[np.uint16]
    counts: NDArray[np.uint64]
    n_colors_before: int
    mean_squared_error: float
    psnr: float
    def to_rgb(self) -> NDArray[np.uint8]: ...

class ImageEmbedding:
    features: NDArray[np.float32]
    names: list[Path]
    unusable: list[tuple[Path, str]]
    description: str

class ImageClusters(ImageEmbedding):
    labels: NDArray[np.int32]
    centers: NDArray[np.float32]
    map: NDArray[np.float32] | None
    silhouettes: NDArray[np.float64]
    clusters: list[dict[str, Any]]
    metrics: dict[str, Any]

def segment(
    scene: File | Sequence[File] | NDArray[Any] | Any,
    n_clusters: Count = 4,
    *,
    bands: Sequence[int | str] | None = None,
    nodata: float | None = None,
    mask: File | None = None,
    algorithm: Literal["kmeans", "minibatch"] = "kmeans",
    scale: Literal["none", "standard", "percentile"] = "none",
    order: Literal["brightness", "size"] = "brightness",
    n_init: int = 10,
    max_iter: int = 300,
    tol: float = 0.0001,
    sample: int | None = None,
    random_state: RandomState = 0,
    colors: Sequence[str] | None = None,
    colormap: str | None = None,
    names: Sequence[str] = ...,
    confidence: bool = False,
    model: File | None = None,
    ram: int | None = None,
    output: File | None = None,
    overwrite: bool = False,
    verbose: int | bool = 0,
) -> Segmentation: ...
def quantize(
    image: File | NDArray[Any],
    n_colors: int = 16,
    *,
    space: Literal["srgb", "oklab"] = "srgb",
    dither: Literal["none", "floyd-steinberg"] = "none",
    n_init: int = 1,
    random_state: RandomState = 0,
    output: File | None = None,
    overwrite: bool = False,
) -> QuantizedImage: ...
def embed_images(
    source: File,
    *,
    exclude: Sequence[str] = ...,
    limit: int | None = None,
    features: Literal["auto", "pixels", "descriptor", "cnn"] = "auto",
    size: int | None = None,
    color: Literal["gray", "rgb"] | None = None,
    model: File | None = None,
    layer: str | None = None,
    preprocess: str | None = None,
    pool: Literal["avg", "max"] = "avg",
    normalize: bool = True,
    cache: bool | File = True,
    verbose: int | bool = 0,
) -> ImageEmbedding: ...
def cluster_images(
    source: File,
    n_clusters: Count = "auto",
    *,
    reduce: int | None = 50,
    map: Literal["tsne", "pca", "none"] = "none",
    perplexity: float = 30.0,
    n_init: int | None = None,
    random_state: RandomState = 0,
    labels: Literal["parent"] | None = None,
    output: File | None = None,
    overwrite: bool = False,
    verbose: int | bool = 0,
    **options: Any,
) -> ImageClusters: ...
