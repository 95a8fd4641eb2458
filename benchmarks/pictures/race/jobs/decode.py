"""Photos of two megapixels as JPEG files, decoded and brought to 32×32 pixels."""

from dataclasses import replace
from functools import partial

from common import THREADS, data
from common.commands import process, rows
from race import ours

WANTED = 1.5


def measure(setting):
    n = 12 if setting.quick else 96
    photos = setting.folder("photos")
    process.check("make_photos", data.path("scenes/seville.jpg"), photos, n)
    mine, peers = rows.in_turn(
        setting.pairs(5), partial(embed, setting, photos), partial(theirs, setting, photos)
    )
    difference = process.check(
        "difference", mine[-1].folder / "photos.npy", peers[-1].folder / "embeddings.npy"
    )
    return {
        "title": f"{n} JPEG photos of 1600×1200 pixels",
        "races": [
            rows.race("whole command", mine, peers, wanted=WANTED),
            rows.race(
                "decoding and shrinking alone",
                mine,
                peers,
                wanted=WANTED,
                seconds=lambda run: run.step("features"),
                their_seconds=lambda run: run.step("decode"),
            ),
        ],
        "checks": [
            rows.check(
                "mean difference of the 32×32 pixels, levels of 255",
                f"{difference['mean']:.3f}, the greatest {difference['greatest']:.1f}",
                "a mean below 0.5",
                difference["mean"] < 0.5,
            )
        ],
        "notes": [
            "`lookalike embed PHOTOS --features pixels --size 32 --color rgb --no-cache`; theirs Pillow "
            "in two processes, `convert(\"RGB\").resize((32, 32), BILINEAR)`. The photos are parts of "
            "`seville.jpg`, enlarged by Pillow, with noise, saved with quality 90.",
        ],
    }


def embed(setting, photos, _):
    folder = setting.folder("ours")
    command = [setting.binary, "embed", photos, "-o", folder / "photos.npy", "--quiet"]
    command += ["--features", "pixels", "--size", 32, "--color", "rgb", "--no-cache"]
    run = process.timed([*command, "--threads", THREADS], folder)
    return replace(run, steps=ours.steps(folder / "photos.npy.run.json"))


def theirs(setting, photos, _):
    return process.theirs("decode", setting.folder("theirs"), photos)
