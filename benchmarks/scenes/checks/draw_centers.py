"""Draws distinct valid pixels as first centres, from a fixed seed, and moves each by a fraction.

    python -m checks.draw_centers CENTERS.csv K FILE ...

Between centres of whole numbers, whole pixels would often be exactly halfway. Where such ties go is
chance, and the centres of the next passes with them; the fractions make ties as rare as they are
later on.
"""

import json
import sys
from contextlib import ExitStack

import numpy as np
import rasterio
from rasterio.windows import Window


def main(path, k, files):
    rng, centers = np.random.default_rng(0), []
    with ExitStack() as stack:
        rasters = [stack.enter_context(rasterio.open(file)) for file in files]
        nodata = [value for raster in rasters for value in raster.nodatavals]
        height, width = rasters[0].shape
        while len(centers) < k:
            window = Window(int(rng.integers(width)), int(rng.integers(height)), 1, 1)
            pixel = [float(v) for raster in rasters for v in raster.read(window=window).ravel()]
            if pixel not in centers and not any(map(float.__eq__, pixel, map(number, nodata))):
                centers.append(pixel)
    centers += rng.uniform(-0.5, 0.5, np.shape(centers))
    np.savetxt(path, centers, "%.17g", delimiter=",")
    print(json.dumps(centers.tolist()))


def number(nodata):
    """No value equals NaN, which stands for a band without nodata."""
    return float("nan") if nodata is None else float(nodata)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
