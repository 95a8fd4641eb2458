"""How fast: ours and theirs in turn on the same data, both warm."""

import statistics
import sys
import time

from common.data import Missing
from race import ours
from race.jobs import JOBS
from race.theirs import Failed

# A figure that is worse by a smaller share than this counts as the same: sums in f32 differ more.
SLACK = 1e-3
# Thread pools of OpenMP and BLAS spin for up to 0.2 s after their work, in which they would slow down
# the other side: a turn begins when this process used less than a tenth of the last moment.
MOMENT = 0.05
LONGEST_WAIT = 2.0


def measure():
    return measure_jobs([job for job in JOBS if not job.longest])


def measure_longest():
    return measure_jobs([job for job in JOBS if job.longest])


def measure_jobs(jobs):
    """The rows of these jobs; and what has no row, and why."""
    rows, skipped = [], []
    process = ours.start()
    for job in jobs:
        for peer in job.peers:
            try:
                job.source()
                rows.append(race(job, peer, process))
                say(rows[-1])
            except (Missing, Failed) as reason:
                name = f"{job.name} beside {peer}"
                print(f"{name}: no ratio, {reason}", file=sys.stderr)
                skipped.append({"name": name, "reason": str(reason)})
    ours.stop(process)
    return {"rows": rows, "skipped": skipped}


def say(row):
    print(
        "{name}: {ours:.4g} s, {peer} {theirs:.4g} s, ratio {ratio:.2f} ({ratio_min:.2f}–{ratio_max:.2f}), "
        "{measure} {our_quality:.6g} and {their_quality:.6g}".format(**row)
        + (", WORSE" if row["worse"] else ""),
        file=sys.stderr,
    )


def race(job, peer, process):
    def our_turn(seed):
        wait_until_idle()
        return job.ours(process, seed)

    def their_turn(seed):
        wait_until_idle()
        return job.theirs(peer, seed)

    if job.warm_up:
        our_turn(0)
        their_turn(0)
    mine, peers = [], []
    for seed in range(job.pairs_with(peer)):
        if seed % 2 == 0:
            mine.append(our_turn(seed))
            peers.append(their_turn(seed))
        else:
            peers.append(their_turn(seed))
            mine.append(our_turn(seed))
    pairs = list(zip(mine, peers, strict=True))
    ratios = [their["seconds"] / my["seconds"] for my, their in pairs]
    qualities = [job.qualities(seed, my, their) for seed, (my, their) in enumerate(pairs)]
    our_quality, their_quality = map(statistics.fmean, zip(*qualities, strict=True))
    lead = job.sign * (our_quality - their_quality)
    source = job.source()
    return {
        "name": job.name,
        "title": job.title,
        "data": source.name,
        "size": list(source.x.shape),
        "peer": peer,
        "pairs": len(pairs),
        "ours": statistics.median(my["seconds"] for my in mine),
        "theirs": statistics.median(their["seconds"] for their in peers),
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "wanted": job.peers[peer],
        "measure": job.measure,
        "our_quality": our_quality,
        "their_quality": their_quality,
        "worse": lead < -SLACK * abs(their_quality),
        "our_iterations": iterations(mine),
        "their_iterations": iterations(peers),
    }


def wait_until_idle():
    for _ in range(round(LONGEST_WAIT / MOMENT)):
        before = time.process_time()
        time.sleep(MOMENT)
        if time.process_time() - before < 0.1 * MOMENT:
            return


def iterations(results):
    counts = [result["figures"].get("n_iter") for result in results]
    return None if None in counts else statistics.median(counts)
