"""Makes a scene of any size from a fixed seed: sea, rivers, parcels of fields, woods, towns.

    python -m checks.generate SCENE.tif SIDE

Four bands of 16 bits (blue, green, red, near infrared; reflectance times 10000), smooth fields for
the lie of the land, a hash for each parcel, light that varies slowly, noise for each pixel, and a
wedge without data at a slanting edge as scenes from orbit have. Written tile row by tile row.
"""

import json
import sys

import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window

SEED = 1
TILE = 512
# Blue, green, red, near infrared of each cover, and how much its pixels differ among themselves.
COVERS = np.array(
    [
        [650, 520, 330, 180, 25],  # sea
        [700, 780, 620, 420, 40],  # river
        [420, 640, 480, 3600, 260],  # crops
        [620, 860, 780, 2700, 220],  # meadow
        [900, 1250, 1650, 2400, 200],  # stubble
        [1150, 1500, 2050, 2650, 180],  # bare soil
        [300, 430, 320, 2300, 190],  # wood
        [1500, 1650, 1800, 2150, 520],  # town
    ],
    np.float32,
)
SEA, RIVER, WOOD, TOWN = 0, 1, 6, 7
FIELDS = np.array([2, 3, 4, 5])


class Waves:
    """A smooth field: a sum of plane waves over the plane, so any window can be made alone."""

    def __init__(self, rng, shortest, longest, n_waves=7):
        lengths = np.geomspace(longest, shortest, n_waves)
        angles = rng.uniform(0, 2 * np.pi, n_waves)
        self.x = (2 * np.pi * np.cos(angles) / lengths).astype(np.float32)
        self.y = (2 * np.pi * np.sin(angles) / lengths).astype(np.float32)
        self.phases = rng.uniform(0, 2 * np.pi, n_waves).astype(np.float32)
        self.heights = (np.sqrt(lengths) / np.sqrt(lengths).sum()).astype(np.float32)

    def at(self, x, y):
        """Between -1 and 1; `x` is a row of columns, `y` a column of rows."""
        total = np.zeros((y.size, x.size), np.float32)
        for a, b, phase, height in zip(self.x, self.y, self.phases, self.heights, strict=True):
            total += height * np.sin(a * x + b * y + phase)
        return total


class Land:
    def __init__(self, side):
        rng = np.random.default_rng(SEED)
        self.side = side
        self.relief = Waves(rng, 300, 9000)
        self.wetness = Waves(rng, 150, 4000)
        self.density = Waves(rng, 200, 3000)
        self.light = Waves(rng, 1500, 12000)
        self.parcels = rng.integers(0, 2**16, (2, 4096))

    def rows(self, first, n_rows):
        """bands × rows × columns."""
        x = np.arange(self.side, dtype=np.float32)[None]
        y = np.arange(first, first + n_rows, dtype=np.float32)[:, None]
        parcel = self.parcel(x, y)
        cover = self.cover(x, y, parcel)
        rng = np.random.default_rng([SEED, first])
        light = 1 + 0.06 * self.light.at(x, y) + (parcel % 97 / 97 - 0.5) * 0.08
        spread = COVERS[cover, 4] * light
        shade = rng.standard_normal(cover.shape, np.float32) * 0.6
        bands = np.empty((4, *cover.shape), np.uint16)
        for band in range(4):
            own = rng.standard_normal(cover.shape, np.float32) * 0.5
            level = COVERS[cover, band] * light
            # Darker bands vary less, as reflectance does.
            level += (shade + own) * spread * (0.25 + 0.75 * COVERS[cover, band] / 3600)
            bands[band] = np.clip(np.rint(level), 1, 10000)
        bands[:, x < (self.side - y) * 0.18 - 0.02 * self.side] = 0
        return bands

    def parcel(self, x, y):
        """A number for each parcel: cells of a turned grid with two widths."""
        across = np.floor((x * 0.94 + y * 0.34) / 61).astype(np.int64)
        along = np.floor((y * 0.94 - x * 0.34) / 43).astype(np.int64)
        return self.parcels[0][across % 4096] ^ self.parcels[1][along % 4096]

    def cover(self, x, y, parcel):
        relief, wetness = self.relief.at(x, y), self.wetness.at(x, y)
        cover = FIELDS[parcel % 4]
        cover[self.density.at(x, y) > 0.42] = TOWN
        cover[(wetness > 0.3) & (relief > 0.05)] = WOOD
        cover[np.abs(wetness + 0.1) < 0.006] = RIVER
        cover[relief < -0.28] = SEA
        return cover


def main(path, side):
    layout = {"driver": "GTiff", "width": side, "height": side, "count": 4, "dtype": "uint16"}
    layout |= {"nodata": 0, "tiled": True, "blockxsize": TILE, "blockysize": TILE}
    layout |= {"compress": "deflate", "predictor": 2, "interleave": "pixel"}
    place = {"crs": "EPSG:32631", "transform": from_origin(399960, 4900020, 10, 10)}
    land = Land(side)
    with rasterio.open(path, "w", **layout, **place) as scene:
        for row in range(0, side, TILE):
            n_rows = min(TILE, side - row)
            scene.write(land.rows(row, n_rows), window=Window(0, row, side, n_rows))
        scene.descriptions = ("blue", "green", "red", "near infrared")
    print(json.dumps({"path": path, "side": side}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
