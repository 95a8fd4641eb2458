"""Pictures as networks want them, by Pillow and NumPy with the steps of torchvision, Keras and CLIP.

torchvision's Resize and CenterCrop of a Pillow image, and keras.utils.load_img, are these calls of
Pillow; the numbers are those of ToTensor and Normalize, and of keras.applications.imagenet_utils.
"""

import numpy
from PIL import Image

SIDE = 14
N_PICTURES = 20
SOURCE = 60


def source():
    """Waves and noise, cut from to make pictures of all shapes."""
    rng = numpy.random.default_rng(9)
    y, x, c = numpy.mgrid[:SOURCE, :SOURCE, :3]
    waves = 127 + 70 * numpy.sin(x / (3 + c)) + 50 * numpy.cos(y / 5 - c) + rng.normal(0, 25, x.shape)
    return numpy.clip(numpy.round(waves), 0, 255).astype("u1")


def rectangles():
    """Some smaller than the input, some much longer than wide."""
    rng = numpy.random.default_rng(10)
    for _ in range(N_PICTURES):
        width, height = rng.integers(5, SOURCE + 1, 2).tolist()
        yield rng.integers(0, SOURCE - width + 1).item(), rng.integers(0, SOURCE - height + 1).item(), width, height


def columns_first(image, size, resampling):
    """Two calls, for Pillow 13 does some shapes by rows first, which can be three levels away from what
    Pillow 12 and all before made of them."""
    return image.resize((size[0], image.height), resampling).resize(size, resampling)


def shorter_side(image, side, resampling):
    width, height = image.size
    short, long = min(width, height), max(width, height)
    new_long = int(side * long / short)
    size = (side, new_long) if width <= height else (new_long, side)
    image = columns_first(image, size, resampling)
    left, top = (int(round((length - SIDE) / 2.0)) for length in image.size)
    return image.crop((left, top, left + SIDE, top + SIDE))


FITS = {
    "imagenet": lambda image: shorter_side(image, int(SIDE / 0.875), Image.Resampling.BILINEAR),
    "keras-caffe": lambda image: image.resize((SIDE, SIDE), Image.Resampling.NEAREST),
    "keras-tf": lambda image: image.resize((SIDE, SIDE), Image.Resampling.NEAREST),
    "clip": lambda image: shorter_side(image, SIDE, Image.Resampling.BICUBIC),
    "none": lambda image: columns_first(image, (SIDE, SIDE), Image.Resampling.BILINEAR),
}


def imagenet(x):
    return (x / 255 - numpy.array([0.485, 0.456, 0.406])) / numpy.array([0.229, 0.224, 0.225])


def clip(x):
    mean = numpy.array([0.48145466, 0.4578275, 0.40821073])
    return (x / 255 - mean) / numpy.array([0.26862954, 0.26130258, 0.27577711])


NUMBERS = {
    "imagenet": imagenet,
    "keras-caffe": lambda x: x[..., ::-1] - numpy.array([103.939, 116.779, 123.68]),
    "keras-tf": lambda x: x / 127.5 - 1,
    "clip": clip,
    "none": lambda x: x,
}


def preset(name, images):
    levels = [numpy.asarray(FITS[name](image)) for image in images]
    return {
        "levels": [picture.ravel().tolist() for picture in levels],
        # Of the first picture, pixel by pixel.
        "numbers": [round(x, 6) for x in NUMBERS[name](levels[0].astype("f8")).ravel().tolist()],
    }


def cases():
    whole = Image.fromarray(source())
    boxes = list(rectangles())
    images = [whole.crop((x, y, x + width, y + height)) for x, y, width, height in boxes]
    return {
        "side": SIDE,
        "source_side": SOURCE,
        "source": source().ravel().tolist(),
        "rectangles": boxes,
        "presets": {name: preset(name, images) for name in FITS},
    }
