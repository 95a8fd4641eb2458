"""JPEG 2000 files of every kind that GDAL writes, with OpenJPEG."""

import functools

import numpy as np
from rasterio.transform import Affine

from compare_rasters.files import Raster, pattern, write


def rasters():
    found = []

    def add(name, array, tolerance=0, codec="jp2", **options):
        lossless = {} if "quality" in options else {"quality": "100", "reversible": "yes"}
        make = functools.partial(write, array=array, driver="JP2OpenJPEG", **lossless, **options)
        found.append(Raster("JPEG 2000", f"jp2_{name}.{codec}", make, tolerance))

    for dtype, nbits in [("uint8", None), ("uint8", 1), ("uint8", 4), ("uint8", 7), ("uint16", None), ("uint16", 10), ("uint16", 12), ("uint16", 15), ("int16", None)]:
        array = pattern(dtype, 1, 150, 170)
        if nbits:
            array = (array.astype("uint32") * ((1 << nbits) - 1) // array.max()).astype(dtype)
        add(f"{dtype}_{nbits or 'all'}", array, nbits=nbits)
    for bands in [2, 3, 5, 13]:
        add(f"bands_{bands}", pattern("uint16", bands, 100, 90))
    add("rgb", pattern("uint8", 3, 100, 90), ycc="no")
    add("rgb_transformed", pattern("uint8", 3, 100, 90), ycc="yes")
    for tile in [64, 100]:
        add(f"tiles_{tile}", pattern("uint16", 2, 333, 257, smooth=False), blockxsize=tile, blockysize=tile)
    for order in ["LRCP", "RLCP", "RPCL", "PCRL", "CPRL"]:
        add(f"order_{order}", pattern("uint16", 3, 130, 120), progression=order, blockxsize=64, blockysize=64)
    add("precincts", pattern("uint16", 1, 300, 310), precincts="{64,64},{32,32}")
    add("markers", pattern("uint8", 1, 130, 140), sop="yes", eph="yes", plt="yes")
    add("resolutions_1", pattern("uint16", 1, 130, 140), resolutions="1")
    add("code_stream", pattern("uint16", 2, 130, 140), codec="j2k", crs=None, transform=None)
    add("lossy", pattern("uint8", 3, 130, 140), quality="30", reversible="no")
    add("lossy_16", pattern("uint16", 1, 130, 140, smooth=False), quality="20", reversible="no")
    add("lossy_signed", pattern("int16", 1, 130, 140), quality="20", reversible="no")
    add("small", pattern("uint8", 1, 1, 1))
    add("gml_only", pattern("uint16", 1, 60, 70), geojp2="no", gmljp2="yes")
    add("geojp2_only", pattern("uint16", 1, 60, 70), geojp2="yes", gmljp2="no")
    add("rotated", pattern("uint16", 1, 60, 70), transform=Affine(10, 3, 500, 2, -10, 900))
    add("degrees", pattern("uint16", 1, 60, 70), crs="EPSG:4326", transform=Affine(0.1, 0, -7, 0, -0.1, 38))
    add("world_file", pattern("uint16", 1, 60, 70), crs=None, geojp2="no", gmljp2="no", worldfile="yes")
    alpha = np.where(np.indices((60, 70)).sum(0) % 5, 255, 0).astype("uint8")[None]
    add("alpha", np.concatenate([pattern("uint8", 3, 60, 70), alpha]), photometric="rgb", alpha="yes")
    return found
