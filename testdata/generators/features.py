"""Features of pictures, plainly: pixels by Pillow, the descriptor written down a second time in NumPy."""

import pathlib

import numpy
from PIL import Image

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "golden" / "pictures"
CELLS, ORIENTATIONS, FLAT, MAX_SHARE = 6, 12, 0.05, 0.3
WORKING_SIDE = 128


def oklab(rgb):
    level = rgb / 255.0
    light = numpy.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    cones = light @ numpy.array([
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]).T
    return numpy.cbrt(cones) @ numpy.array([
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]).T


def triangles(positions, n):
    """The weights of n points at 0, 1, … for each of the positions."""
    positions = numpy.clip(positions, 0, n - 1)
    return numpy.maximum(0, 1 - numpy.abs(positions[:, None] - numpy.arange(n)))


def gradients(lightness):
    height, width = lightness.shape
    padded = numpy.pad(lightness, 1, mode="edge")
    dx = padded[1:-1, 2:] - padded[1:-1, :-2]
    dy = padded[2:, 1:-1] - padded[:-2, 1:-1]
    angle = numpy.arctan2(dy, dx) % (2 * numpy.pi) / (2 * numpy.pi) * ORIENTATIONS
    # The last point is the first again.
    around = triangles(angle.ravel(), ORIENTATIONS + 1)
    around[:, 0] += around[:, -1]
    votes = around[:, :-1].reshape(height, width, -1) * numpy.hypot(dx, dy)[..., None]
    down, across = [triangles((numpy.arange(n) + 0.5) / n * CELLS - 0.5, CELLS) for n in (height, width)]
    cells = numpy.einsum("yi,yxo,xj->ijo", down, votes, across) * CELLS**2 / (height * width)
    shares = [[[] for _ in range(CELLS)] for _ in range(CELLS)]
    for y in range(CELLS - 1):
        for x in range(CELLS - 1):
            block = cells[y : y + 2, x : x + 2]
            block = numpy.minimum(block / numpy.sqrt((block**2).sum() + FLAT**2), MAX_SHARE)
            for i in range(2):
                for j in range(2):
                    shares[y + i][x + j].append(block[i, j])
    shares = numpy.array([[numpy.mean(cell, axis=0) for cell in row] for row in shares]).ravel()
    return shares / numpy.sqrt((shares**2).sum() + 1e-9)


def colors(lab):
    lab = lab.reshape(-1, 3)
    axes = [triangles(lab[:, 0] * 5, 6), *(triangles((lab[:, c] + 0.2) / 0.4 * 6, 7) for c in (1, 2))]
    return numpy.sqrt(numpy.einsum("ni,nj,nk->ijk", *axes).ravel() / len(lab))


def layout(image):
    tiny = oklab(numpy.array(image.resize((4, 4), Image.Resampling.BOX), dtype=float))
    return ((tiny - [0.5, 0, 0]) * [1, 4, 4] / 4).ravel()


def descriptor(image):
    longer = max(image.size)
    if longer > WORKING_SIDE:
        size = [max(1, (2 * side * WORKING_SIDE + longer) // (2 * longer)) for side in image.size]
        image = image.resize(size, Image.Resampling.BILINEAR)
    lab = oklab(numpy.array(image, dtype=float))
    return numpy.concatenate([gradients(lab[..., 0]), 0.5 * colors(lab), 0.5 * layout(image)])


def pattern(width, height):
    y, x = numpy.mgrid[:height, :width]
    wave = x * x // 16 + y * 5 + x * y // 32
    return Image.fromarray(numpy.stack([wave % 256, x * 3 % 256, (255 - y % 256) // 2], axis=-1).astype("u1"))


def described(image, **what):
    return {**what, "row": [round(value, 6) for value in descriptor(image.convert("RGB")).tolist()]}


def pixels(name, color, side):
    with Image.open(FOLDER / name) as image:
        image = image.convert(color)
        if side:
            image = image.resize((side, side), Image.Resampling.BILINEAR)
        return {"file": name, "color": color, "side": side, "row": numpy.array(image).ravel().tolist()}


def cases():
    files = ["rgb.png", "gray.png", "palette.bmp", "bilevel.png"]
    sizes = [(32, 32), (28, 28), (128, 100), (1, 1), (3, 50), (200, 90), (90, 301)]
    return {
        "pixels": [pixels(name, *way) for name in ("rgb.png", "gray.png")
                   for way in (("L", 0), ("RGB", 0), ("L", 8), ("RGB", 5))],
        "descriptor": [
            *(described(Image.open(FOLDER / name), file=name) for name in files),
            *(described(pattern(*size), width=size[0], height=size[1]) for size in sizes),
        ],
    }
