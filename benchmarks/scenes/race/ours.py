"""Our side: one command a run."""

import json
from dataclasses import replace

from common import THREADS
from common.commands import process


def segment(setting, folder, inputs, *options, threads=THREADS):
    """`lookalike segment` with all its outputs; figures are those of the model's fit."""
    folder = setting.folder(folder)
    command = [setting.binary, "segment", *inputs, "-o", folder, "--overwrite", "--quiet"]
    run = process.timed([*command, "--threads", threads, *options], folder)
    steps = {}
    for step in json.loads((folder / "run.json").read_text())["seconds"]:
        steps.setdefault(step["step"], []).append(step["seconds"])
    return replace(run, steps=steps, figures=json.loads(model(run).read_text())["fit"])


def model(run):
    return one_file(run.folder, "*.model.json")


def classes(run):
    return one_file(run.folder, "*.tif")


def one_file(folder, pattern):
    (path,) = folder.glob(pattern)
    return path
