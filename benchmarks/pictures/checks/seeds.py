"""Median accuracy and NMI of scikit-learn's PCA(50) and KMeans(10) on features, over ten seeds.

usage: python -m checks.seeds FEATURES.npy CLUSTERS.csv
"""

import csv
import json
import statistics
import sys

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import normalized_mutual_info_score

x = np.load(sys.argv[1])
with open(sys.argv[2], newline="") as file:
    truth = np.array([int(row["label"]) for row in csv.DictReader(file)])
space = PCA(50, random_state=0).fit_transform(x)
accuracies, nmis = [], []
for seed in range(10):
    labels = KMeans(10, random_state=seed).fit_predict(space)
    majority = [np.bincount(truth[labels == k], minlength=10).max() for k in range(10)]
    accuracies.append(sum(majority) / len(truth))
    nmis.append(normalized_mutual_info_score(truth, labels))
print(json.dumps({"accuracy": statistics.median(accuracies), "nmi": statistics.median(nmis)}))
