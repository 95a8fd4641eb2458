"""Reads a photo, quantizes it by libimagequant or by Pillow, and writes a PNG with a palette."""

import time

START = time.perf_counter()

import argparse  # noqa: E402
from pathlib import Path  # noqa: E402

import imagequant  # noqa: E402
from PIL import Image  # noqa: E402

from common.commands.steps import Steps  # noqa: E402


def main():
    options = parse()
    steps = Steps(START)
    steps.done("import")
    photo = Image.open(options.photo).convert("RGB")
    steps.done("read")
    if options.peer == "imagequant":
        quantized = imagequant.quantize_pil_image(
            photo, dithering_level=float(options.dither), max_colors=options.k
        )
    else:
        quantized = photo.quantize(options.k, kmeans=3, dither=Image.Dither.NONE)
    steps.done("quantize")
    quantized.save(options.folder / "quantized.png")
    steps.done("write")
    steps.write(options.folder)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("peer", choices=("imagequant", "pillow"))
    parser.add_argument("photo")
    parser.add_argument("k", type=int)
    parser.add_argument("--dither", action="store_true", help="libimagequant's, in full")
    return parser.parse_args()


if __name__ == "__main__":
    main()
