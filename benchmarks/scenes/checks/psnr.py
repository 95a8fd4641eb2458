"""Prints the peak signal-to-noise ratio of a picture, in decibels of its sRGB values, as JSON."""

import json
import sys

import numpy as np
from PIL import Image


def main():
    before, after = (np.asarray(Image.open(path).convert("RGB"), float) for path in sys.argv[1:])
    print(json.dumps({"psnr": 10 * np.log10(255**2 / np.mean((before - after) ** 2))}))


if __name__ == "__main__":
    main()
