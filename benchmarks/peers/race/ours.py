"""Our side: one living process that is sent a job a line."""

import functools
import json
import pathlib
import subprocess
import tempfile

import numpy as np

from common import ROOT, THREADS

OUTPUTS = {
    "tsne": np.float32,
    "pca": np.float32,
    "k_nearest": np.uint32,
    "silhouette": None,
    "spanning_tree": None,
}
FOLDER = tempfile.TemporaryDirectory(prefix="lookalike-peers-")
FILES = {}


@functools.cache
def build(*options):
    """Builds a binary, ours by default, and returns its path."""
    options = options or ("-p", "lookalike-benchmarks", "--bin", "peer_jobs")
    command = ["cargo", "build", "--release", *options, "--message-format", "json"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    messages = map(json.loads, done.stdout.splitlines())
    return [m["executable"] for m in messages if m.get("executable")][-1]


def start(program=None):
    pipe = subprocess.PIPE
    return subprocess.Popen([program or build()], stdin=pipe, stdout=pipe, text=True, bufsize=1)


def stop(process):
    process.stdin.close()
    if process.wait() != 0:
        raise RuntimeError(f"our process ended with {process.returncode}")


def ask(process, job, x, **parameters):
    """Runs one job; a dictionary of seconds, figures, peak_bytes and output."""
    output = pathlib.Path(FOLDER.name) / "output"
    request = {"job": job, "threads": THREADS, "input": matrix(x), "output": str(output)}
    for name, value in parameters.items():
        if isinstance(value, np.ndarray):
            value = matrix(value) if value.ndim == 2 else raw_file(value)
        request[name] = value
    print(json.dumps(request), file=process.stdin, flush=True)
    reply = process.stdout.readline()
    if not reply:
        raise RuntimeError(f"the process died of {job}")
    dtype = OUTPUTS.get(job, np.int32)
    result = json.loads(reply)
    if dtype is not None:
        numbers = np.fromfile(output, dtype=dtype)
        result["output"] = numbers if dtype is np.int32 else numbers.reshape(len(x), -1)
    return result


def matrix(x):
    if x.dtype != np.float32:
        raise TypeError(f"matrices go to our process as f32, got {x.dtype}")
    return {"path": raw_file(x), "rows": x.shape[0], "columns": x.shape[1]}


def forget():
    """Removes the files of all arrays."""
    for path, _ in FILES.values():
        pathlib.Path(path).unlink()
    FILES.clear()


def raw_file(array):
    """The file of an array's numbers; kept with the array, whose id would else be used again."""
    if id(array) not in FILES:
        path = pathlib.Path(FOLDER.name) / f"input-{len(FILES)}"
        array.tofile(path)
        FILES[id(array)] = (str(path), array)
    return FILES[id(array)][0]
