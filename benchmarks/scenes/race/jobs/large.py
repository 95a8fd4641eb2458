"""A scene of the size of a Sentinel-2 tile, within a memory ceiling."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from common import environment
from common.commands import process, rows
from race import ours

K = 8
MIB = 2**20


@dataclass(frozen=True)
class Size:
    """Side in pixels, `--ram` in MiB, the peak that is allowed with it, and more than it needs."""

    side: int
    ram: int
    limit: float
    plenty: int


FULL = Size(side=10980, ram=1024, limit=1.2 * 1024, plenty=16 * 1024)
QUICK = Size(side=2196, ram=64, limit=1.2 * 1024, plenty=1024)


def measure(setting):
    size = QUICK if setting.quick else FULL
    scene = made(size)
    centers = setting.work / "centers.csv"
    process.check("draw_centers", centers, K, scene)

    def segment(folder="ours", ram=size.ram, **rest):
        options = ["-k", K, "--init", centers, "--n-init", 1, "--ram", f"{ram}MiB"]
        return ours.segment(setting, folder, [scene], *options, **rest)

    def theirs(kind):
        start = ["--init", centers, "--dtype", kind, "--in-place"]
        return lambda _: process.theirs("scene", setting.folder(kind), scene, *start)

    decode = process.check("decode", scene)["seconds"]
    mine, doubles, singles = rows.in_turn(
        setting.pairs(3), lambda _: segment(), theirs("float64"), theirs("float32")
    )
    last, double, single = mine[-1], doubles[-1], singles[-1]
    peak = max(run.peak for run in mine) / MIB
    return {
        "title": f"{size.side}×{size.side}, 4 bands of 16 bits, generated, k = {K}, one start",
        "races": [
            rows.race("whole command, scikit-learn in float64", mine, doubles, wanted=6),
            rows.race("whole command, scikit-learn in float32", mine, singles, wanted=6),
            *(
                rows.race(
                    f"fit and classify, scikit-learn in {kind}",
                    mine,
                    runs,
                    seconds=lambda run: run.step("find the classes", "classify"),
                    their_seconds=lambda run: run.step("fit"),
                )
                for kind, runs in (("float64", doubles), ("float32", singles))
            ),
        ],
        "checks": [
            rows.check(
                f"our peak with `--ram {size.ram}MiB`, MiB",
                f"{peak:.0f}",
                f"at most {size.limit:.0f}",
                peak <= size.limit,
            ),
            same_bits(last, segment, size),
            agreement("float64", last, double, scene, least=0.9999),
            agreement("float32", last, single, scene, least=0),
        ],
        "notes": [
            passes(last),
            f"One plain decode: ours {last.step('decode it, of that'):.2f} s of the reading, "
            f"rasterio {decode:.2f} s for the whole file.",
            "Iterations: ours {}, theirs {} in float64 and {} in float32.".format(
                *(run.figures["n_iter"] for run in (last, double, single))
            ),
            rows.steps("Ours", last),
            rows.steps("Theirs in float64", double),
            rows.steps("Theirs in float32", single),
        ],
    }


def made(size):
    """The scene, which is made once and kept; under its own name only when it is whole."""
    folder = environment.CACHE / "scenes"
    folder.mkdir(parents=True, exist_ok=True)
    scene = folder / f"generated-1-{size.side}.tif"
    if not scene.exists():
        part = scene.with_suffix(".part.tif")
        process.check("generate", part, size.side)
        os.replace(part, scene)
    return scene


def same_bits(last, segment, size):
    """The class map must not depend on memory or threads."""
    found = {f"{size.ram} MiB, 2 threads": digest(last)}
    found[f"{size.plenty} MiB, 2 threads"] = digest(segment("plenty", ram=size.plenty))
    for threads in (1, 8):
        found[f"{size.ram} MiB, {threads} threads"] = digest(segment("threads", threads=threads))
    kinds = set(found.values())
    what = "SHA-256 of the class map with " + "; ".join(found)
    return rows.check(what, ", ".join(sorted(k[:12] for k in kinds)), "one value", len(kinds) == 1)


def digest(run):
    with Path(ours.classes(run)).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def agreement(kind, last, run, scene, least):
    same = process.check("compare", ours.classes(last), ours.model(last), run.folder, scene)
    share = 1 - same["differing"] / same["pixels"]
    return rows.check(
        f"pixels of the same class as scikit-learn's ({kind})",
        f"{100 * share:.5f} % of {same['pixels']}; centres differ by "
        f"{same['center_difference']:.2g} at the most"
        + ("" if same["paired"] else ", two of theirs are nearest to one of ours"),
        f"at least {100 * least:g} %; the same pixels invalid" if least else "for the record",
        same["invalid"] == 0 and share >= least and (same["paired"] or not least),
    )


def passes(run):
    seconds = run.steps["pass over all pixels, of that"]
    each = ", ".join(f"{s:.2f}" for s in seconds)
    return f"Full passes over the data to find the classes: {len(seconds)}, of {each} s."
