"""Writes what rasterio reads of a photo as a GeoTIFF that loses nothing.

    python -m checks.lossless PHOTO OUTPUT.tif
"""

import json
import sys

import rasterio


def main(photo, output):
    with rasterio.open(photo) as raster:
        pixels = raster.read()
    count, height, width = pixels.shape
    profile = {"driver": "GTiff", "count": count, "height": height, "width": width}
    with rasterio.open(output, "w", dtype=pixels.dtype, **profile) as raster:
        raster.write(pixels)
    print(json.dumps(None))


if __name__ == "__main__":
    main(*sys.argv[1:])
