"""How good features without weights are, judged by scikit-learn.

k-means with k = 10 (normalised mutual information, mean over the seeds 0 to 9) and the five nearest
neighbours (accuracy, each picture left out in turn) on 2000 pictures of CIFAR-10 and 3000 digits of MNIST,
and how long a picture takes one thread.

usage: python -m checks.features CIFAR MNIST
"""

import json
import subprocess
import sys

import numpy
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score
from sklearn.neighbors import NearestNeighbors

from common import ROOT


def extract(way, pictures):
    """Rows of features, and microseconds a picture."""
    shape = [*pictures.shape[1:], 1][:3]
    size = [str(n) for n in (shape[1], shape[0], shape[2])]
    cargo = ["cargo", "run", "--quiet", "--release", "-p", "lookalike-imagery", "--example", "extract_features"]
    done = subprocess.run(
        [*cargo, "--", way, *size], cwd=ROOT, input=pictures.tobytes(), capture_output=True, check=True
    )
    rows = numpy.frombuffer(done.stdout, "<f4").reshape(len(pictures), -1)
    return rows, float(done.stderr.split()[-1])


def judge(rows, labels):
    scores = [
        normalized_mutual_info_score(labels, KMeans(10, n_init=1, random_state=seed).fit_predict(rows))
        for seed in range(10)
    ]
    neighbours = NearestNeighbors(n_neighbors=5).fit(rows).kneighbors(return_distance=False)
    votes = [numpy.bincount(labels[five], minlength=10).argmax() for five in neighbours]
    return numpy.mean(scores), numpy.std(scores), numpy.mean(votes == labels)


def main():
    cifar, mnist = numpy.load(sys.argv[1]), numpy.load(sys.argv[2])
    sample = numpy.random.default_rng(0).permutation(70000)[:3000]
    sets = {
        "CIFAR-10": (cifar["x"], cifar["y"]),
        "MNIST": (mnist["x"].reshape(-1, 28, 28)[sample], mnist["y"][sample]),
    }
    found = {}
    for name, (pictures, labels) in sets.items():
        for way in ("pixels", "descriptor"):
            rows, microseconds = extract(way, pictures)
            nmi, spread, accuracy = judge(rows, labels)
            found[f"{name}, {way}"] = {
                "columns": rows.shape[1],
                "nmi": float(nmi),
                "spread": float(spread),
                "neighbours": float(accuracy),
                "microseconds": microseconds,
            }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
