"""Stretches and clusters a photo, as the tutorial does, and writes pictures, map and counts."""

import time

START = time.perf_counter()

import argparse  # noqa: E402
from pathlib import Path  # noqa: E402

import matplotlib  # noqa: E402

matplotlib.use("agg")

import matplotlib.colors as mc  # noqa: E402
import numpy as np  # noqa: E402
import rasterio  # noqa: E402
from PIL import Image  # noqa: E402
from sklearn.cluster import KMeans  # noqa: E402

from common.commands.steps import Steps  # noqa: E402


def main():
    options = parse()
    if options.figures:
        import matplotlib.pyplot as plt
        from rasterio.plot import show
    steps = Steps(START)
    steps.done("import")

    with rasterio.open(options.scene) as raster:
        bands = raster.read()
    steps.done("read")

    low, high = np.nanpercentile(bands, (5, 95))
    if options.figures:
        _, axes = plt.subplots(figsize=[20, 20])
        with rasterio.open(options.scene) as raster:
            show(raster, cmap="gray", vmin=low, vmax=high, ax=axes)
        save_figure(plt, options.folder / "stretched.jpg")
    else:
        levels = np.clip((np.arange(256) - low) * (255 / (high - low)), 0, 255).astype(np.uint8)
        Image.fromarray(levels[np.moveaxis(bands, 0, 2)]).save(options.folder / "stretched.png")
    steps.done("stretch")

    pixels = np.moveaxis(bands, 0, 2).reshape(-1, len(bands))
    recipe = KMeans(options.k, n_init=options.starts, random_state=options.seed)
    model = recipe.fit(pixels)
    labels = model.labels_.reshape(bands.shape[1:])
    steps.done("cluster")

    colors = mc.LinearSegmentedColormap.from_list("", options.colors.split(","))
    if options.figures:
        plt.figure(figsize=[20, 20])
        plt.imshow(labels, cmap=colors)
        save_figure(plt, options.folder / "clustered.jpg")
    else:
        palette = colors(np.linspace(0, 1, options.k), bytes=True)[:, :3]
        Image.fromarray(palette[labels]).save(options.folder / "clustered.png")
    steps.done("picture")

    write_map(options, labels, colors)
    counts = np.bincount(labels.ravel(), minlength=options.k)
    lines = [f"{c + 1},{n},{n / labels.size}" for c, n in enumerate(counts)]
    (options.folder / "counts.csv").write_text("\n".join(["class,pixels,share", *lines, ""]))
    steps.done("map and counts")
    steps.write(options.folder, inertia=float(model.inertia_), n_iter=int(model.n_iter_))


def save_figure(plt, path):
    plt.axis("off")
    plt.savefig(path, bbox_inches="tight")
    plt.close()


def write_map(options, labels, colors):
    palette = colors(np.linspace(0, 1, options.k), bytes=True).tolist()
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "nodata": 0}
    profile |= {"height": labels.shape[0], "width": labels.shape[1]}
    profile |= {"compress": "deflate", "tiled": True}
    with rasterio.open(options.folder / "classes.tif", "w", **profile) as written:
        written.write((labels + 1).astype(np.uint8), 1)
        written.write_colormap(1, {c + 1: tuple(color) for c, color in enumerate(palette)})


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("scene")
    parser.add_argument("k", type=int)
    parser.add_argument("starts", type=int)
    parser.add_argument("colors")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--figures", action="store_true", help="pictures by matplotlib's savefig")
    return parser.parse_args()


if __name__ == "__main__":
    main()
