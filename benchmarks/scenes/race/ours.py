"""Our side: one command a run."""

import functools
import json
import subprocess
from dataclasses import replace
from pathlib import Path

from common import ROOT, THREADS
from race import process


@functools.cache
def build():
    """Builds the program and returns its path."""
    command = "cargo build --release -p lookalike-cli --message-format json"
    done = subprocess.run(command.split(), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    messages = map(json.loads, done.stdout.splitlines())
    return Path([m["executable"] for m in messages if m.get("executable")][-1])


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
