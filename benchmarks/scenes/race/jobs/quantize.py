"""A photo of 12 megapixels in 256 colours, by libimagequant, by quantette and by Pillow's own k-means."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

from common import THREADS, data
from common.commands import process, program, rows

K = 256
QUANTIZE = ("count the colours", "choose the palette", "give each pixel its colour")
MANIFEST = Path(__file__).resolve().parents[2] / "rust" / "Cargo.toml"
# Name, ratio wanted, pairs (Pillow takes a minute and more), and with which ditherings.
PEERS = {
    "imagequant": ("libimagequant", 3, 5, (False, True)),
    "quantette": ("quantette", 1, 5, (False, True)),
    "quantette-all": ("quantette of all pixels", 1, 5, (False, True)),
    "pillow": ("Pillow's quantize(256, kmeans=3)", 3, 1, (False,)),
}


def measure(setting):
    photo = setting.work / "photo.jpg"
    size = (1000, 750) if setting.quick else (4000, 3000)
    process.check("enlarge", data.path("scenes/seville.jpg"), photo, *size)
    races, checks = [], []
    for peer, (name, wanted, pairs, ditherings) in PEERS.items():
        for dither in ditherings:
            mine, peers = rows.in_turn(
                setting.pairs(pairs),
                partial(ours, setting, photo, dither),
                lambda pair, peer=peer, dither=dither: theirs(setting, peer, photo, dither),
            )
            how = f"{name}, dithered" if dither else name
            races += [
                rows.race(f"whole command against {how}", mine, peers, wanted=wanted),
                rows.race(
                    f"quantizing alone against {how}",
                    mine,
                    peers,
                    wanted=wanted,
                    seconds=lambda run: run.step(*QUANTIZE),
                    their_seconds=lambda run: run.step("quantize"),
                ),
            ]
            checks.append(psnr_check(how, photo, mine[-1], peers[-1], dither))
    return {
        "title": f"a photo of {size[0]}×{size[1]} pixels in {K} colours",
        "races": races,
        "checks": checks,
        "notes": [
            "The photo is `seville.jpg`, enlarged by Pillow (Lanczos), with Gaussian noise of standard "
            "deviation 2, saved as JPEG of quality 95. Commands read it, quantize it and write a PNG "
            "with a palette. PSNR is that of the sRGB values that Pillow reads from both files.",
            "Dithered pictures are compared for the record: there PSNR says how much a method dithers, "
            "not how good it looks; libimagequant dithers less where it sees no need.",
            "quantette runs its k-means, which learns from 262 144 pixels in Oklab unless told to learn from all, as "
            "a program of its own with 2 threads. Neither brings its error down to ours.",
        ],
    }


def psnr_check(how, photo, mine, peer, dither):
    ours, theirs = (
        process.check("psnr", photo, run.folder / "quantized.png")["psnr"] for run in (mine, peer)
    )
    wanted = "for the record" if dither else f"at least {theirs:.3f}"
    found = f"{ours:.3f} dB, theirs {theirs:.3f} dB"
    return rows.check(f"PSNR against {how}", found, wanted, dither or ours >= theirs)


def ours(setting, photo, dither, seed):
    folder = setting.folder("ours")
    output = folder / "quantized.png"
    command = [setting.binary, "quantize", photo, "-k", K, "-o", output, "--quiet"]
    command += ["--seed", seed, "--threads", THREADS]
    run = process.timed([*command, *(["--dither", "floyd-steinberg"] if dither else [])], folder)
    steps = json.loads((folder / "quantized.png.run.json").read_text())["seconds"]
    return replace(run, steps={step["step"]: [step["seconds"]] for step in steps})


def theirs(setting, peer, photo, dither):
    folder = setting.folder("theirs")
    options = ["--dither"] if dither else []
    if peer in ("quantette", "quantette-all"):
        command = [program.build("--manifest-path", MANIFEST), folder, photo, K, "--threads", THREADS]
        options += ["--all"] if peer == "quantette-all" else []
        return process.with_report(process.timed([*command, *options], folder))
    return process.theirs("quantize", folder, peer, photo, K, *options)
