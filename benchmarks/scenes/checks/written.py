"""Reads our class map back with GDAL and compares the areas with geodesic ones.

python -m checks.written CLASSES.tif AREAS.csv SOURCE.tif
"""

import csv
import json
import sys
import xml.etree.ElementTree as tree
from pathlib import Path

import numpy as np
import rasterio
from pyproj import Geod

AREA_SLACK = 1e-3


def main(written, areas, source):
    with open(areas, newline="") as file:
        table = list(csv.DictReader(file))
    with rasterio.open(written) as mine, rasterio.open(source) as original:
        classes = mine.read(1)
        checks = [
            same("size", mine.shape, original.shape),
            same("CRS", mine.crs.to_string(), original.crs.to_string()),
            same("transform", tuple(mine.transform), tuple(original.transform)),
            same("nodata", mine.nodata, 0.0),
            same("sample type", mine.dtypes, ("uint8",)),
            same("tiled, compression", (mine.is_tiled, mine.compression.value), (True, "DEFLATE")),
            same("overviews", bool(mine.overviews(1)), True),
            same("colour table", colors(mine, table), [row["color"] for row in table]),
            same("class names", category_names(written, table), [row["name"] for row in table]),
        ]
        counts = np.bincount(classes.ravel(), minlength=len(table) + 1)
        checks.append(same("pixels", counts[1:].tolist(), [int(row["pixels"]) for row in table]))
        checks.append(compare_areas(classes, mine.transform, table))
    print(json.dumps(checks))


def same(what, found, wanted):
    words = [" ".join(map(str, v)) if isinstance(v, list | tuple) else v for v in (found, wanted)]
    return {"what": what, "found": words[0], "wanted": words[1], "met": found == wanted}


def colors(raster, table):
    colormap = raster.colormap(1)
    return ["#{:02x}{:02x}{:02x}".format(*colormap[int(row["class"])][:3]) for row in table]


def category_names(written, table):
    """rasterio does not show category names, so they are read where GDAL reads them."""
    root = tree.parse(Path(f"{written}.aux.xml")).getroot()
    names = [element.text for element in root.iter("Category")]
    return [names[int(row["class"])] for row in table]


def compare_areas(classes, transform, table):
    ours = np.array([float(row["square_metres"]) for row in table])
    by_row = np.apply_along_axis(np.bincount, 1, classes, minlength=len(table) + 1)[:, 1:]
    theirs = geodesic_areas(classes.shape[0], transform) @ by_row
    off = float(np.abs(ours / theirs - 1).max())
    return {
        "what": "area of each class against pyproj's Geod: greatest difference",
        "found": f"{100 * off:.2g} %",
        "wanted": "at most 0.1 %",
        "met": off <= AREA_SLACK,
    }


def geodesic_areas(height, transform):
    """Area of one pixel of each row, its sides being geodesics of WGS 84."""
    geod = Geod(ellps="WGS84")
    areas = np.empty(height)
    for row in range(height):
        corners = [
            transform * corner for corner in ((0, row), (1, row), (1, row + 1), (0, row + 1))
        ]
        areas[row] = abs(geod.polygon_area_perimeter(*zip(*corners, strict=True))[0])
    return areas


if __name__ == "__main__":
    main(*sys.argv[1:])
