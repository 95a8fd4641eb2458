"""Files of pictures, decoded by Pillow in two processes."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from common import THREADS


def names(folder):
    """All PNG and JPEG files below a folder, in order."""
    return sorted(p for p in Path(folder).rglob("*") if p.suffix in (".jpg", ".png"))


def rows(paths, read):
    """`read(path)` of each, one row a picture."""
    with ProcessPoolExecutor(THREADS) as pool:
        return np.stack(list(pool.map(read, paths, chunksize=64)))


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture, dtype=np.float32).ravel()


def shrunk(path):
    with Image.open(path) as picture:
        small = picture.convert("RGB").resize((32, 32), Image.Resampling.BILINEAR)
        return np.asarray(small, dtype=np.float32).ravel()
