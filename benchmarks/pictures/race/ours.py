"""Our side: one command a run."""

import json
from dataclasses import replace

from common import THREADS
from common.commands import process


def cluster(setting, folder, pictures, *options):
    """`lookalike cluster` with all its outputs; figures are those of metrics.json."""
    folder = setting.folder(folder)
    command = [setting.binary, "cluster", pictures, "-o", folder, "--overwrite", "--quiet"]
    run = process.timed([*command, "--threads", THREADS, *options], folder)
    figures = json.loads((folder / "metrics.json").read_text())
    return replace(run, steps=steps(folder / "run.json"), figures=figures)


def steps(path):
    """Seconds of the steps that a run records of itself."""
    found = {}
    for step in json.loads(path.read_text())["seconds"]:
        found.setdefault(step["step"], []).append(step["seconds"])
    return found
