"""Lines of the report: a race of pairs, and a check of a result."""

import statistics


def in_turn(n, *sides):
    """Runs ours, theirs, ours, theirs …, `n` times; the runs of each side."""
    rounds = [[side(number) for side in sides] for number in range(n)]
    return [list(runs) for runs in zip(*rounds, strict=True)]


def race(what, mine, peers, wanted=None, seconds=None, their_seconds=None):
    """How much faster we are. `seconds` takes what is compared from a run, else all of it."""
    whole = seconds is None
    seconds = seconds or (lambda run: run.seconds)
    their_seconds = their_seconds or seconds
    my_times, their_times = list(map(seconds, mine)), list(map(their_seconds, peers))
    ratios = [peer / my for my, peer in zip(my_times, their_times, strict=True)]
    ratio = statistics.median(ratios)
    row = {
        "what": what,
        "pairs": len(ratios),
        "ours": statistics.median(my_times),
        "theirs": statistics.median(their_times),
        "ratio": ratio,
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "wanted": wanted,
        "met": wanted is None or ratio >= wanted,
    }
    if whole:
        row |= {
            "our_cpu": statistics.median(run.cpu for run in mine),
            "their_cpu": statistics.median(run.cpu for run in peers),
            "our_peak": max(run.peak for run in mine),
            "their_peak": max(run.peak for run in peers),
        }
    return row


def steps(whose, run):
    """A line of the seconds of each step."""
    seconds = (f"{name} {run.step(name):.3g}" for name in run.steps)
    return f"{whose} by step, s: {', '.join(seconds)}."


def check(what, found, wanted, met):
    """Something that must hold whatever the time: what was found and what was wanted, in words."""
    return {"what": what, "found": str(found), "wanted": str(wanted), "met": bool(met)}
