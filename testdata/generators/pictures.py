"""Pictures of all kinds that are read, written by Pillow and GDAL, and their pixels by Pillow or NumPy."""

import io
import pathlib

import numpy
import PIL
import rasterio
from PIL import Image, ImageOps

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "golden" / "pictures"
WIDTH, HEIGHT = 21, 13


def smooth(n_channels, top, seed=0):
    """Waves with a little noise, from 0 to top: shape (HEIGHT, WIDTH, n_channels)."""
    rng = numpy.random.default_rng(seed)
    y, x, c = numpy.mgrid[:HEIGHT, :WIDTH, :n_channels]
    waves = numpy.sin(x / 5 + c) + numpy.cos(y / 4 - c) + rng.normal(0, 0.05, x.shape)
    return numpy.round((waves - waves.min()) / numpy.ptp(waves) * top)


def pillow(name, image, **options):
    image.save(FOLDER / name, **options)
    return FOLDER / name


def gdal(name, pixels, driver="PNG", **options):
    path = FOLDER / name
    height, width, count = pixels.shape
    profile = {"driver": driver, "width": width, "height": height, "count": count, **options}
    with rasterio.open(path, "w", dtype=pixels.dtype, **profile) as out:
        out.write(pixels.transpose(2, 0, 1))
    return path


def case(path, pixels, tolerance=0):
    pixels = pixels.reshape(pixels.shape[0], pixels.shape[1], -1)
    return {
        "file": path.name,
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "n_channels": pixels.shape[2],
        "bits": pixels.dtype.itemsize * 8,
        "tolerance": tolerance,
        "pixels": pixels.ravel().tolist(),
    }


def decoded(path, mode, tolerance=0):
    """The case of a file whose pixels are those that Pillow decodes."""
    with Image.open(path) as image:
        return case(path, numpy.array(ImageOps.exif_transpose(image).convert(mode)), tolerance)


def png():
    gray, rgb, rgba = (smooth(n, 255).astype("u1") for n in (1, 3, 4))
    luma = Image.fromarray(gray[..., 0])
    indexed = Image.fromarray(rgb).quantize(7)
    transparent = {i: i * 40 for i in range(7)}
    yield decoded(pillow("gray.png", luma), "L")
    yield decoded(pillow("bilevel.png", luma.convert("1")), "L")
    yield decoded(pillow("gray_alpha.png", Image.fromarray(rgba[..., :2], "LA")), "LA")
    yield decoded(pillow("rgb.png", Image.fromarray(rgb)), "RGB")
    yield decoded(pillow("rgba.png", Image.fromarray(rgba)), "RGBA")
    yield decoded(pillow("palette.png", indexed, bits=4), "RGB")
    path = pillow("palette_alpha.png", indexed, transparency=bytes(transparent.values()))
    yield decoded(path, "RGBA")
    for n, name in enumerate(["gray16", "gray_alpha16", "rgb16", "rgba16"], start=1):
        pixels = smooth(n, 65535).astype("u2")
        yield case(gdal(f"{name}.png", pixels), pixels)


def jpeg():
    gray, rgb, cmyk = (smooth(n, 255).astype("u1") for n in (1, 3, 4))
    luma, color = Image.fromarray(gray[..., 0]), Image.fromarray(rgb)
    yield decoded(pillow("gray.jpg", luma, quality=90), "L", 1)
    yield decoded(pillow("rgb.jpg", color, quality=90, subsampling=0), "RGB", 2)
    # Decoders differ in how they smooth the colours of neighbouring blocks.
    yield decoded(pillow("subsampled.jpg", color, quality=90, subsampling=2), "RGB", 4)
    yield decoded(pillow("progressive.jpg", color, quality=90, subsampling=0, progressive=True), "RGB", 2)
    yield decoded(pillow("cmyk.jpg", Image.fromarray(cmyk, "CMYK"), quality=90), "RGB", 3)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield decoded(pillow(f"orientation{orientation}.jpg", luma, quality=90, exif=exif), "L", 1)


def others():
    rgb, rgba = (smooth(n, 255).astype("u1") for n in (3, 4))
    color, clear = Image.fromarray(rgb), Image.fromarray(rgba)
    exif = Image.Exif()
    exif[0x0112] = 6
    yield decoded(pillow("lossless.webp", color, lossless=True), "RGB")
    yield decoded(pillow("lossless_alpha.webp", clear, lossless=True, exact=True), "RGBA")
    yield decoded(pillow("orientation6.webp", color, lossless=True, exif=exif), "RGB")
    yield decoded(pillow("lossy.webp", color, quality=80), "RGB", 6)
    yield decoded(pillow("rgb.bmp", color), "RGB")
    yield decoded(pillow("palette.bmp", color.quantize(7)), "RGB")


def gif():
    color = Image.fromarray(smooth(3, 255).astype("u1"))
    indexed = color.quantize(7)
    yield decoded(pillow("palette.gif", indexed), "RGB")
    # Pillow interlaces from 16 rows on.
    yield decoded(pillow("interlaced.gif", indexed.resize((24, 18), Image.Resampling.NEAREST)), "RGB")
    yield decoded(pillow("transparent.gif", indexed, transparency=2), "RGBA")
    later = [indexed.transpose(Image.Transpose.FLIP_LEFT_RIGHT), indexed.rotate(180)]
    yield decoded(pillow("animated.gif", indexed, save_all=True, append_images=later), "RGB")


def written(name, head, pixels):
    path = FOLDER / name
    path.write_bytes(head.format(width=WIDTH, height=HEIGHT).encode() + pixels.tobytes())
    return path


def stretched(pixels, top):
    """From 0 to `top` to the whole range of the type."""
    whole = 2 ** (8 * pixels.dtype.itemsize) - 1
    return numpy.floor(pixels * (whole / top) + 0.5).astype(pixels.dtype)


def pnm():
    gray, rgb, rgba = (smooth(n, 255).astype("u1") for n in (1, 3, 4))
    luma = Image.fromarray(gray[..., 0])
    yield decoded(pillow("bilevel.pbm", luma.convert("1")), "L")
    yield decoded(pillow("gray.pgm", luma), "L")
    yield decoded(pillow("rgb.ppm", Image.fromarray(rgb)), "RGB")
    pam = "P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH %d\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n"
    yield case(written("rgba.pam", pam % (4, 255, "RGB_ALPHA"), rgba), rgba)
    deep = smooth(2, 65535).astype("u2")
    yield case(written("gray_alpha16.pam", pam % (2, 65535, "GRAYSCALE_ALPHA"), deep.astype(">u2")), deep)
    deep = smooth(1, 65535).astype("u2")
    yield case(written("gray16.pgm", "P5 {width} {height} 65535\n", deep.astype(">u2")), deep)
    # Halves may be rounded to either side.
    few = smooth(1, 100).astype("u1")
    yield case(written("maxval100.pgm", "P5 {width} {height} 100\n", few), stretched(few, 100), 1)
    few = smooth(3, 1000).astype("u2")
    yield case(written("maxval1000.ppm", "P6 {width} {height} 1000\n", few.astype(">u2")), stretched(few, 1000), 1)


def qoi():
    rgb, rgba = (smooth(n, 255).astype("u1") for n in (3, 4))
    yield decoded(pillow("rgb.qoi", Image.fromarray(rgb)), "RGB")
    yield decoded(pillow("rgba.qoi", Image.fromarray(rgba)), "RGBA")


def tiff():
    gray, rgb, rgba = (smooth(n, 255).astype("u1") for n in (1, 3, 4))
    luma, color, clear = Image.fromarray(gray[..., 0]), Image.fromarray(rgb), Image.fromarray(rgba)
    yield decoded(pillow("gray.tif", luma), "L")
    yield decoded(pillow("bilevel.tif", luma.convert("1"), compression="packbits"), "L")
    yield decoded(pillow("white_is_zero.tif", luma, tiffinfo={262: 0}), "L")
    yield decoded(pillow("gray_alpha.tif", Image.fromarray(rgba[..., :2], "LA")), "LA")
    yield decoded(pillow("rgb.tif", color, compression="tiff_lzw"), "RGB")
    yield decoded(pillow("rgba.tif", clear, compression="tiff_adobe_deflate"), "RGBA")
    yield decoded(pillow("palette.tif", color.quantize(7)), "RGB")
    yield decoded(pillow("jpeg.tif", color, compression="jpeg", quality=90), "RGB", 6)
    yield decoded(pillow("orientation6.tif", color, tiffinfo={274: 6}), "RGB")
    for n, name in ((1, "gray16"), (3, "rgb16")):
        pixels = smooth(n, 65535).astype("u2")
        options = {"photometric": "RGB"} if n == 3 else {}
        yield case(gdal(f"{name}.tif", pixels, "GTiff", **options), pixels)
    planes = {"photometric": "RGB", "interleave": "band", "tiled": True, "blockxsize": 16, "blockysize": 16}
    yield case(gdal("planes.tif", rgb, "GTiff", **planes), rgb)
    for bits, kind in ((4, "u1"), (12, "u2")):
        pixels = smooth(1, 2**bits - 1).astype(kind)
        yield case(gdal(f"gray{bits}.tif", pixels, "GTiff", nbits=bits), stretched(pixels, 2**bits - 1))
    color, alpha = rgba[..., :3].astype(int), rgba[..., 3:].astype(int)
    straight = numpy.minimum((color * 255 + alpha // 2) // numpy.maximum(alpha, 1), 255)
    straight = numpy.where(alpha > 0, straight, color)
    path = gdal("multiplied.tif", rgba, "GTiff", photometric="RGB", alpha="PREMULTIPLIED")
    yield case(path, numpy.concatenate([straight, alpha], axis=-1).astype("u1"))


def refused():
    """TIFFs that are no picture of grey or RGB, whole."""
    def whole(why, image, **options):
        file = io.BytesIO()
        image.save(file, "TIFF", **options)
        return {"why": why, "hex": file.getvalue().hex()}

    def bands(why, dtype, count):
        with rasterio.MemoryFile() as file:
            with file.open(driver="GTiff", width=3, height=2, count=count, dtype=dtype) as out:
                out.write(numpy.zeros((count, 2, 3), dtype))
            return {"why": why, "hex": file.read().hex()}

    return [
        whole("CMYK", Image.new("CMYK", (3, 2))),
        whole("CCITT fax group 4", Image.new("1", (3, 2)), compression="group4"),
        bands("its samples are of type F32", "float32", 1),
        bands("its pixels have 5 samples", "uint8", 5),
    ]


def cases():
    FOLDER.mkdir(exist_ok=True)
    versions = {"Pillow": PIL.__version__, "rasterio": rasterio.__version__, "GDAL": rasterio.__gdal_version__}
    for file in FOLDER.iterdir():
        file.unlink()
    made = [*png(), *jpeg(), *others(), *gif(), *pnm(), *qoi(), *tiff()]
    return {"versions": versions, "cases": made, "refused": refused()}
