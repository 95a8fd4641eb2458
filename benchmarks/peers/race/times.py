"""How fast: ours and theirs in turn on the same data, both warm."""

import statistics
import sys

from common.data import Missing
from race import ours
from race.jobs import JOBS

# A figure that is worse by a smaller share than this counts as the same: sums in f32 differ more.
SLACK = 1e-3


def measure(names=()):
    """The rows of these jobs, or of all, and what was skipped and why."""
    rows, skipped = [], []
    process = ours.start()
    for job in JOBS:
        if names and job.name not in names:
            continue
        try:
            job.source()
        except Missing as reason:
            print(f"{job.name}: skipped, {reason}", file=sys.stderr)
            skipped.append({"name": job.name, "reason": str(reason)})
            continue
        row = race(job, process)
        rows.append(row)
        print(
            f"{job.name}: {row['ours']:.4g} s, {job.peer_name} {row['theirs']:.4g} s, "
            f"ratio {row['ratio']:.2f} ({row['ratio_min']:.2f}–{row['ratio_max']:.2f}), "
            f"{job.measure} {row['our_quality']:.6g} and {row['their_quality']:.6g}"
            f"{', WORSE' if row['worse'] else ''}",
            file=sys.stderr,
        )
    ours.stop(process)
    return {"rows": rows, "skipped": skipped}


def race(job, process):
    if job.warm_up:
        job.ours(process, 0)
        job.theirs(0)
    mine, peers = [], []
    for seed in range(job.pairs):
        if seed % 2 == 0:
            mine.append(job.ours(process, seed))
            peers.append(job.theirs(seed))
        else:
            peers.append(job.theirs(seed))
            mine.append(job.ours(process, seed))
    pairs = list(zip(mine, peers, strict=True))
    ratios = [peer["seconds"] / my["seconds"] for my, peer in pairs]
    qualities = [job.qualities(my, peer) for my, peer in pairs]
    our_quality, their_quality = map(statistics.median, zip(*qualities, strict=True))
    lead = job.sign * (our_quality - their_quality)
    source = job.source()
    return {
        "name": job.name,
        "title": job.title,
        "data": source.name,
        "size": list(source.x.shape),
        "peer": job.peer_name,
        "pairs": job.pairs,
        "ours": statistics.median(my["seconds"] for my in mine),
        "theirs": statistics.median(peer["seconds"] for peer in peers),
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "wanted": job.wanted,
        "measure": job.measure,
        "our_quality": our_quality,
        "their_quality": their_quality,
        "worse": lead < -SLACK * abs(their_quality),
        "our_iterations": iterations(mine),
        "their_iterations": iterations(peers),
    }


def iterations(results):
    counts = [result["figures"].get("n_iter") for result in results]
    return None if None in counts else statistics.median(counts)
