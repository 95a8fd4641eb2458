"""Reads a whole raster, which also brings it into the page cache, and prints the seconds.

python -m checks.decode FILE
"""

import json
import sys
import time

import rasterio


def main(file):
    start = time.perf_counter()
    with rasterio.open(file) as raster:
        raster.read()
    print(json.dumps({"seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    main(sys.argv[1])
