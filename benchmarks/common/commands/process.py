"""A command in a process of its own: its seconds and its peak memory."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from common import THREADS

# The folder of the runner, whose scripts are run.
HERE = Path(sys.argv[0]).resolve().parent


@dataclass(frozen=True)
class Run:
    """`seconds` on the clock, `cpu` of all threads, `peak` resident bytes, and what it reported.

    `steps` are seconds by step, one after another where a step is done several times.
    """

    seconds: float
    cpu: float
    peak: int
    folder: Path
    steps: dict = field(default_factory=dict)
    figures: dict = field(default_factory=dict)

    def step(self, *names):
        return sum(sum(self.steps[name]) for name in names)


def timed(command, folder):
    """Runs a command that writes into `folder`, and fails with its last words if it fails.

    A child's peak begins with what its parent held when it was started, so this process must stay
    small: whatever reads pixels is a process of its own.
    """
    log = folder.with_suffix(".log")
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)), cwd=HERE, env=environment(), stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        words = log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(process.args)}\nended with {process.returncode}:\n{words}")
    # Linux counts in kibibytes, macOS in bytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Run(seconds, usage.ru_utime + usage.ru_stime, peak, folder)


def theirs(module, folder, *arguments):
    """Runs a module of `theirs`."""
    command = [sys.executable, "-m", f"theirs.{module}", folder, *arguments]
    return with_report(timed(command, folder))


def with_report(run):
    """The run of a peer that left its steps and figures in theirs.json."""
    told = json.loads((run.folder / "theirs.json").read_text())
    steps = {name: [seconds] for name, seconds in told["seconds"].items()}
    return replace(run, steps=steps, figures=told["figures"])


def check(module, *arguments):
    """What a module of `checks` prints, which is JSON."""
    command = [sys.executable, "-m", f"checks.{module}", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=HERE, env=environment(), check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout)


def environment():
    threads = str(THREADS)
    paths = os.pathsep.join([str(HERE), str(HERE.parent)])
    return os.environ | {
        "GDAL_NUM_THREADS": threads,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": paths,
    }
