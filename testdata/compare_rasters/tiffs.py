"""TIFFs of every kind: types, compressions, layouts, predictors, byte orders and the rest."""

import functools
import itertools
import zlib

import numpy as np
from rasterio.control import GroundControlPoint
from rasterio.transform import Affine

from compare_rasters.files import Raster, assemble, gray, pattern, write, write_bytes

TYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"]
CODECS = [None, "packbits", "lzw", "deflate", "zstd"]
LAYOUTS = ["sp", "sb", "tp", "tb"]


def layout(code, width, tile=16, rows=7):
    interleave = {"p": "pixel", "b": "band"}[code[1]]
    if code[0] == "t":
        return {"tiled": True, "blockxsize": tile, "blockysize": tile, "interleave": interleave}
    return {"tiled": False, "blockysize": rows, "interleave": interleave}


class Maker:
    """Collects rasters of one size."""

    def __init__(self, height, width):
        self.size = (height, width)
        self.rasters = []

    def data(self, dtype, bands, seed=0):
        return pattern(dtype, bands, *self.size, seed=seed)

    def add(self, category, name, array, tolerance=0, refused="", chroma=False, **options):
        make = functools.partial(write, array=array, **options)
        self.rasters.append(Raster(category, name, make, tolerance, refused, chroma))

    def add_bytes(self, category, name, data, refused=""):
        self.rasters.append(Raster(category, name, write_bytes(data), 0, refused))

    def mask(self):
        y, x = np.mgrid[: self.size[0], : self.size[1]]
        return ((x + y) % 5 != 0).astype("uint8") * 255


def core(m):
    for i, (dtype, codec, code) in enumerate(itertools.product(TYPES, CODECS, LAYOUTS)):
        if i % 2 == (i // 4) % 2:
            continue
        bands = [1, 3, 4, 8][i % 3 if code[1] == "p" else 1 + i % 3]
        # GDAL calls the fourth of four bytes alpha unless it is told otherwise.
        m.add(
            "types and compressions",
            f"core_{dtype}_{codec or 'none'}_{code}_{bands}",
            m.data(dtype, bands, i),
            compress=codec,
            photometric="minisblack",
            **layout(code, m.size[1]),
        )


def predictors(m):
    codecs = ["lzw", "deflate", "zstd"]
    for i, (dtype, codec) in enumerate(itertools.product(TYPES, codecs)):
        code = LAYOUTS[(i + i // 4) % 4]
        m.add(
            "predictor 2",
            f"predictor2_{dtype}_{codec}_{code}",
            m.data(dtype, 4, i),
            compress=codec,
            predictor=2,
            photometric="minisblack",
            **layout(code, m.size[1]),
        )
    for i, (dtype, codec, code) in enumerate(
        itertools.product(["float32", "float64"], codecs, ["sp", "tb"])
    ):
        m.add(
            "predictor 3",
            f"predictor3_{dtype}_{codec}_{code}",
            m.data(dtype, 1 + i % 4, i),
            compress=codec,
            predictor=3,
            **layout(code, m.size[1]),
        )


def endian(m):
    for i, dtype in enumerate(TYPES):
        is_float = dtype.startswith("f")
        for j, (codec, predictor) in enumerate(
            [(None, None), ("deflate", 2), ("zstd" if is_float else "lzw", 3 if is_float else None)]
        ):
            code = LAYOUTS[(i + j) % 4]
            m.add(
                "big-endian",
                f"big_endian_{dtype}_{codec or 'none'}_{predictor or 1}_{code}",
                m.data(dtype, 3, i),
                compress=codec,
                predictor=predictor,
                endianness="big",
                photometric="minisblack",
                **layout(code, m.size[1]),
            )
    for i, code in enumerate(LAYOUTS):
        m.add(
            "BigTIFF",
            f"bigtiff_{code}",
            m.data("int16", 3, i),
            compress=[None, "deflate", "lzw", "zstd"][i],
            endianness=["little", "big"][i % 2],
            bigtiff="yes",
            **layout(code, m.size[1]),
        )


def sparse(m):
    """Files that leave out blocks of nothing but nodata."""
    kinds = [("uint8", None), ("uint16", 7), ("int16", -9999), ("float32", -9999), ("float32", "nan"), ("float64", 0)]
    for i, ((dtype, nodata), code) in enumerate(itertools.product(kinds, ["tp", "tb", "sp"])):
        value = float("nan") if nodata == "nan" else nodata or 0
        array = np.full((3, *m.size), value, dtype)
        array[:, :5, :9] = m.data(dtype, 3, i)[:, :5, :9]
        array[1, -3:, -3:] = 5
        m.add(
            "sparse",
            f"sparse_{dtype}_{nodata}_{code}",
            array,
            nodata=None if nodata is None else value,
            compress=[None, "deflate", "lzw"][i % 3],
            sparse_ok=True,
            photometric="minisblack",
            **layout(code, m.size[1]),
        )


def nodata(m):
    for dtype, value in [
        ("uint8", 0), ("uint8", 255), ("int8", -128), ("uint16", 65535), ("int16", -32768),
        ("uint32", 4294967295), ("int32", -2147483648), ("uint64", 0), ("int64", -1),
        ("float32", -9999), ("float32", -3.4028234663852886e38), ("float32", float("nan")),
        ("float32", float("inf")), ("float32", -9999.9), ("float64", -1.7976931348623157e308),
    ]:  # fmt: skip
        m.add("nodata", f"nodata_{dtype}_{value}", m.data(dtype, 2), nodata=value, compress="deflate")
    height, width = m.size
    data = m.data("uint8", 1)[0]
    for text in [b"nan", b"-9999", b"300", b"1.5", b" 7 "]:
        tags = gray(width, height, t42113=(2, text + b"\0"))
        name = f"nodata_text_{text.decode().strip()}"
        m.add_bytes("nodata", name, assemble([(tags, [data.tobytes()])]))


def masks(m):
    for i, (dtype, bands, codec) in enumerate(
        [("uint8", 3, "deflate"), ("uint16", 1, "lzw"), ("float32", 4, None), ("uint8", 1, "jpeg")]
    ):
        m.add(
            "mask within",
            f"mask_{dtype}_{bands}_{codec or 'none'}",
            m.data(dtype, bands, i),
            1 if codec == "jpeg" else 0,
            mask=m.mask(),
            config={"GDAL_TIFF_INTERNAL_MASK": True},
            compress=codec,
            **layout(LAYOUTS[i], m.size[1]),
        )
    for dtype, bands in [("uint8", 3), ("int16", 2)]:
        m.add(
            "mask beside",
            f"msk_{dtype}",
            m.data(dtype, bands),
            mask=m.mask(),
            config={"GDAL_TIFF_INTERNAL_MASK": False},
            compress="deflate",
        )


def colours(m):
    alpha = m.mask()[None]
    rgb = m.data("uint8", 3)
    for name, array, options in [
        ("rgba", np.concatenate([rgb, alpha]), {"photometric": "rgb", "alpha": "unspecified"}),
        ("rgb_alpha", np.concatenate([rgb, alpha]), {"photometric": "rgb", "alpha": "yes"}),
        ("rgb_premultiplied", np.concatenate([rgb, alpha]), {"photometric": "rgb", "alpha": "premultiplied"}),
        ("gray_alpha", np.concatenate([rgb[:1], alpha]), {"photometric": "minisblack", "alpha": "yes"}),
        ("default_4_bytes", np.concatenate([rgb, alpha]), {}),
        ("alpha_16", np.concatenate([m.data("uint16", 3), alpha.astype("uint16") * 257]), {"photometric": "rgb", "alpha": "yes"}),
        ("nir_alpha", np.concatenate([rgb, rgb[:1], alpha]), {"photometric": "rgb", "alpha": "yes"}),
    ]:  # fmt: skip
        for code in ["tp", "sb"]:
            m.add("alpha", f"alpha_{name}_{code}", array, compress="deflate", **options, **layout(code, m.size[1]))
    for dtype, bands, codec, predictor in [
        ("uint8", 5, "deflate", None), ("uint16", 6, "zstd", None), ("uint16", 5, "deflate", 2),
        ("uint16", 4, "lzw", 2), ("uint8", 8, "lzw", 2), ("uint8", 4, None, None),
    ]:  # fmt: skip
        for code in ["sp", "tp", "tb"]:
            m.add(
                "RGB and more bands",
                f"rgb_and_more_{dtype}_{bands}_{codec or 'none'}_{code}",
                m.data(dtype, bands),
                photometric="rgb",
                alpha="no",
                compress=codec,
                predictor=predictor,
                **layout(code, m.size[1]),
            )
    colormap = {i: (i, 255 - i, i * 7 % 256, 255) for i in range(256)}
    classes = m.data("uint8", 1) % 6
    m.add("palette", "palette_8", classes, colormap=colormap, photometric="palette", compress="lzw")
    m.add("palette", "palette_nodata", classes, colormap=colormap, photometric="palette", nodata=0)
    m.add("palette", "palette_16", classes.astype("uint16"), colormap=colormap, photometric="palette")
    m.add("palette", "palette_4", classes, colormap={i: colormap[i * 9] for i in range(16)}, photometric="palette", nbits=4)
    m.add("photometric", "miniswhite", m.data("uint8", 1), photometric="miniswhite")
    m.add("photometric", "miniswhite_16", m.data("uint16", 1), photometric="miniswhite", compress="lzw")
    m.add("photometric", "cmyk", m.data("uint8", 4), photometric="cmyk", refused="colours are CMYK")
    m.add("photometric", "lab", m.data("uint8", 3), photometric="cielab", refused="CIE L*a*b*")
    m.add(
        "band names",
        "names",
        m.data("uint16", 3),
        names=["blue", "Grün & <rot>", None],
        compress="deflate",
    )


def image_compressions(m):
    for name, bands, options, tolerance in [
        ("gray", 1, {"photometric": "minisblack"}, 1),
        ("rgb", 3, {"photometric": "rgb"}, 1),
        ("ycbcr", 3, {"photometric": "ycbcr"}, 3),
        ("four", 4, {"photometric": "minisblack"}, 1),
    ]:
        for code in ["sp", "tp"] + (["sb"] if name in ("rgb", "four") else []):
            options = {**layout(code, m.size[1], rows=16), **options}
            m.add("JPEG", f"jpeg_{name}_{code}", m.data("uint8", bands), tolerance, chroma=name == "ycbcr", compress="jpeg", jpeg_quality=90, **options)
    m.add("JPEG", "jpeg_rgba", np.concatenate([m.data("uint8", 3), m.mask()[None]]), 1, compress="jpeg", photometric="rgb", alpha="yes", jpeg_quality=95)
    for lossless in [True, False]:
        m.add("WebP", f"webp_{'lossless' if lossless else 'lossy'}", m.data("uint8", 3), 0, compress="webp", webp_lossless=lossless, **layout("tp", 0))
    m.add("WebP", "webp_rgba", np.concatenate([m.data("uint8", 3), m.mask()[None]]), compress="webp", webp_lossless=True, photometric="rgb", alpha="yes", **layout("tp", 0))
    lerc_types = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"]
    for i, (dtype, codec) in enumerate(itertools.product(lerc_types, ["lerc", "lerc_deflate", "lerc_zstd"])):
        if i % 3 and i % 2:
            continue
        m.add("LERC", f"{codec}_{dtype}_{LAYOUTS[i % 4]}", m.data(dtype, 1 + i % 3, i), compress=codec, photometric="minisblack", **layout(LAYOUTS[i % 4], m.size[1]))
    m.add("LERC", "lerc_lossy", m.data("float32", 1), compress="lerc", max_z_error=0.5)
    holes = m.data("float32", 1)
    holes[:, 3:6, 2:9] = np.nan
    m.add("LERC", "lerc_nan", holes, compress="lerc")


def bit_depths(m):
    for nbits in range(1, 16):
        if nbits == 8:
            continue
        dtype = "uint8" if nbits < 8 else "uint16"
        array = (m.data(dtype, 3) % (1 << nbits)).astype(dtype)
        code = LAYOUTS[nbits % 4]
        m.add("bit depths", f"bits_{nbits}_{code}", array, nbits=nbits, compress=CODECS[nbits % 5], photometric="minisblack", **layout(code, m.size[1]))
    for nbits in [17, 24]:
        m.add("bit depths", f"bits_{nbits}", m.data("uint32", 1) % (1 << nbits), nbits=nbits, refused=f"unsigned integers of {nbits} bits")
    m.add("bit depths", "float16", m.data("float32", 1) % 100, nbits=16, refused="floats of 16 bits")


def refused(m):
    for dtype in ["complex64", "complex128"]:
        m.add("refused", dtype, m.data(dtype, 2), refused="complex numbers")
    m.add("refused", "lzma", m.data("uint8", 1), compress="lzma", refused="(LZMA)")
    for codec, name in [("ccittrle", "CCITT RLE"), ("ccittfax3", "CCITT fax group 3"), ("ccittfax4", "CCITT fax group 4")]:
        m.add("refused", codec, m.data("uint8", 1) % 2, compress=codec, nbits=1, photometric="miniswhite", refused=name)
    height, width = m.size
    data = m.data("uint16", 1)[0].tobytes()
    for name, tags, message in [
        ("jxl", {"compression": 50002}, "(JPEG XL)"),
        ("jpeg2000", {"compression": 34712}, "(JPEG 2000)"),
        ("old_jpeg", {"compression": 6}, "(old-style JPEG)"),
        ("unknown_codec", {"compression": 4711}, "compression 4711 (unknown)"),
        ("predictor_4", {"compression": 8, "t317": (3, [4])}, "predictor 4 is unknown"),
        ("predictor_3_on_integers", {"compression": 8, "t317": (3, [3])}, "predictor 3 (of floats) on integers"),
        ("mixed_formats", {"t277": (3, [2]), "t258": (3, [16, 16]), "t339": (3, [1, 2])}, "bands have several types"),
        ("mixed_bits", {"t277": (3, [2]), "t258": (3, [16, 8])}, "bands have several types"),
        ("ycbcr_not_jpeg", {"t262": (3, [6]), "t277": (3, [3])}, "YCbCr without JPEG"),
    ]:
        compression = tags.pop("compression", 1)
        tags = gray(width, height, 16, compression, **tags)
        m.add_bytes("refused", f"refused_{name}", assemble([(tags, [zlib.compress(data * 3)])]), message)


def places(m):
    array = m.data("int16", 1)
    for name, options in [
        ("geographic", {"crs": "EPSG:4326", "transform": Affine(0.1, 0, -7, 0, -0.1, 38)}),
        ("web_mercator", {"crs": "EPSG:3857"}),
        ("rotated", {"transform": Affine(10, 3, 500, 2, -10, 900)}),
        ("south_up", {"transform": Affine(10, 0, 500, 0, 10, 900)}),
        ("pixel_is_point", {"config": {"GTIFF_POINT_GEO_IGNORE": False}}),
        ("feet", {"crs": "EPSG:2263"}),
        ("none", {"crs": None, "transform": None}),
        ("no_crs", {"crs": None}),
        ("gcps", {"transform": None, "gcps": [GroundControlPoint(r, c, 10 * c + r, 20 * r - c) for r in (0, 9) for c in (0, 9)]}),
        ("world_file", {"crs": None, "profile": "BASELINE", "tfw": "YES"}),
        ("own_crs", {"crs": "+proj=laea +lat_0=10 +lon_0=20 +datum=WGS84 +units=m"}),
    ]:  # fmt: skip
        m.add("georeference", f"place_{name}", array, **options)


def shapes(m):
    for bands, height, width in [(1, 1, 1), (1, 1, 50), (1, 50, 1), (3, 5, 3), (200, 4, 6)]:
        for i, code in enumerate(LAYOUTS):
            m.add("odd shapes", f"shape_{bands}_{height}_{width}_{code}", pattern("uint16", bands, height, width), compress=CODECS[i], predictor=2 if i > 1 else None, photometric="minisblack", **layout(code, width))


def overviews(m):
    for codec in ["deflate", "lzw", "zstd", "jpeg", "webp"]:
        m.add("COG", f"cog_{codec}", pattern("uint8", 3, 600, 700), 3 if codec == "jpeg" else 0, chroma=codec == "jpeg", driver="COG", compress=codec, **({"quality": 100} if codec == "webp" else {}), blocksize=256)
    masked = pattern("uint8", 3, 600, 700)
    y, x = np.mgrid[:600, :700]
    m.add("COG", "cog_mask", masked, 3, chroma=True, driver="COG", compress="jpeg", blocksize=256, mask=((x - y) % 40 > 9).astype("uint8") * 255)
    m.add("COG", "cog_nodata", pattern("float32", 2, 600, 700), driver="COG", compress="deflate", predictor="yes", nodata=-9999, blocksize=256)


def by_hand(m):
    """Files that GDAL reads and does not write."""
    height, width = m.size
    data = m.data("uint8", 1)[0]
    wide = m.data("uint16", 1)[0]
    rows = data.tobytes()

    def one(name, tags, blocks, order="<", refused=""):
        m.add_bytes("odd but legal", name, assemble([(tags, blocks)], order), refused)

    padded = zlib.compress(rows + b"\7" * 5 * width)
    one("deflate_longer_than_the_image", gray(width, height, 8, 8), [padded])
    one("deflate_old_code", gray(width, height, 8, 32946), [zlib.compress(rows)])
    one("lzw_without_end", gray(width, height, 8, 5), [lzw_literals(rows)])
    reverse = bytes(int(f"{i:08b}"[::-1], 2) for i in range(256))
    one("bits_reversed", gray(width, height, 8, 1, t266=(3, [2])), [rows.translate(reverse)])
    one("bits_reversed_deflate", gray(width, height, 16, 8, t266=(3, [2])), [zlib.compress(wide.tobytes()).translate(reverse)])
    one("predictor_without_codec", gray(width, height, 16, 1, t317=(3, [2])), [wide.tobytes()])
    one("undefined_format", gray(width, height, 16, 1, t339=(3, [4])), [wide.tobytes()])
    one("no_photometric", {k: v for k, v in gray(width, height).items() if k != 262}, [rows])
    one("strip_padded", gray(width, height), [rows + b"\0" * 99])
    one("short_offsets", gray(width, height, t273=(3, [8]), t279=(3, [len(rows)])), [rows])
    one("one_strip_for_all", gray(width, height, t278=(4, [2**32 - 1])), [rows])
    packed = np.packbits(data > 100, axis=1).tobytes()
    one("bilevel", gray(width, height, 1), [packed])
    one("bilevel_white", {**gray(width, height, 1), 262: (3, [0])}, [packed])
    one("big_endian_bilevel", gray(width, height, 1), [packed], ">")
    one("tile_wider_than_image", {**gray(width, height), 322: (3, [80]), 323: (3, [48])}, [np.pad(data, ((0, 48 - height), (0, 80 - width))).tobytes()])
    second = gray(width, height, t254=(4, [4]))
    mask = m.mask()
    m.add_bytes("odd but legal", "mask_of_bytes", assemble([(gray(width, height), [rows]), ({**second, 262: (3, [4])}, [mask.tobytes()])]))
    m.add_bytes("odd but legal", "second_page", assemble([(gray(width, height), [rows]), (gray(3, 3), [b"abcdefghi"])]))


def lzw_literals(data):
    """LZW data of literals alone, without the code at the end."""
    bits, since_clear = "", 0
    for byte in data:
        if since_clear == 0:
            bits += f"{256:09b}"
        bits += f"{byte:09b}"
        since_clear = (since_clear + 1) % 200
    bits = bits.ljust((len(bits) + 7) // 8 * 8, "0")
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


KINDS = [
    core, predictors, endian, sparse, nodata, masks, colours, image_compressions, bit_depths, places,
    shapes, overviews, by_hand, refused,
]  # fmt: skip


def rasters():
    maker = Maker(45, 61)
    for kind in KINDS:
        kind(maker)
    return maker.rasters
