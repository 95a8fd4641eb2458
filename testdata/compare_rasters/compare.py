"""Compares what lookalike reads with what rasterio reads, and prints a table by category."""

import collections
import json
import math
import os
import subprocess
import sys

import numpy as np
import rasterio
from PIL import Image
from rasterio.enums import ColorInterp, MaskFlags


def held(nodata, dtype):
    """The value of nodata if samples of a type can be it."""
    fraction = nodata is not None and dtype.kind in "iu" and not float(nodata).is_integer()
    return None if fraction else nodata


def by_libjpeg_turbo(path):
    with Image.open(path) as image:
        return np.moveaxis(np.asarray(image.convert("RGB")), -1, 0)


def reference(path):
    """Bands without alpha, mask and description of a raster as GDAL reads it."""
    with rasterio.open(path) as file:
        array = file.read()
        alpha = [i for i, c in enumerate(file.colorinterp) if c == ColorInterp.alpha]
        bands = [i for i in range(file.count) if i not in alpha]
        if alpha:
            valid = array[alpha[-1]] != 0
        elif MaskFlags.per_dataset in file.mask_flag_enums[0]:
            valid = file.read_masks(1) != 0
        else:
            valid = np.ones(array.shape[1:], bool)
        structure = {**file.tags(ns="IMAGE_STRUCTURE"), **file.tags(1, ns="IMAGE_STRUCTURE")}
        # GDAL makes up a palette for what the file itself calls gray.
        gray = structure.get("MINISWHITE") or structure.get("NBITS") == "1"
        try:
            palette = None if gray else file.colormap(1)
        except ValueError:
            palette = None
        identity = file.transform == rasterio.Affine.identity()
        return {
            "array": array[bands],
            "valid": valid,
            "names": [file.descriptions[b] or "" for b in bands],
            "nodata": [held(file.nodatavals[b], array.dtype) for b in bands],
            "block": list(file.block_shapes[0][::-1]),
            "palette": palette and [list(palette[i]) for i in sorted(palette)],
            "transform": None if identity else list(file.transform.to_gdal()),
            "epsg": file.crs.to_epsg() if file.crs else None,
        }


TYPES = {
    "U8": "uint8", "I8": "int8", "U16": "uint16", "I16": "int16", "U32": "uint32", "I32": "int32",
    "U64": "uint64", "I64": "int64", "F32": "float32", "F64": "float64",
}  # fmt: skip


def ours(program, path, scratch, rows):
    samples, mask = os.path.join(scratch, "samples"), os.path.join(scratch, "mask")
    run = subprocess.run(
        [program, path, samples, mask, *rows], capture_output=True, text=True, timeout=600
    )
    if run.returncode == 2:
        return None, run.stderr.strip()
    if run.returncode != 0:
        raise RuntimeError(f"exit {run.returncode}: {run.stderr.strip()[-300:]}")
    found = json.loads(run.stdout)
    shape = (len(found["names"]), found["height"], found["width"])
    found["array"] = np.fromfile(samples, TYPES[found["sample_type"]]).reshape(shape)
    found["valid"] = np.fromfile(mask, "uint8").reshape(shape[1:]) != 0
    return found, ""


def same_number(a, b, dtype):
    if a is None or b is None:
        return a is b
    a = float(a)
    with np.errstate(over="ignore"):
        b = float(np.float32(b)) if dtype == "float32" else float(b)
    return a == b or (math.isnan(a) and math.isnan(b))


def close(a, b):
    if a is None or b is None:
        return a is b
    return all(abs(x - y) <= 1e-9 * max(1, abs(y)) for x, y in zip(a, b))


def differences(expected, found, tolerance):
    """What differs, in words; nothing where all is equal. And whether a tolerance was needed."""
    a, b = expected["array"], found["array"]
    said, tolerated = [], False
    if a.dtype != b.dtype or a.shape != b.shape:
        return [f"{b.dtype}{b.shape} for {a.dtype}{a.shape}"], False
    if a.tobytes() != b.tobytes():
        both_nan = np.isnan(a) & np.isnan(b) if a.dtype.kind == "f" else np.zeros(a.shape, bool)
        far = np.abs(a.astype("float64") - b.astype("float64"))
        far[both_nan] = 0
        worst = np.nanmax(far) if not np.isnan(far).all() else math.inf
        if np.isnan(far).any() or worst > tolerance:
            said.append(f"{np.count_nonzero(far > tolerance)} samples differ, by up to {worst:g}")
        elif worst > 0:
            tolerated = True
    if not np.array_equal(expected["valid"], found["valid"]):
        said.append(f"{np.count_nonzero(expected['valid'] != found['valid'])} pixels of the mask")
    # Where GDAL knows no names, ours may be better.
    if any(expected["names"]) and expected["names"] != found["names"]:
        said.append(f"names: {found['names']} for {expected['names']}")
    if expected["palette"] != found["palette"]:
        said.append(f"palette: {str(found['palette'])[:80]} for {str(expected['palette'])[:80]}")
    if not all(same_number(f, e, a.dtype) for f, e in zip(found["nodata"], expected["nodata"])):
        said.append(f"nodata: {found['nodata']} for {expected['nodata']}")
    if not close(found["transform"], expected["transform"]):
        said.append(f"transform: {found['transform']} for {expected['transform']}")
    if found["epsg"] != expected["epsg"] and expected["epsg"] is not None:
        said.append(f"epsg: {found['epsg']} for {expected['epsg']}")
    return said, tolerated


def judge(raster, path, program, scratch):
    """One of equal, tolerated, refused, WRONG; and why."""
    rows = ["16"] if len(raster.name) % 2 else []
    try:
        found, error = ours(program, path, scratch, rows)
    except (RuntimeError, subprocess.TimeoutExpired) as failure:
        return "WRONG", str(failure)
    if found is None:
        if raster.refused and raster.refused in error:
            return "refused", error
        return "WRONG", f"refused: {error}"
    if raster.refused:
        return "WRONG", f"read, but should be refused with “{raster.refused}”"
    expected = reference(path)
    if raster.chroma:
        expected["array"] = by_libjpeg_turbo(path)
    said, tolerated = differences(expected, found, raster.tolerance)
    if said:
        return "WRONG", "; ".join(said)
    return ("tolerated" if tolerated else "equal"), ""


def compare(rasters, paths, program, scratch, out=sys.stdout):
    """Prints the table; returns how many are wrong."""
    verdicts = ["equal", "tolerated", "refused", "WRONG"]
    table = collections.defaultdict(collections.Counter)
    wrong = []
    for raster in rasters:
        verdict, why = judge(raster, paths[raster.name], program, scratch)
        table[raster.category][verdict] += 1
        if verdict == "WRONG":
            wrong.append(f"{raster.name}: {why}")
    total = collections.Counter()
    for counts in table.values():
        total.update(counts)
    print(f"| category | files | {' | '.join(verdicts)} |", file=out)
    print(f"|---|{'---|' * (len(verdicts) + 1)}", file=out)
    for category, counts in [*table.items(), ("**all**", total)]:
        cells = " | ".join(str(counts[v] or "") for v in verdicts)
        print(f"| {category} | {sum(counts.values())} | {cells} |", file=out)
    for line in wrong:
        print(f"WRONG {line}", file=sys.stderr)
    return len(wrong)
