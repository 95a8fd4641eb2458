"""Areas on the ground of the pixels of rows, by PROJ's geodesics on WGS 84.

Each is the area of a band of many pixels whose edges are cut so finely that geodesics follow the
parallels, divided by the number of pixels.
"""

import numpy as np
from pyproj import Geod, Transformer

GEOD = Geod(ellps="WGS84")
N_COLUMNS = 1000


def area(xs, ys):
    (left, right), (top, bottom) = xs, ys
    n = max(100, int(abs(right - left) * 400))
    across = np.linspace(left, right, n)
    lon = np.concatenate([across, across[::-1]])
    lat = np.concatenate([np.full(n, top), np.full(n, bottom)])
    return abs(GEOD.polygon_area_perimeter(lon, lat)[0]) / N_COLUMNS


def degrees():
    for top, size in [(35.9, 0.001), (0.05, 0.001), (-45, 0.01), (60, 0.0003), (89.9, 0.01), (80, 5)]:
        width = 0.01
        rows = [0, 1, 7]
        expected = []
        for row in rows:
            edges = (top - row * size, top - (row + 1) * size)
            expected.append(area((10, 10 + width * N_COLUMNS), edges))
        transform = [10, width, 0, top, 0, -size]
        yield {"epsg": 4326, "transform": transform, "rows": rows, "areas": expected}


def web_mercator():
    to_degrees = Transformer.from_crs(3857, 4326, always_xy=True)
    for top, size in [(4_000_000, 30), (50, 10), (-6_000_000, 200), (15_000_000, 1000)]:
        rows = [0, 1, 1000]
        expected = []
        for row in rows:
            xs, ys = to_degrees.transform(
                [0, 30 * N_COLUMNS], [top - row * size, top - (row + 1) * size]
            )
            expected.append(area(xs, ys))
        transform = [0, 30, 0, top, 0, -size]
        yield {"epsg": 3857, "transform": transform, "rows": rows, "areas": expected}


def cases():
    return {"cases": [*degrees(), *web_mercator()]}
