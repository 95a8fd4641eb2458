"""Colours and colour maps of matplotlib.

    python3 testdata/make_golden.py colormap

also writes colormaps.bin beside the code that reads it: by zlib, one line a map, its name and its
colours as hexadecimal digits; maps that end in _r are left out, as they are others reversed.
"""

import pathlib
import zlib

import matplotlib
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgb

TARGET = (
    pathlib.Path(__file__).parents[2]
    / "crates/lookalike-imagery/src/raster/colormap/colormaps.bin"
)


def levels(colors):
    return np.round(np.asarray(colors)[..., :3] * 255).astype(int).tolist()


def maps():
    for name in sorted(matplotlib.colormaps, key=str.lower):
        if not name.endswith("_r"):
            colormap = matplotlib.colormaps[name]
            yield name, levels(colormap(np.arange(colormap.N)))


def write_maps():
    lines = [f"{name} {''.join('%02x%02x%02x' % tuple(c) for c in lut)}\n" for name, lut in maps()]
    TARGET.write_bytes(zlib.compress("".join(lines).encode(), 9))


def position(i, k):
    return i / (k - 1) if k > 1 else 0.0


def from_lists():
    lists = [
        ["#B90E0A", "navy", "green", "#E1AD01"],
        ["k", "w"],
        ["red", "yellow", "lime", "cyan", "blue", "magenta", "C3"],
        ["#123456", "tab:olive", "0.75"],
        ["#010203", "#fefdfc", "#808080", "#7f00ff", "#00ff7f", "m", "y", "c", "g"],
    ]
    for colors in lists:
        for k in [2, 3, 5, 6, 8, 12, 40, 255, 256]:
            if k != len(colors):
                colormap = LinearSegmentedColormap.from_list("", colors)
                sampled = [colormap(position(i, k)) for i in range(k)]
                yield {"colors": colors, "k": k, "expected": levels(sampled)}


def sampled_maps():
    names = [name for name, _ in maps()]
    for name in [*names, "viridis_r", "terrain_r", "tab10_r"]:
        colormap = matplotlib.colormaps[name]
        for k in [1, 2, 4, 9]:
            if colormap.N <= 20:
                if k <= colormap.N:
                    expected = levels([colormap(i) for i in range(k)])
                    yield {"name": name, "k": k, "expected": expected}
            else:
                expected = levels([colormap(position(i, k)) for i in range(k)])
                yield {"name": name, "k": k, "expected": expected}


def names():
    known = [*"bgrcmykw", "tab:blue", "tab:gray", "tab:grey", "tab:pink", "C0", "C9", "C12", "0.75"]
    known += ["0", "1", "#abc", "#B90E0A", *matplotlib.colors.CSS4_COLORS]
    return [[name, levels(to_rgb(name))] for name in known]


def cases():
    write_maps()
    return {
        "names": names(),
        "from_list": list(from_lists()),
        "maps": list(sampled_maps()),
    }
