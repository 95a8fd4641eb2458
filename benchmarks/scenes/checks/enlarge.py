"""Enlarges a photo and gives it the noise that a camera would have at this size."""

import json
import sys

import numpy as np
from PIL import Image

NOISE = 2.0


def main():
    source, target, width, height = sys.argv[1:]
    size = (int(width), int(height))
    photo = Image.open(source).convert("RGB").resize(size, Image.Resampling.LANCZOS)
    noise = np.random.default_rng(0).normal(0, NOISE, (size[1], size[0], 3))
    pixels = np.clip(np.rint(np.asarray(photo) + noise), 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(target, quality=95)
    print(json.dumps({"width": size[0], "height": size[1]}))


if __name__ == "__main__":
    main()
