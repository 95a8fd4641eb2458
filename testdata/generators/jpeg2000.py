"""JPEG 2000 files of all kinds, written by GDAL, and what GDAL reads in them.

Of the pixels the SHA-256 is kept: little-endian, band after band, row by row.
The scene of LOOKALIKE_DATA is described, not copied.
"""

import hashlib
import os
import pathlib
import warnings

import numpy
import rasterio
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin

TESTDATA = pathlib.Path(__file__).resolve().parent.parent
FOLDER = TESTDATA / "golden" / "jpeg2000"
DATA = pathlib.Path(os.environ.get("LOOKALIKE_DATA", TESTDATA.parent.parent / "shared" / "data"))
WIDTH, HEIGHT = 45, 37

warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)


def smooth(n_bands, low, high, width=WIDTH, height=HEIGHT):
    """Waves with a little noise, from low to high: shape (n_bands, height, width)."""
    rng = numpy.random.default_rng(n_bands)
    band, y, x = numpy.mgrid[:n_bands, :height, :width]
    waves = numpy.sin(x / 9 + band) + numpy.cos(y / 7 - band) + rng.normal(0, 0.01, x.shape)
    span = max(numpy.ptp(waves), 1e-9)
    return numpy.round(low + (waves - waves.min()) / span * (high - low))


def described(path):
    """What GDAL reads in a file; alpha is a mask, not a band."""
    with rasterio.open(path) as source:
        alpha = [i for i in source.indexes if source.colorinterp[i - 1] == ColorInterp.alpha]
        bands = [i for i in source.indexes if i not in alpha]
        pixels = source.read(bands)
        little = pixels.astype(pixels.dtype.newbyteorder("<"))
        mask = source.read(alpha[0]) > 0 if alpha else numpy.ones(source.shape, bool)
        try:
            palette = [list(color) for _, color in sorted(source.colormap(1).items())]
        except ValueError:
            palette = None
        return {
            "file": path.name,
            "width": source.width,
            "height": source.height,
            "type": source.dtypes[0],
            "n_bands": len(bands),
            "sha256": hashlib.sha256(little.tobytes()).hexdigest(),
            "n_invalid": int((~mask).sum()),
            "palette": palette,
            "epsg": source.crs.to_epsg() if source.crs else None,
            "transform": None if source.transform.is_identity else list(source.transform.to_gdal()),
        }


def write(name, pixels, colors=None, palette=None, crs=None, transform=None, **options):
    path = FOLDER / name
    n_bands, height, width = pixels.shape
    options = {"QUALITY": "100", "REVERSIBLE": "YES", **options}
    with rasterio.open(
        path, "w", driver="JP2OpenJPEG", dtype=pixels.dtype, width=width, height=height,
        count=n_bands, crs=crs, transform=transform, **options,
    ) as out:  # fmt: skip
        if colors:
            out.colorinterp = colors
        if palette:
            out.write_colormap(1, palette)
        out.write(pixels)
    path.with_name(name + ".aux.xml").unlink(missing_ok=True)
    return described(path)


def types():
    yield write("u8.jp2", smooth(1, 0, 255).astype("u1"))
    yield write("u8_4bit.jp2", smooth(1, 0, 15).astype("u1"), NBITS="4")
    yield write("u8_1bit.jp2", smooth(1, 0, 1).astype("u1"), NBITS="1")
    yield write("u16.jp2", smooth(1, 0, 65535).astype("u2"))
    yield write("u16_12bit.jp2", smooth(1, 0, 4095).astype("u2"), NBITS="12")
    yield write("u16_15bit.jp2", smooth(1, 0, 32767).astype("u2"), NBITS="15")
    yield write("i16.jp2", smooth(1, -32768, 32767).astype("i2"))
    yield write("u32_20bit.jp2", smooth(1, 0, 2**20 - 1).astype("u4"), NBITS="20")


def layouts():
    rgb, deep = smooth(3, 0, 60).astype("u1"), smooth(1, 0, 2000, 75, 70).astype("u2")
    blocks = {"tiled": True, "BLOCKXSIZE": "32", "BLOCKYSIZE": "32"}
    yield write("rgb.jp2", rgb)
    yield write("rgb_tiles.jp2", rgb, **blocks)
    yield write("bands13.jp2", smooth(13, 0, 9000, 20, 11).astype("u2"))
    yield write("tiles.jp2", deep, **blocks)
    yield write("tiles_wide.jp2", deep, tiled=True, BLOCKXSIZE="64", BLOCKYSIZE="32")
    yield write("precincts.jp2", deep, PRECINCTS="{32,32},{16,16}", RESOLUTIONS="2")
    yield write("progression.jp2", rgb, PROGRESSION="RPCL", SOP="YES", EPH="YES", PLT="YES", **blocks)
    yield write("codestream.j2k", deep, CODEC="J2K", **blocks)
    yield write("pixel.jp2", smooth(1, 7, 7, 1, 1).astype("u1"))
    yield write("row.jp2", smooth(1, 0, 99, 40, 1).astype("u2"))
    yield write("column.jp2", smooth(1, 0, 99, 1, 40).astype("u2"))


def lossy():
    yield write("lossy_u8.jp2", smooth(3, 0, 255).astype("u1"), QUALITY="40", REVERSIBLE="NO")
    yield write("lossy_u16.jp2", smooth(1, 0, 40000).astype("u2"), QUALITY="40", REVERSIBLE="NO")
    yield write("lossy_i16.jp2", smooth(1, -9000, 9000).astype("i2"), QUALITY="40", REVERSIBLE="NO")


def masks_and_palettes():
    rgba = smooth(4, 0, 255).astype("u1")
    rgba[3] = rgba[3] // 128 * 255
    colors = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
    yield write("rgba.jp2", rgba, colors, **{"1BIT_ALPHA": "NO"})
    yield write("rgba_1bit.jp2", rgba, colors, **{"1BIT_ALPHA": "YES"})
    palette = {i: (i * 60, 255 - i * 50, i * 7, 255) for i in range(5)}
    yield write("palette.jp2", smooth(1, 0, 4).astype("u1"), palette=palette)


def places():
    deep = smooth(1, 0, 999, 12, 9).astype("u2")
    utm = {"crs": "EPSG:32631", "transform": from_origin(300000, 4100040, 60, 60)}
    degrees = {"crs": "EPSG:4326", "transform": from_origin(-75.5, 35.25, 0.01, 0.02)}
    northing_first = {"crs": "EPSG:3035", "transform": from_origin(4321000, 3210000, 100, 100)}
    gml, geo = {"GMLJP2": "YES", "GeoJP2": "NO"}, {"GMLJP2": "NO", "GeoJP2": "YES"}
    for name, place in [("utm", utm), ("degrees", degrees), ("northing_first", northing_first)]:
        yield write(f"{name}_gml.jp2", deep, **place, **gml)
        yield write(f"{name}_geo.jp2", deep, **place, **geo)
        yield write(f"{name}_both.jp2", deep, **place)


def cases():
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.iterdir():
        file.unlink()
    scene = DATA / "scenes" / "sentinel2-15bit.jp2"
    return {
        "gdal": rasterio.__gdal_version__,
        "cases": [*types(), *layouts(), *lossy(), *masks_and_palettes(), *places()],
        "scene": described(scene),
    }
