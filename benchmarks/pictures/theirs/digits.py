"""A folder of digits → pixels → PCA → k-means, on the map of t-SNE if asked → scores and a table.

usage: python -m theirs.digits OUT FOLDER SEED [--map]
"""

import time

START = time.perf_counter()

import csv  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
from sklearn.cluster import KMeans  # noqa: E402
from sklearn.decomposition import PCA  # noqa: E402
from sklearn.metrics import (  # noqa: E402
    calinski_harabasz_score,
    classification_report,
    confusion_matrix,
    davies_bouldin_score,
    normalized_mutual_info_score,
    silhouette_samples,
)

from common.commands.steps import Steps  # noqa: E402
from theirs import files  # noqa: E402

# Above so many rows silhouettes are computed of so many, as we do.
SILHOUETTES = 20_000


def main():
    out, folder, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    steps = Steps(START)
    steps.done("import")
    paths = files.names(folder)
    x = files.rows(paths, files.pixels)
    truth = np.array([int(path.parent.name) for path in paths])
    steps.done("decode")
    space = PCA(50, random_state=seed).fit_transform(x)
    steps.done("reduce")
    if "--map" in sys.argv:
        from sklearn.manifold import TSNE

        space = TSNE(random_state=seed).fit_transform(space)
        steps.done("map")
    model = KMeans(10, random_state=seed).fit(space)
    steps.done("cluster")
    distances = model.transform(space)
    order = np.argsort(distances, axis=1)[:, :2]
    sample = np.arange(len(x))
    if len(x) > SILHOUETTES:
        sample = np.arange(SILHOUETTES) * len(x) // SILHOUETTES
    silhouettes = np.full(len(x), np.nan)
    silhouettes[sample] = silhouette_samples(space[sample], model.labels_[sample])
    davies_bouldin_score(space, model.labels_)
    calinski_harabasz_score(space, model.labels_)
    steps.done("judge")
    majority = [np.bincount(truth[model.labels_ == k], minlength=10).argmax() for k in range(10)]
    matched = np.array(majority)[model.labels_]
    confusion_matrix(truth, matched)
    classification_report(truth, matched, zero_division=0)
    nmi = normalized_mutual_info_score(truth, model.labels_)
    steps.done("score")
    with (out / "clusters.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "cluster", "distance", "nearest_other", "silhouette", "label"])
        for i, path in enumerate(paths):
            own, other = order[i]
            writer.writerow([path, own, distances[i, own], other, silhouettes[i], truth[i]])
    np.save(out / "embeddings.npy", x)
    steps.done("write")
    steps.write(out, accuracy=float((matched == truth).mean()), nmi=float(nmi))


if __name__ == "__main__":
    main()
