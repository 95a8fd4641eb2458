"""Clusters all valid pixels of a scene from given centres, in memory, and writes the class map."""

import time

START = time.perf_counter()

import argparse  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import rasterio  # noqa: E402
from sklearn.cluster import KMeans  # noqa: E402

from common.commands.steps import Steps  # noqa: E402


def main():
    options = parse()
    steps = Steps(START)
    steps.done("import")

    pixels, valid, profile = read(options.files, options.dtype)
    steps.done("read")

    centers = np.loadtxt(options.init, delimiter=",", ndmin=2)
    # In place, scikit-learn centres the pixels where they are, which saves it a copy of them.
    recipe = KMeans(len(centers), init=centers, n_init=1, copy_x=not options.in_place)
    model = recipe.fit(pixels)
    steps.done("fit")

    labels = model.labels_
    if options.predict:
        labels = model.predict(pixels)
        steps.done("predict")

    classes = np.zeros(valid.shape, np.uint8)
    classes[valid] = labels + 1
    write(options.folder / "classes.tif", classes, profile)
    np.savetxt(options.folder / "centers.csv", model.cluster_centers_, "%.17g", delimiter=",")
    steps.done("write")
    steps.write(options.folder, inertia=float(model.inertia_), n_iter=int(model.n_iter_))


def read(files, dtype):
    """Pixels × bands where every band is valid, where that is, and the profile of a file."""
    bands, valid = [], None
    for file in files:
        with rasterio.open(file) as raster:
            profile, nodata = raster.profile, raster.nodata
            bands.extend(raster.read())
        for band in bands if nodata is not None else ():
            valid = (band != nodata) if valid is None else valid & (band != nodata)
    if valid is None:
        valid = np.ones(bands[0].shape, bool)
    pixels = np.empty((np.count_nonzero(valid), len(bands)), dtype)
    for column, band in enumerate(bands):
        pixels[:, column] = band[valid]
    return pixels, valid, profile


def write(path, classes, profile):
    kept = {key: profile[key] for key in ("width", "height", "crs", "transform")}
    layout = {"driver": "GTiff", "count": 1, "dtype": "uint8", "nodata": 0, "tiled": True}
    with rasterio.open(path, "w", **kept, **layout, compress="deflate") as written:
        written.write(classes, 1)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--init", required=True)
    parser.add_argument("--dtype", choices=["float32", "float64"], required=True)
    parser.add_argument("--predict", action="store_true", help="predict after the fit")
    parser.add_argument("--in-place", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
