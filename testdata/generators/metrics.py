"""Scores of random labelings, of clusters in small data sets and of maps, by scikit-learn.

Labels are written as strings, one character a sample: "." is noise (-1), and "0".."9", "A".."Z"
and "a".."z" are 0 to 61.
"""

import warnings

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import mode
from sklearn import metrics
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.manifold import trustworthiness
from sklearn.metrics.cluster import contingency_matrix
from sklearn.neighbors import NearestNeighbors

ALPHABET = ".0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def text(labels):
    return "".join(ALPHABET[label + 1] for label in labels)


def majority(truth, labels):
    matched = np.full_like(labels, -1)
    for cluster in np.unique(labels[labels >= 0]):
        members = labels == cluster
        matched[members] = mode(truth[members]).mode
    return matched


def one_to_one_hits(truth, labels):
    """Noise is no cluster; where the truth has noise too, noise found is a hit."""
    noise = int(((labels < 0) & (truth < 0)).sum())
    kept = (labels >= 0) & (truth >= 0)
    if not kept.any():
        return noise
    counts = contingency_matrix(truth[kept], labels[kept])
    return noise + int(counts[linear_sum_assignment(counts, maximize=True)].sum())


def scores(truth, labels):
    h, c, v = metrics.homogeneity_completeness_v_measure(truth, labels)
    return [
        metrics.accuracy_score(truth, majority(truth, labels)),
        one_to_one_hits(truth, labels) / len(truth),
        metrics.adjusted_rand_score(truth, labels),
        metrics.adjusted_mutual_info_score(truth, labels),
        metrics.normalized_mutual_info_score(truth, labels),
        h,
        c,
        v,
        metrics.fowlkes_mallows_score(truth, labels),
        contingency_matrix(truth, labels).max(axis=0).sum() / len(truth),
    ]


def report(truth, predicted, **options):
    return metrics.classification_report(truth, predicted, digits=2, zero_division=0, **options)


def labelings():
    rng = np.random.default_rng(20)
    yield np.array([0]), np.array([0])
    yield np.array([3]), np.array([-1])
    yield np.zeros(9, int), np.zeros(9, int)
    yield np.zeros(9, int), np.arange(9)
    yield np.arange(9), np.zeros(9, int)
    yield np.arange(9) % 3, np.arange(9)
    yield np.arange(40), np.arange(40)[::-1]
    yield np.arange(12) % 4, np.full(12, -1)
    yield np.arange(12) % 2, np.arange(12) // 2 % 2
    yield np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 0, 1])
    for case in range(190):
        n = int(rng.integers(2, 40) if case % 3 else rng.integers(40, 300))
        n_classes = int(rng.integers(1, 13))
        n_clusters = int(rng.integers(1, 25 if case % 2 else 9))
        truth = rng.integers(0, n_classes, n)
        if case % 4 == 0:  # independent of the truth
            labels = rng.integers(0, n_clusters, n)
        else:  # a renamed truth with errors
            labels = rng.permutation(max(n_classes, n_clusters))[truth] % n_clusters
            wrong = rng.random(n) < rng.random()
            labels[wrong] = rng.integers(0, n_clusters, wrong.sum())
        if case % 5 < 2:
            labels[rng.random(n) < rng.random() * 0.6] = -1
        if case % 19 == 7:
            truth[rng.random(n) < 0.2] = -1
        yield truth, labels


def label_cases():
    cases = []
    for i, (truth, labels) in enumerate(labelings()):
        case = {"truth": text(truth), "labels": text(labels)}
        case["matched"] = text(majority(truth, labels))
        case["scores"] = scores(truth, labels)
        # Of the clusters' own labels: more of them than classes, or fewer, and noise.
        if i % 2 == 0:
            case["report"] = report(truth, labels)
        if i % 10 == 0:
            case["confusion"] = metrics.confusion_matrix(truth, labels).tolist()
        cases.append(case)
    return cases


def report_cases():
    """Other labels than small ones, chosen labels, names, and means at the edge of rounding."""
    rng = np.random.default_rng(21)
    cases = []

    def add(truth, labels, chosen=None, names=None):
        truth, labels = [int(t) for t in truth], [int(p) for p in labels]
        case = {"truth": truth, "labels": labels, "chosen": chosen, "names": names}
        case["report"] = report(truth, labels, labels=chosen, target_names=names)
        cases.append(case)

    truth, labels = rng.integers(0, 5, (2, 60))
    add(truth, labels, chosen=[0, 1, 2])
    add(truth, labels, chosen=[4, 3, 2, 1, 0])
    add(truth, labels, chosen=[2])
    add(truth, labels, chosen=[7, 1])
    add(truth, labels, chosen=[9])
    add(truth, labels, chosen=[0, 1, 2, 3, 4, 9])
    add(truth, labels, names=["a", "bb", "ccc", "a very long name of a class", "é–ü"])
    add(truth - 3, labels - 3)
    add(truth * 1_000_003 - 2_000_000_000, labels * 1_000_003 - 2_000_000_000)
    add([1, 1, 2], [5, 6, 7])
    add([0] * 8, [0] + [1] * 7)
    add([0] * 8 + [1] * 8, [0] * 3 + [1] * 13)
    add(rng.integers(0, 200, 3000), rng.integers(0, 200, 3000))
    for n_classes in (8, 9, 16, 24):
        truth = np.repeat(np.arange(n_classes), 8)
        add(truth, np.where(rng.random(len(truth)) < 0.5, truth, rng.permutation(truth)))
    return cases


def data_sets():
    """Small data in f32, as the library sees it; scores are of the same numbers in f64."""
    rng = np.random.default_rng(22)
    shapes = [(30, 2, 3), (40, 5, 4), (25, 70, 2), (60, 3, 11)]
    for n, d, k in shapes:
        labels = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
        x = rng.normal(size=(k, d))[labels] * 2 + rng.normal(size=(n, d))
        yield x, labels
    # Tight, far from one another and from the origin; single members; duplicates; noise.
    labels = np.repeat([0, 1, 2], 12)
    yield 1000 + 50 * labels[:, None] + rng.normal(size=(36, 4)) * 1e-2, labels
    x = rng.integers(0, 3, (40, 2)).astype(float)
    yield x, np.concatenate([[-1, 5], rng.integers(0, 2, 38)])


def data_cases():
    cases = []
    for x, labels in data_sets():
        x = x.astype(np.float32).round(3)
        wide = x.astype(np.float64)
        cases.append(
            {
                "x": [[float(str(v)) for v in row] for row in x],
                "labels": labels.tolist(),
                "silhouettes": metrics.silhouette_samples(wide, labels).tolist(),
                "davies_bouldin": metrics.davies_bouldin_score(wide, labels),
                "calinski_harabasz": metrics.calinski_harabasz_score(wide, labels),
            }
        )
    return cases


def digits_case():
    digits = load_digits()
    labels = KMeans(10, n_init=1, random_state=0).fit(digits.data).labels_
    # A map that needs no file: two pixels, drawn apart so that no two distances are equal.
    number = np.arange(len(digits.data), dtype=np.float32)
    plane = digits.data[:, 20:22].astype(np.float32)
    plane[:, 0] += number * number % 1009 / np.float32(1009)
    plane[:, 1] += number * 7 % 997 / np.float32(997)
    return {
        "labels": text(labels),
        "silhouette": metrics.silhouette_score(digits.data, labels),
        "silhouette_of_truth": metrics.silhouette_score(digits.data, digits.target),
        "davies_bouldin": metrics.davies_bouldin_score(digits.data, labels),
        "calinski_harabasz": metrics.calinski_harabasz_score(digits.data, labels),
        # Near, not equal: grey values are whole numbers, so that many distances in the data are
        # equal, and which of them comes first is left open by scikit-learn.
        "trustworthiness_near": trustworthiness(digits.data, plane.astype(np.float64)),
    }


def neighbors(x, k):
    return NearestNeighbors(n_neighbors=k).fit(x).kneighbors(return_distance=False)


def map_cases():
    rng = np.random.default_rng(23)
    cases = []
    for n, d, m in [(12, 3, 2), (60, 10, 2), (80, 20, 3), (90, 4, 1)]:
        x = rng.normal(size=(n, d)).astype(np.float32).round(3)
        y = (x[:, :m] + 0.5 * rng.normal(size=(n, m))).astype(np.float32).round(3)
        wide, plane = x.astype(np.float64), y.astype(np.float64)
        case = {
            "x": [[float(str(v)) for v in row] for row in x],
            "map": [[float(str(v)) for v in row] for row in y],
            "scores": [],
        }
        for k in (1, 5, 17):
            if k < n / 2:
                shared = [
                    len(set(a) & set(b)) for a, b in zip(neighbors(wide, k), neighbors(plane, k))
                ]
                recall = sum(shared) / (n * k)
                case["scores"].append([k, trustworthiness(wide, plane, n_neighbors=k), recall])
        cases.append(case)
    return cases


def cases():
    warnings.simplefilter("ignore")
    return {
        "labelings": label_cases(),
        "reports": report_cases(),
        "data": data_cases(),
        "digits": digits_case(),
        "maps": map_cases(),
    }
