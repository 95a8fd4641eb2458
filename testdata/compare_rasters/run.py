#!/usr/bin/env python3
"""Compares the rasters that lookalike reads with rasterio, file by file and byte for byte: TIFF, JPEG 2000.

    python3 testdata/compare_rasters/run.py

Makes its own virtual environment, writes some hundred files of every kind to a temporary folder,
has the example `dump_raster` of lookalike-imagery read each, and prints how many are equal by
category. Files in data/scenes of the folder $LOOKALIKE_DATA (or ../shared/data beside the
repository) are compared too. Exit 1 if any value is wrong, or anything is refused that is not
meant to be.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import make_golden  # noqa: E402


def build():
    """The path of the example, built."""
    run = subprocess.run(
        ["cargo", "build", "--release", "-p", "lookalike-imagery", "--example", "dump_raster",
         "--message-format", "json-render-diagnostics"],
        cwd=HERE.parent.parent, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    messages = [json.loads(line) for line in run.stdout.splitlines()]
    return next(m["executable"] for m in reversed(messages) if m.get("executable"))


def scenes():
    from compare_rasters.files import Raster

    folder = pathlib.Path(os.environ.get("LOOKALIKE_DATA", HERE.parents[2] / "shared" / "data"))
    paths = sorted((folder / "scenes").glob("*")) if folder.exists() else []
    # Both libraries decode JPEG, whose colours they upsample differently.
    return [
        (Raster("real scenes", path.name, None, 48 if path.suffix == ".jpg" else 0), str(path))
        for path in paths
        if path.suffix in (".tif", ".jp2", ".jpg")
    ]


def main():
    from compare_rasters import compare, jpeg2000s, tiffs

    program = build()
    with tempfile.TemporaryDirectory() as folder:
        made = [(raster, f"{raster.name}.tif") for raster in tiffs.rasters()]
        made += [(raster, raster.name) for raster in jpeg2000s.rasters()]
        paths = {}
        for raster, name in made:
            paths[raster.name] = os.path.join(folder, name)
            raster.make(paths[raster.name])
        found = scenes()
        paths.update({raster.name: path for raster, path in found})
        rasters = [raster for raster, _ in made + found]
        wrong = compare.compare(rasters, paths, program, folder)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    if make_golden.inside_environment():
        main()
    else:
        make_golden.enter_environment()
