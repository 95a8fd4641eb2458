"""Bands as agencies deliver them, in small, and what NumPy makes of them."""

import pathlib

import numpy
import rasterio
from rasterio.transform import from_origin

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "golden" / "products"
EXTENT = 120  # metres


def write(name, pixels, driver, **options):
    resolution = EXTENT / len(pixels)
    with rasterio.open(
        FOLDER / name, "w", driver=driver, dtype=pixels.dtype, width=len(pixels), height=len(pixels),
        count=1, crs="EPSG:32631", transform=from_origin(300000, 4100040, resolution, resolution), **options,
    ) as out:  # fmt: skip
        out.write(pixels, 1)
    (FOLDER / f"{name}.aux.xml").unlink(missing_ok=True)


def reflectance(digital_numbers):
    """What processing baseline 04.00 makes of older numbers, undone; special values stay."""
    moved = numpy.clip(digital_numbers.astype(int) - 1000, 1, 65534)
    special = (digital_numbers == 0) | (digital_numbers == 65535)
    return numpy.where(special, digital_numbers, moved)


def cases():
    FOLDER.mkdir(exist_ok=True)
    rng = numpy.random.default_rng(3)
    sentinel2, fine = {}, {}
    for resolution in (10, 20, 60):
        n = EXTENT // resolution
        pixels = rng.integers(900, 4000, (n, n)).astype("u2")
        pixels[0, :2] = [0, 65535]
        write(f"{resolution}m.jp2", pixels, "JP2OpenJPEG", QUALITY="100", REVERSIBLE="YES", GeoJP2="NO")
        repeated = pixels.repeat(resolution // 10, 0).repeat(resolution // 10, 1)
        sentinel2[f"{resolution}m"] = repeated.ravel().tolist()
        fine[f"{resolution}m"] = reflectance(repeated).ravel().tolist()
    landsat = rng.integers(0, 20000, (4, 4)).astype("u2")
    write("30m.tif", landsat, "GTiff")
    return {
        "gdal": rasterio.__gdal_version__,
        "sentinel2": sentinel2,
        "sentinel2_with_offset": fine,
        "landsat": landsat.ravel().tolist(),
    }
