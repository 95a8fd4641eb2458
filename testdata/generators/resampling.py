"""Coarse bands brought to a finer grid of the same extent, by GDAL's warper."""

import numpy
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import from_origin
from rasterio.warp import reproject

EXTENT = (840.0, 660.0)


def transform(shape):
    height, width = shape
    return from_origin(1000, 5000, EXTENT[0] / width, EXTENT[1] / height)


def case(coarse, fine_shape, nodata=None):
    finer = {}
    for resampling in (Resampling.nearest, Resampling.bilinear):
        fill = 0 if nodata is None else nodata
        fine = numpy.full(fine_shape, fill, coarse.dtype)
        reproject(
            coarse, fine, src_transform=transform(coarse.shape), dst_transform=transform(fine_shape),
            src_crs="EPSG:32631", dst_crs="EPSG:32631", src_nodata=nodata, dst_nodata=nodata,
            resampling=resampling,
        )  # fmt: skip
        finer[resampling.name] = fine.ravel().tolist()
    return {
        "type": str(coarse.dtype),
        "nodata": nodata,
        "coarse_shape": coarse.shape,
        "fine_shape": fine_shape,
        "coarse": coarse.ravel().tolist(),
        **finer,
    }


def cases():
    rng = numpy.random.default_rng(5)
    whole = [
        case(rng.integers(0, 65535, (6, 7)).astype("u2"), (18, 21)),
        case(rng.integers(0, 255, (5, 4)).astype("u1"), (13, 15)),
        case(rng.integers(-500, 500, (3, 8)).astype("i2"), (4, 9)),
        case(rng.normal(0, 100, (4, 4)).astype("f4"), (20, 8)),
    ]
    holes = rng.integers(1, 900, (9, 9)).astype("u2")
    holes[rng.random(holes.shape) < 0.4] = 0
    # Averages of 1 and 9 can be 5, which means nothing here.
    few = rng.choice([1, 5, 9, 14], (6, 7)).astype("u1")
    reals = rng.normal(0, 100, (5, 6)).astype("f4")
    reals[rng.random(reals.shape) < 0.3] = -9999
    return {
        "gdal": rasterio.__gdal_version__,
        "cases": [*whole, case(holes, (18, 27), 0), case(few, (17, 23), 5), case(reals, (15, 12), -9999)],
    }
