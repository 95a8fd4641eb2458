"""What a test raster is, and the ways to write one."""

import dataclasses
import os
import struct
import warnings
from typing import Callable

import numpy as np
import rasterio
from rasterio.transform import Affine

warnings.filterwarnings("ignore", category=rasterio.errors.NotGeoreferencedWarning)

TRANSFORM = Affine(10.0, 0.0, 399960.0, 0.0, -10.0, 4200000.0)


@dataclasses.dataclass
class Raster:
    """One file of the comparison."""

    category: str
    name: str
    make: Callable[[str], None]
    # Samples may differ by this much from what GDAL reads: lossy compressions decoded by another library.
    tolerance: int = 0
    # A part of the message, where the file must be refused.
    refused: str = ""
    # Whether JPEG stores colours coarser than brightness: GDAL's own libjpeg 9 spreads them otherwise
    # than libjpeg-turbo and everybody else, whose values then count.
    chroma: bool = False


def pattern(dtype, bands, height, width, seed=0, smooth=True):
    """Values of the whole range of a type that vary from place to place and compress a little."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    y, x = np.mgrid[:height, :width]
    waves = np.stack(
        [np.sin(x / (5 + b)) + np.cos(y / (7 + b)) + 0.3 * b for b in range(bands)]
    )
    if not smooth:
        waves = waves + rng.normal(size=waves.shape)
    waves = (waves - waves.min()) / max(np.ptp(waves), 1e-9)
    if dtype.kind == "f":
        values = ((waves - 0.3) * 1000).astype(dtype)
        values.flat[:: max(1, values.size // 7)] = dtype.type(-1.5e30)
        return values
    if dtype.kind == "c":
        return (waves + 1j * waves[::-1]).astype(dtype)
    info = np.iinfo(dtype)
    values = (info.min + waves * (float(info.max) - float(info.min)) * 0.999).astype(dtype)
    values[..., 0, 0], values[..., -1, -1] = info.min, info.max
    return values


def write(path, array, *, mask=None, colormap=None, names=None, config=None, **profile):
    """Writes a raster with rasterio."""
    options = {"driver": "GTiff", "transform": TRANSFORM, "crs": "EPSG:32630", **profile}
    options = {k: v for k, v in options.items() if v is not None}
    with rasterio.Env(**(config or {})):
        with rasterio.open(
            path,
            "w",
            dtype=array.dtype,
            count=array.shape[0],
            height=array.shape[1],
            width=array.shape[2],
            **options,
        ) as file:
            file.write(array)
            if names:
                file.descriptions = names
            if colormap:
                file.write_colormap(1, colormap)
            if mask is not None:
                file.write_mask(mask)
    # What rasterio puts beside a file is not part of the comparison.
    if os.path.exists(path + ".aux.xml"):
        os.remove(path + ".aux.xml")


SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 11: 4, 12: 8, 13: 4, 16: 8}
CODES = {1: "B", 2: "s", 3: "H", 4: "I", 5: "II", 7: "B", 11: "f", 12: "d", 13: "I", 16: "Q"}


def assemble(directories, order="<", header=b""):
    """The bytes of a classic TIFF.

    A directory is a pair of tags, {number: (type, values)}, and blocks, [bytes]; the tags that say
    where the blocks are (273 and 279, or 324 and 325) are made here unless they are given.
    """
    out = bytearray((b"II*\0" if order == "<" else b"MM\0*") + b"\0\0\0\0" + header)
    link = 4
    for tags, blocks in directories:
        tags = dict(tags)
        offsets = []
        for block in blocks:
            offsets.append(len(out))
            out += block
        tiled = 322 in tags
        tags.setdefault(324 if tiled else 273, (4, offsets))
        tags.setdefault(325 if tiled else 279, (4, [len(b) for b in blocks]))
        entries = b""
        for number, (kind, values) in sorted(tags.items()):
            if isinstance(values, bytes):
                data, count = values, len(values)
            else:
                data = b"".join(struct.pack(order + CODES[kind], v) for v in values)
                count = len(values)
            if len(data) > 4:
                out += b"\0" * (len(out) % 2)
                place = struct.pack(order + "I", len(out))
                out += data
            else:
                place = data.ljust(4, b"\0")
            entries += struct.pack(order + "HHI", number, kind, count) + place
        out += b"\0" * (len(out) % 2)
        out[link : link + 4] = struct.pack(order + "I", len(out))
        out += struct.pack(order + "H", len(tags)) + entries
        link = len(out)
        out += b"\0\0\0\0"
    return bytes(out)


def gray(width, height, bits=8, compression=1, **more):
    """The tags of a gray image of one strip."""
    tags = {
        256: (3, [width]),
        257: (3, [height]),
        258: (3, [bits]),
        259: (3, [compression]),
        262: (3, [1]),
        277: (3, [1]),
        278: (3, [height]),
    }
    tags.update({int(k[1:]): v for k, v in more.items()})
    return tags


def write_bytes(data):
    def make(path):
        with open(path, "wb") as file:
            file.write(data)

    return make
