"""70 000 digits as PNG files in class folders, in ten clusters; then once more, from the cache."""

import statistics
from functools import partial

from common.commands import process, rows
from race import ours, pngs

N = 70_000
OPTIONS = ("--features", "pixels", "--reduce", "pca:50", "-k", 10, "--labels", "parent", "--map", "none")
WANTED = 2.5
WANTED_AGAIN = 2
PEAK = 900
TOLERANCE = 0.02
SEEDS = 10


def measure(setting):
    n = 5000 if setting.quick else N
    digits = pngs.folder(n)
    cold, warm, peers = rows.in_turn(
        setting.pairs(3),
        partial(first, setting, digits),
        partial(again, setting, digits),
        partial(theirs, setting, digits),
    )
    peer = process.check("seeds", warm[-1].folder / "embeddings.npy", warm[-1].folder / "clusters.csv")
    seeds = [scores(one_seed(setting, digits, seed)) for seed in range(SEEDS)]
    mine = {name: statistics.median(found[name] for found in seeds) for name in peer}
    peak = max(run.peak for run in cold + warm) / 1e6
    same = all(
        (warm[-1].folder / name).read_bytes() == (cold[-1].folder / name).read_bytes()
        for name in ("clusters.csv", "metrics.json", "report.html")
    )
    return {
        "title": f"{n} PNG files of digits in ten clusters",
        "races": [
            rows.race("first run, nothing in the cache", cold, peers, wanted=WANTED),
            rows.race("second run against the first", warm, cold, wanted=WANTED_AGAIN),
            rows.race("second run against theirs", warm, peers),
        ],
        "checks": [
            rows.check("peak memory, MB", f"{peak:.0f}", f"under {PEAK}", peak < PEAK),
            *(
                rows.check(
                    f"{name}, median of {SEEDS} seeds",
                    f"{mine[name]:.4f}, theirs {peer[name]:.4f}",
                    f"within {TOLERANCE} of theirs",
                    abs(mine[name] - peer[name]) <= TOLERANCE,
                )
                for name in ("accuracy", "nmi")
            ),
            rows.check("the second run writes the same bytes", same, True, same),
        ],
        "notes": [
            f"`lookalike cluster DIGITS {' '.join(map(str, OPTIONS))}`, which also draws the contact "
            "sheets and the report. Theirs decodes by Pillow in two processes, then PCA(50) and "
            "KMeans(10), silhouettes of 20 000 rows as ours, scores, a table and the features; no "
            "sheets, no report. Their peak is that of the main process alone.",
            rows.steps("First run", cold[-1]),
            rows.steps("Second run", warm[-1]),
            rows.steps("Theirs", peers[-1]),
        ],
    }


def first(setting, digits, seed):
    # Emptied: what an earlier pair kept would be found.
    cache = setting.folder("cache")
    return run(setting, "first", digits, cache, seed)


def again(setting, digits, seed):
    return run(setting, "again", digits, setting.work / "cache", seed)


def run(setting, name, digits, cache, seed):
    return ours.cluster(setting, name, digits, *OPTIONS, "--cache", cache, "--seed", seed)


def one_seed(setting, digits, seed):
    options = [*OPTIONS, "--sheets", "none", "--embeddings", "none"]
    cache = ["--cache", setting.work / "cache"]
    return ours.cluster(setting, "seed", digits, *options, *cache, "--seed", seed)


def theirs(setting, digits, seed):
    return process.theirs("digits", setting.folder("theirs"), digits, seed)


def scores(run):
    found = run.figures["truth"]["scores"]
    return {"accuracy": found["accuracy"], "nmi": found["normalized_mutual_info"]}
