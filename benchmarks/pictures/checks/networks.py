"""Features of networks beside onnxruntime's, on the same numbers: the pictures as x/127.5 − 1, the same
batches, the same threads.

usage: python -m checks.networks PAIRS PICTURES NETWORK
"""

import importlib
import json
import subprocess
import sys
import tempfile
import time

import numpy
import onnx
import onnxruntime

from common import ROOT, THREADS, environment
from networks.builder import save

CACHE = environment.CACHE / "networks"
SIDE = 224


def main():
    pairs, pictures, name = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    print(json.dumps(race(name, build(), pairs, pictures)))


def build():
    command = ["cargo", "build", "--release", "-p", "lookalike-imagery", "--example", "cnn_speed"]
    output = subprocess.check_output([*command, "--message-format", "json"], cwd=ROOT, text=True)
    return output.split('"executable":"')[-1].split('"')[0]


def model(name):
    """The network's file, made if it is not there, and its module."""
    CACHE.mkdir(parents=True, exist_ok=True)
    module = importlib.import_module(f"networks.{name}")
    path = CACHE / f"{name}.onnx"
    if not path.exists():
        save(module.build(), path)
    return path, module


def noise(n):
    """The pictures of cnn_speed, as numbers."""
    index = numpy.arange(n * SIDE * SIDE * 3, dtype=numpy.uint32)
    levels = (index * numpy.uint32(2654435761)) >> numpy.uint32(24)
    pictures = levels.reshape(n, SIDE, SIDE, 3).astype("f4") / numpy.float32(127.5) - 1
    return numpy.ascontiguousarray(pictures.transpose(0, 3, 1, 2))


class Theirs:
    """onnxruntime on the network up to the layer."""

    def __init__(self, path, layer):
        proto = onnx.load(path)
        del proto.graph.output[:]
        proto.graph.output.append(onnx.ValueInfoProto(name=layer))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        providers = ["CPUExecutionProvider"]
        self.session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers)
        self.input = self.session.get_inputs()[0].name

    def rows(self, pictures, batch):
        batches = [pictures[i : i + batch] for i in range(0, len(pictures), batch)]
        return numpy.concatenate([self.session.run(None, {self.input: some})[0] for some in batches])


class Ours:
    """The example cnn_speed, which waits for a line before each run."""

    def __init__(self, program, path, n):
        with tempfile.NamedTemporaryFile() as rows:
            command = [program, path, str(n), str(THREADS), rows.name]
            self.process = subprocess.Popen(command, stdin=-1, stdout=-1, text=True, bufsize=1)
            self.layer, n_features, batch = self.process.stdout.readline().split()
            self.batch = int(batch)
            self.rows = numpy.fromfile(rows.name, "<f4").reshape(n, int(n_features))

    def seconds(self):
        self.process.stdin.write("again\n")
        return float(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def race(name, program, n_pairs, n_pictures):
    path, module = model(name)
    pictures = noise(n_pictures)
    ours, theirs = Ours(program, path, n_pictures), Theirs(path, module.LAYER)
    assert (ours.layer, ours.rows.shape[1]) == (module.LAYER, module.SIZE), (name, ours.layer)
    expected = theirs.rows(pictures, ours.batch)
    difference, cosine = compare(ours.rows, expected)
    pairs = []
    for _ in range(n_pairs):
        mine = ours.seconds()
        start = time.perf_counter()
        theirs.rows(pictures, ours.batch)
        pairs.append((mine, time.perf_counter() - start))
    ours.stop()
    return {
        "features": module.SIZE,
        "batch": ours.batch,
        "difference": difference,
        "cosine": cosine,
        "ours": [mine for mine, _ in pairs],
        "theirs": [theirs for _, theirs in pairs],
    }


def compare(rows, expected):
    """The largest difference relative to the row's largest number, and the smallest cosine."""
    scale = numpy.abs(expected).max(axis=1, keepdims=True)
    rows, expected = rows.astype("f8"), expected.astype("f8")
    cosines = (rows * expected).sum(1) / numpy.linalg.norm(rows, axis=1) / numpy.linalg.norm(expected, axis=1)
    return float((numpy.abs(rows - expected) / scale).max()), float(cosines.min())


if __name__ == "__main__":
    main()
