"""How large: the peak of our process and of the peers', one fresh process a job."""

import sys

from common.data import Missing
from race import data, ours
from race.jobs import JOBS as TIMED
from race.theirs import Failed
from race.theirs.alone import peak_bytes

MEGA = 1_000_000
# By how much we may exceed the leanest peer.
SLACK = 1.25

# What, data, job, its parameters, bytes allowed, and whether the input may come on top of them.
JOBS = [
    ("DBSCAN(4, 10)", data.mnist_components, "dbscan", {"eps": 4.0, "min_samples": 10}, 500, False),
    ("silhouette", data.mnist_components, "silhouette", {}, 500, False),
    ("k-means, k = 10", data.mnist, "kmeans", {"n_clusters": 10, "seed": 0}, 100, True),
]


def measure():
    rows, skipped = [], []
    for what, source, job, parameters, allowed, beside_input in JOBS:
        try:
            x, y = source().x, source().y
        except Missing as reason:
            print(f"memory of {what}: skipped, {reason}", file=sys.stderr)
            skipped.append({"name": what, "reason": str(reason)})
            continue
        if job == "silhouette":
            parameters = {"labels": y}
        process = ours.start()
        result = ours.ask(process, job, x, **parameters)
        ours.stop(process)
        limit = allowed * MEGA + (x.nbytes if beside_input else 0)
        row = {
            "what": what,
            "data": source().name,
            "size": list(x.shape),
            "input": x.nbytes / MEGA,
            "peak": result["peak_bytes"] / MEGA,
            "limit": limit / MEGA,
            "met": result["peak_bytes"] < limit,
            "seconds": result["seconds"],
            "figures": result["figures"],
        }
        print("{what}: peak {peak:.0f} MB of {limit:.0f} MB".format(**row), file=sys.stderr)
        rows.append(row)
    return {"rows": rows, "beside": beside_peers(skipped), "skipped": skipped}


def beside_peers(skipped):
    """The timed jobs: our peak and that of each peer."""
    rows = []
    for job in TIMED:
        if job.longest:
            continue
        try:
            x = job.source().x
            process = ours.start()
            mine = job.ours(process, 0)["peak_bytes"]
            ours.stop(process)
            theirs = {
                peer: peak_bytes(peer, job.work, x, **job.arguments(0)) / MEGA for peer in job.peers
            }
        except (Missing, Failed) as reason:
            print(f"memory of {job.name}: skipped, {reason}", file=sys.stderr)
            skipped.append({"name": job.name, "reason": str(reason)})
            continue
        row = {
            "name": job.name,
            "data": job.source().name,
            "size": list(x.shape),
            "input": x.nbytes / MEGA,
            "ours": mine / MEGA,
            "theirs": theirs,
            "met": mine / MEGA <= SLACK * min(theirs.values()),
        }
        print("{name}: {ours:.0f} MB, theirs {theirs}".format(**row), file=sys.stderr)
        rows.append(row)
    return rows
