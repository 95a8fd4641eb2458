"""Pictures resized by Pillow: noise, in which nothing hides, of all kinds of pixels and all filters."""

import numpy
from PIL import Image

FILTERS = {
    "Nearest": Image.Resampling.NEAREST,
    "Box": Image.Resampling.BOX,
    "Bilinear": Image.Resampling.BILINEAR,
    "Bicubic": Image.Resampling.BICUBIC,
    "Lanczos": Image.Resampling.LANCZOS,
}
MODES = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}
WIDTH, HEIGHT = 21, 13
# No box of these ends in the very middle of a pixel: a rounding error would decide what counts.
SIZES = [(8, 8), (30, 17), (5, 20), (21, 5), (1, 1)]


def noise(width, height, n_channels, top):
    pixels = numpy.random.default_rng(n_channels).integers(0, top + 1, (height, width, n_channels))
    return pixels[..., 0] if n_channels == 1 else pixels


def picture(mode, pixels, resized):
    height, width = pixels.shape[:2]
    return {
        "mode": mode,
        "width": width,
        "height": height,
        "pixels": pixels.ravel().tolist(),
        "resized": resized,
    }


def result(name, pixels):
    return {"filter": name, "width": pixels.shape[1], "height": pixels.shape[0], "pixels": pixels.ravel().tolist()}


def eight_bits(mode, n_channels, width=WIDTH, height=HEIGHT, sizes=SIZES):
    pixels = noise(width, height, n_channels, 255).astype("u1")
    image = Image.fromarray(pixels, mode)
    return picture(mode, pixels, [
        result(name, numpy.array(image.resize(size, code))) for name, code in FILTERS.items() for size in sizes
    ])


def sixteen_bits():
    """Grey of 16 bits: columns, then rows, by Pillow's pixels of 32-bit floats, made whole numbers after each."""
    pixels = noise(WIDTH, HEIGHT, 1, 65535)

    def resize(pixels, size, code):
        values = numpy.array(Image.fromarray(pixels.astype("f4")).resize(size, code), dtype="f8")
        return numpy.clip(numpy.floor(values + 0.5), 0, 65535).astype(int)

    resized = [
        result(name, resize(resize(pixels, (width, HEIGHT), code), (width, height), code))
        for name, code in FILTERS.items()
        for width, height in SIZES
    ]
    return picture("I;16", pixels, resized)


def conversions():
    """Colours to grey by convert("L")."""
    pixels = noise(WIDTH, HEIGHT, 3, 255).astype("u1")
    return {"rgb": pixels.ravel().tolist(), "gray": numpy.array(Image.fromarray(pixels).convert("L")).ravel().tolist()}


def cases():
    pictures = [eight_bits(mode, n) for mode, n in MODES.items()]
    pictures.append(eight_bits("L", 1, 1, 700, [(1, 9), (3, 2)]))
    pictures.append(eight_bits("RGB", 3, 1, 1, [(4, 3)]))
    return {"pictures": [*pictures, sixteen_bits()], "luma": conversions()}
