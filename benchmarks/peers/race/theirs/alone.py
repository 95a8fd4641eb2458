"""A peer in a process of its own: how much memory it takes.

    python -m race.theirs.alone FOLDER

FOLDER holds the rows (x.npy) and the peer, the job and its parameters (request.pickle). Prints the peak in bytes.
"""

import os
import pathlib
import pickle
import subprocess
import sys
import tempfile

import numpy as np

from common import ROOT
from race import theirs

BENCHMARKS = ROOT / "benchmarks"


def peak_bytes(peer, job, x, **parameters):
    """The most memory that a fresh process held which read `x` and did this."""
    with tempfile.TemporaryDirectory(prefix="lookalike-peers-") as folder:
        np.save(f"{folder}/x.npy", x)
        pathlib.Path(folder, "request.pickle").write_bytes(pickle.dumps((peer, job, parameters)))
        command = [sys.executable, "-m", "race.theirs.alone", folder]
        path = {"PYTHONPATH": f"{BENCHMARKS}:{BENCHMARKS / 'peers'}"}
        done = subprocess.run(command, env=os.environ | path, capture_output=True, text=True)
    if done.returncode != 0:
        raise theirs.Failed(f"{peer} ended with {done.returncode}: {done.stderr.strip()[-200:]}")
    return int(done.stdout.split()[-1])


def own_peak_bytes():
    status = pathlib.Path("/proc/self/status").read_text()
    return next(1024 * int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def main(folder):
    x = np.load(f"{folder}/x.npy")
    peer, job, parameters = pickle.loads(pathlib.Path(folder, "request.pickle").read_bytes())
    result = theirs.run(peer, job, x, **parameters)
    # A peer in Rust is one more process, which says its own.
    print(result.get("peak_bytes") or own_peak_bytes())


if __name__ == "__main__":
    main(sys.argv[1])
