"""Compares our class map with theirs, class by class as their centres say, strip by strip.

    python -m checks.compare OURS.tif OURS.model.json THEIR_FOLDER FILE ...

A pixel of another class is a tie where its distances to both classes' centres, ours in f64, are the
same to 1e-9.
"""

import json
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

STRIP = 512
TIE = 1e-9


def main(ours, model, theirs, files):
    classes = json.loads(Path(model).read_text())["classes"]
    centers = np.array([c["center"] for c in classes])
    their_centers = np.loadtxt(theirs / "centers.csv", delimiter=",", ndmin=2)
    apart = np.abs(their_centers[:, None] - centers[None]).max(axis=2)
    # For each of their classes, which of ours has the nearest centre.
    order = apart.argmin(axis=1)
    same = {
        "center_difference": float(apart.min(axis=1).max()),
        # Whether each of ours is the nearest of one of theirs.
        "paired": len(set(order)) == len(centers),
    }
    # Class 0, no data, is the same on both sides.
    renumber = np.concatenate([[0], order + 1]).astype(np.uint8)
    found = {"pixels": 0, "differing": 0, "ties": 0, "invalid": 0}
    with ExitStack() as stack:
        mine, peers, *rasters = (
            stack.enter_context(rasterio.open(file))
            for file in (ours, theirs / "classes.tif", *files)
        )
        for row in range(0, mine.height, STRIP):
            window = Window(0, row, mine.width, min(STRIP, mine.height - row))
            our_classes = mine.read(1, window=window)
            their_classes = renumber[peers.read(1, window=window)]
            valid = (our_classes > 0) & (their_classes > 0)
            other = valid & (our_classes != their_classes)
            found["pixels"] += int(valid.sum())
            found["invalid"] += int(((our_classes > 0) != (their_classes > 0)).sum())
            found["differing"] += int(other.sum())
            if other.any():
                bands = np.concatenate([raster.read(window=window) for raster in rasters])
                pixels = bands[:, other].T.astype(np.float64)
                near = distances(pixels, centers[our_classes[other] - 1])
                far = distances(pixels, centers[their_classes[other] - 1])
                found["ties"] += int(np.isclose(near, far, rtol=TIE, atol=0).sum())
    print(json.dumps(found | same))


def distances(pixels, centers):
    return ((pixels - centers) ** 2).sum(axis=1)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4:])
