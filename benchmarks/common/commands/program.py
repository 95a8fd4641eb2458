"""Our program."""

import functools
import json
import subprocess
from pathlib import Path

from common import ROOT


@functools.cache
def build():
    """Builds the program and returns its path."""
    command = "cargo build --release -p lookalike-cli --message-format json"
    done = subprocess.run(command.split(), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    messages = map(json.loads, done.stdout.splitlines())
    return Path([m["executable"] for m in messages if m.get("executable")][-1])
