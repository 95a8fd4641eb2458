"""Programs in Rust: ours, and peers."""

import functools
import json
import subprocess
from pathlib import Path

from common import ROOT


@functools.cache
def build(*options):
    """Builds a program, ours by default, and returns its path."""
    options = options or ("-p", "lookalike-cli")
    command = ["cargo", "build", "--release", *map(str, options), "--message-format", "json"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    messages = map(json.loads, done.stdout.splitlines())
    return Path([m["executable"] for m in messages if m.get("executable")][-1])
