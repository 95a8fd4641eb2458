"""Sum of squared distances to a model's nearest centres, over all pixels as rasterio reads them.

    python -m checks.inertia MODEL.json SCENE

Decoders of JPEG differ by a few levels, so inertias compare only on the pixels of one of them.
"""

import json
import sys
from pathlib import Path

import numpy as np
import rasterio

PART = 1 << 18


def main(model, scene):
    centers = np.array([c["center"] for c in json.loads(Path(model).read_text())["classes"]])
    with rasterio.open(scene) as raster:
        pixels = raster.read().reshape(raster.count, -1).T.astype(np.float64)
    total = 0.0
    for first in range(0, len(pixels), PART):
        apart = pixels[first : first + PART, None] - centers
        total += (apart**2).sum(axis=2).min(axis=1).sum()
    print(json.dumps(total))


if __name__ == "__main__":
    main(*sys.argv[1:])
