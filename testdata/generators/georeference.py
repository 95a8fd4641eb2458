"""What GDAL, through rasterio, makes of the tags of a GeoTIFF that say where it lies.

Tags of two origins: written by GDAL for all kinds of systems and transforms, and put together by
hand for what GDAL reads but never writes.
"""

import struct
import tempfile
import warnings
from pathlib import Path

import rasterio
from rasterio.crs import CRS
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import Affine

GEO_TAGS = {33550: "d", 33922: "d", 34264: "d", 34735: "H", 34736: "d", 34737: "s"}
IDENTITY = [0, 1, 0, 0, 0, 1]
TYPES = {"H": (3, 2), "d": (12, 8), "s": (2, 1)}


def read_tags(path):
    """The geo tags of a little-endian classic TIFF."""
    data = path.read_bytes()
    assert data[:4] == b"II*\0"
    (at,) = struct.unpack_from("<I", data, 4)
    (n,) = struct.unpack_from("<H", data, at)
    tags = {}
    for i in range(n):
        tag, kind, count = struct.unpack_from("<HHI", data, at + 2 + 12 * i)
        if tag in GEO_TAGS:
            letter = GEO_TAGS[tag]
            assert kind == TYPES[letter][0]
            size = count * TYPES[letter][1]
            place = at + 10 + 12 * i
            offset = place if size <= 4 else struct.unpack_from("<I", data, place)[0]
            if letter == "s":
                tags[tag] = data[offset : offset + count].rstrip(b"\0").decode("latin-1")
            else:
                tags[tag] = list(struct.unpack_from(f"<{count}{letter}", data, offset))
    return tags


def write_tags(path, tags):
    """A TIFF of one grey pixel with these tags."""
    entries = [(256, "H", [1]), (257, "H", [1]), (258, "H", [8]), (259, "H", [1])]
    entries += [(262, "H", [1]), (273, "H", [8]), (277, "H", [1]), (278, "H", [1])]
    entries += [(279, "H", [1]), *((tag, GEO_TAGS[tag], v) for tag, v in sorted(tags.items()))]
    start = 10
    tail = start + 2 + 12 * len(entries) + 4
    directory, extra = struct.pack("<H", len(entries)), b""
    for tag, letter, values in entries:
        if letter == "s":
            count, raw = len(values) + 1, values.encode("latin-1") + b"\0"
        else:
            count, raw = len(values), struct.pack(f"<{len(values)}{letter}", *values)
        if len(raw) > 4:
            field = struct.pack("<I", tail + len(extra))
            extra += raw + b"\0" * (len(raw) % 2)
        else:
            field = raw.ljust(4, b"\0")
        directory += struct.pack("<HHI", tag, TYPES[letter][0], count) + field
    path.write_bytes(b"II*\0" + struct.pack("<I", start) + b"\0\0" + directory + b"\0" * 4 + extra)


def case(name, tags):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.tif"
        write_tags(path, tags)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            with rasterio.open(path) as source:
                transform = list(source.transform.to_gdal())
                crs = source.crs or source.gcps[1]
        if any(w.category is NotGeoreferencedWarning for w in said) or transform == IDENTITY:
            transform = None
        epsg = kind = factor = None
        if crs:
            epsg = crs.to_epsg()
            kind = "geographic" if crs.is_geographic else "projected" if crs.is_projected else None
            # Metres, or radians, a unit.
            factor = crs.units_factor[1]
        return {
            "name": name,
            "tags": [[tag, values] for tag, values in sorted(tags.items())],
            "transform": transform,
            "epsg": epsg,
            "kind": kind,
            "factor": factor,
        }


def written_by_gdal():
    north_up = Affine(30, 0, 500010, 0, -30, 4200030)
    degrees = Affine(0.001, 0, 10.5, 0, -0.0005, 47.25)
    rotated = Affine(8, 3, 500000, 2, -9, 4200000)
    south_up = Affine(10, 0, 0, 0, 10, 100)
    own = "+proj=laea +lat_0=10 +lon_0=20 +datum=WGS84 +units=us-ft"
    systems = {
        "utm": (CRS.from_epsg(32633), north_up),
        "rotated": (CRS.from_epsg(32633), rotated),
        "south-up": (CRS.from_epsg(32633), south_up),
        "wgs84": (CRS.from_epsg(4326), degrees),
        "etrs89": (CRS.from_epsg(4258), degrees),
        "paris grads": (CRS.from_epsg(4807), degrees),
        "web mercator": (CRS.from_epsg(3857), north_up),
        "us feet": (CRS.from_epsg(2263), north_up),
        "laea": (CRS.from_epsg(3035), north_up),
        "own laea in us feet": (CRS.from_string(own), north_up),
        "own geographic": (CRS.from_string("+proj=longlat +ellps=GRS80 +no_defs"), degrees),
        "no system": (None, north_up),
        "no transform": (CRS.from_epsg(32633), None),
    }
    cases = []
    for point in (False, True):
        for name, (crs, transform) in systems.items():
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "x.tif"
                options = {"width": 1, "height": 1, "count": 1, "dtype": "uint8"}
                if transform is not None:
                    options["transform"] = transform
                with rasterio.open(path, "w", driver="GTiff", crs=crs, **options) as target:
                    if point:
                        target.update_tags(AREA_OR_POINT="Point")
                cases.append(case(f"{name}{', point' if point else ''}", read_tags(path)))
    return cases


def keys(*entries):
    return [1, 1, 0, len(entries), *(n for key, value in entries for n in (key, 0, 1, value))]


def by_hand():
    scale, tie = [2.0, 3.0, 0.0], [0.0, 0.0, 0.0, 100.0, 200.0, 0.0]
    matrix = [2.0, 1.0, 0, 100, 0.5, -3, 0, 200, 0, 0, 0, 0, 0, 0, 0, 1]
    utm = keys((1024, 1), (1025, 1), (3072, 32633))
    point = keys((1024, 1), (1025, 2), (3072, 32633))
    many = tie + [10.0, 0, 0, 120, 200, 0] + [0.0, 10, 0, 100, 170, 0] + [10.0, 10, 0, 120, 170, 0]
    sets = {
        "tiepoint inside": {33550: scale, 33922: [5.0, 7, 0, 100, 200, 0], 34735: utm},
        "tiepoint inside, point": {33550: scale, 33922: [5.0, 7, 0, 100, 200, 0], 34735: point},
        "negative y scale": {33550: [2.0, -3, 0], 33922: tie, 34735: utm},
        "negative x scale": {33550: [-2.0, 3, 0], 33922: tie, 34735: utm},
        "zero scale": {33550: [0.0, 0, 0], 33922: tie, 34735: utm},
        "zero scale and matrix": {33550: [0.0, 0, 0], 33922: tie, 34264: matrix, 34735: utm},
        "two scales only": {33550: [2.0, 3], 33922: tie, 34735: utm},
        "one scale": {33550: [2.0], 33922: tie, 34735: utm},
        "scale without tiepoint": {33550: scale, 34735: utm},
        "short tiepoint": {33550: scale, 33922: tie[:5], 34735: utm},
        "control points": {33922: many, 34735: utm},
        "control points and scale": {33550: scale, 33922: many, 34735: utm},
        "matrix": {34264: matrix, 34735: utm},
        "matrix, point": {34264: matrix, 34735: point},
        "matrix and scale": {33550: scale, 33922: tie, 34264: matrix, 34735: utm},
        "short matrix": {34264: matrix[:12], 34735: utm},
        "no keys": {33550: scale, 33922: tie},
        "no model type": {33550: scale, 33922: tie, 34735: keys((3072, 32633))},
        "keys of another version": {33550: scale, 33922: tie, 34735: [2, *utm[1:]]},
        "keys cut short": {33550: scale, 33922: tie, 34735: utm[:14]},
        "feet by code alone": {
            33550: scale,
            33922: tie,
            34735: keys((1024, 1), (1025, 1), (3072, 2263)),
        },
        "feet against the code": {
            33550: scale,
            33922: tie,
            34735: keys((1024, 1), (1025, 1), (3072, 32633), (3076, 9002)),
        },
        "compound": {
            33550: scale,
            33922: tie,
            34735: keys((1024, 1), (1025, 1), (3072, 32633), (4096, 5773)),
        },
        "undefined code": {33550: scale, 33922: tie, 34735: keys((1024, 1), (3072, 0))},
    }
    return [case(name, tags) for name, tags in sets.items()]


def cases():
    return {"cases": written_by_gdal() + by_hand()}
