"""Pictures of all kinds that are read, written by Pillow and GDAL, and their pixels by Pillow or NumPy."""

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


def gdal(name, pixels):
    path = FOLDER / name
    height, width, count = pixels.shape
    profile = {"driver": "PNG", "width": width, "height": height, "count": count}
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


def cases():
    FOLDER.mkdir(exist_ok=True)
    versions = {"Pillow": PIL.__version__, "rasterio": rasterio.__version__, "GDAL": rasterio.__gdal_version__}
    for file in FOLDER.iterdir():
        file.unlink()
    return {"versions": versions, "cases": [*png(), *jpeg(), *others()]}
