"""Every pixel of a scene gets a class."""

import json
import os

import numpy as np

from . import _lookalike
from ._display import picture, shown, swatch, table
from ._options import as_json, count, path
from ._threads import how
from ._validation import seed_of


class Segmentation:
    """What `segment` found.

    Attributes
    ----------
    classes : ndarray of uint16 of shape (rows, columns)
        From 1 on; 0 where there is no data.
    confidence : ndarray of uint8 of shape (rows, columns) or None
        How much nearer the best centre is than the second, in percent.
    centers : ndarray of shape (n_classes, n_bands)
    names : list of str
    colors : ndarray of uint8 of shape (n_classes, 3)
    pixels : ndarray of int of shape (n_classes,)
    areas : ndarray of shape (n_classes,) or None
        In square metres, where the place is known.
    bands : list of str
    n_invalid : int
        Pixels without data.
    """

    def __init__(self, classes, confidence, centers, found, model):
        self.classes = classes
        self.confidence = confidence
        self.centers = centers
        self._model = model
        classes_found, scene = found["classes"], found["scene"]
        self.bands = scene["bands"]
        self.n_invalid = scene["n_invalid"]
        self.names = [one["name"] for one in classes_found]
        self.colors = np.array([one["color"] for one in classes_found], dtype=np.uint8).reshape(-1, 3)
        self.pixels = np.array([one["pixels"] for one in classes_found], dtype=np.int64)
        areas = [one["square_metres"] for one in classes_found]
        self.areas = None if None in areas else np.array(areas)

    def to_rgb(self):
        """The classes in their colours, transparent where there is no data.

        Returns
        -------
        rgba : ndarray of uint8 of shape (rows, columns, 4)
        """
        return self._paint(self.classes)

    def save_model(self, file):
        """Write the classes as a model that `segment(..., model=file)` applies to another scene.

        Parameters
        ----------
        file : path
        """
        with open(file, "x", encoding="utf-8") as out:
            out.write(self._model)

    def _paint(self, classes):
        opaque = np.full((len(self.colors), 1), 255, dtype=np.uint8)
        colors = np.vstack([np.zeros((1, 4), np.uint8), np.hstack([self.colors, opaque])])
        return colors[classes]

    def __repr__(self):
        rows, columns = self.classes.shape
        return f"<Segmentation: {rows}×{columns} pixels, {len(self.names)} classes>"

    def _repr_html_(self):
        header = ["class", "name", "colour", "pixels", "share"]
        shares = self.pixels / max(1, self.pixels.sum())
        columns = [
            range(1, len(self.names) + 1),
            self.names,
            [swatch(color) for color in self.colors],
            self.pixels,
            [f"{share:.1%}" for share in shares],
        ]
        if self.areas is not None:
            header.append("hectares")
            columns.append([f"{area / 1e4:,.2f}" for area in self.areas])
        return picture(self._paint(shown(self.classes))) + table(header, zip(*columns))


def segment(
    scene,
    n_clusters=4,
    *,
    bands=None,
    nodata=None,
    mask=None,
    algorithm="kmeans",
    scale="none",
    order="brightness",
    n_init=10,
    max_iter=300,
    tol=1e-4,
    sample=None,
    random_state=0,
    colors=None,
    colormap=None,
    names=(),
    confidence=False,
    model=None,
    ram=None,
    output=None,
    overwrite=False,
    verbose=0,
):
    """Cluster every pixel of a satellite scene.

    Parameters
    ----------
    scene : path, list of paths, array, rasterio dataset or xarray DataArray
        A file (GeoTIFF, JPEG 2000, JPEG, PNG, WebP, BMP), a folder of Sentinel-2 or Landsat, several files
        of one grid; or an array of shape (bands, rows, columns) as rasterio reads it, or (rows, columns).
        A masked array lacks data where any band is masked.
    n_clusters : int, 'auto' or (lowest, highest), default=4
        'auto' is 2 to 12.
    bands : list of int or str, default=None
        Bands by number from 1, or by name; of files only.
    nodata : float, default=None
        The value without data; None is what a file says.
    mask : path, default=None
        A raster that is 0 where pixels are to be left out.
    algorithm : {'kmeans', 'minibatch'}, default='kmeans'
    scale : {'none', 'standard', 'percentile'}, default='none'
        What bands are divided by before they are compared.
    order : {'brightness', 'size'}, default='brightness'
        By which rule classes are numbered.
    n_init : int, default=10
    max_iter : int, default=300
    tol : float, default=1e-4
    sample : int, default=None
        Fits on so many pixels instead of all.
    random_state : int, RandomState or None, default=0
    colors : list of str, default=None
        Hexadecimal, CSS or matplotlib colours.
    colormap : str, default=None
        A named map, such as 'terrain'.
    names : list of str, default=()
    confidence : bool, default=False
    model : path, default=None
        Applies a model that was saved, instead of fitting.
    ram : int, default=None
        Bytes that pixels may take in memory; more go to a scratch file. None is half of what is free.
    output : path, default=None
        A folder for what the command line writes: class map, areas, previews, style, model, report.
    overwrite : bool, default=False
    verbose : int, default=0

    Returns
    -------
    found : Segmentation

    Examples
    --------
    >>> import numpy as np
    >>> from lookalike import segment
    >>> scene = np.repeat(np.uint8([[[10, 200], [200, 10]]]), 3, axis=0)
    >>> segment(scene, 2).classes.tolist()
    [[1, 2], [2, 1]]
    """
    if isinstance(n_clusters, str) and n_clusters != "auto":
        raise ValueError(f"n_clusters must be an int, 'auto' or (lowest, highest), got {n_clusters!r}")
    pixels, valid, nodata = _pixels(scene, nodata)
    if bands is not None and not isinstance(pixels, list):
        raise ValueError("bands chooses bands of files: index an array instead, as in scene[[3, 2, 1]]")
    options = {
        "n_classes": count("n_clusters", n_clusters, 12),
        "algorithm": algorithm,
        "scale": scale,
        "order": order,
        "n_init": n_init,
        "max_iter": max_iter,
        "tol": float(tol),
        "seed": seed_of(random_state),
        "sample": sample,
        "nodata": None if nodata is None else float(nodata),
        "bands": None if bands is None else [str(band) for band in bands],
        "colors": None if colors is None else ",".join(colors),
        "colormap": colormap,
        "names": list(names),
        "confidence": bool(confidence),
        "model": path(model),
        "mask": path(mask),
        "ram": ram,
        "output": path(output),
        "overwrite": bool(overwrite),
    }
    options["record"] = as_json(options)
    classes, percents, centers, found, model = _lookalike.segment(
        pixels, valid, options, how(verbose=verbose)
    )
    if percents is not None:
        percents = percents.reshape(classes.shape)
    return Segmentation(classes, percents, centers, json.loads(found), model)


def _pixels(scene, nodata):
    """Files, or an array (bands, rows, columns), where it is valid, and its value without data."""
    if isinstance(scene, (str, os.PathLike)):
        return [os.fspath(scene)], None, nodata
    if isinstance(scene, (list, tuple)) and all(isinstance(s, (str, os.PathLike)) for s in scene):
        return [os.fspath(s) for s in scene], None, nodata
    if hasattr(scene, "read") and hasattr(scene, "profile"):
        nodata = scene.nodata if nodata is None else nodata
        scene = scene.read()
    elif hasattr(scene, "dims") and "band" in scene.dims:
        nodata = scene.attrs.get("_FillValue") if nodata is None else nodata
        rest = [name for name in scene.dims if name != "band"]
        scene = scene.transpose("band", *rest).to_numpy()
    valid = None
    if isinstance(scene, np.ma.MaskedArray):
        masked = np.ma.getmaskarray(scene)
        valid = ~(masked.any(axis=0) if masked.ndim == 3 else masked)
        scene = scene.data
    pixels = np.asarray(scene)
    if pixels.ndim == 2:
        pixels = pixels[np.newaxis]
    if pixels.ndim != 3:
        raise ValueError(f"scene must be (bands, rows, columns) or (rows, columns), got {pixels.shape}")
    if pixels.dtype.kind not in "iuf" or pixels.dtype.itemsize > 8:
        raise TypeError(f"scene must hold integers or floats, got {pixels.dtype}")
    if pixels.dtype == np.float16 or not pixels.dtype.isnative:
        kind = np.float32 if pixels.dtype == np.float16 else pixels.dtype.newbyteorder("=")
        pixels = pixels.astype(kind)
    if valid is not None:
        valid = np.ascontiguousarray(valid, dtype=np.uint8)
    return pixels, valid, nodata
