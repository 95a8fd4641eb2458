"""The photo of the tutorial, with everything that its notebook does."""

from functools import partial

from common import data
from race import ours, process, rows

# Above this share, a sum of squares is worse.
SLACK = 1e-4
K, STARTS = 4, 10
COLORS = "#B90E0A,navy,green,#E1AD01"


def measure(setting):
    scene = data.path("scenes/seville.jpg")
    segment = partial(
        ours.segment, setting, "ours", [scene], "-k", K, "--n-init", STARTS, "--colors", COLORS
    )
    mine, peers = rows.in_pairs(
        setting.pairs(5),
        lambda pair: segment("--seed", pair),
        lambda pair: theirs(setting, scene, pair),
    )
    figures = theirs(setting, scene, 0, "--figures")
    best, their_best = (min(r.figures["inertia"] for r in runs) for runs in (mine, peers))
    worst = max(r.figures["inertia"] for r in mine)
    return {
        "title": f"the tutorial's photo, k = {K}, {STARTS} starts, all outputs",
        "races": [
            rows.race("whole command", mine, peers, wanted=20),
            rows.race(
                "the same, their start and imports left out",
                mine,
                peers,
                seconds=lambda run: run.seconds,
                their_seconds=lambda run: sum(map(run.step, set(run.steps) - {"import"})),
            ),
            rows.race("the notebook's way, pictures by savefig", mine[:1], [figures]),
            rows.race(
                "finding the classes",
                mine,
                peers,
                seconds=lambda run: run.step("find the classes"),
                their_seconds=lambda run: run.step("cluster"),
            ),
        ],
        "checks": [
            rows.check(
                "inertia: our worst seed against their best",
                f"{worst:.8g} ({100 * (worst / their_best - 1):+.4f} %)",
                f"at most 0.01 % above {their_best:.8g}",
                worst <= their_best * (1 + SLACK),
            )
        ],
        "notes": [
            f"Our best inertia is {best:.8g}. Their script writes the stretched and the clustered "
            "picture (PNG by Pillow), the class map (GeoTIFF) and the counts (CSV); ours also the "
            "overviews of the class map, a preview with legend, a style for QGIS, the model and the "
            "report.",
            "Ours by step, s: " + steps(mine[-1]) + ".",
            "Theirs by step, s: " + steps(peers[-1]) + ".",
        ],
    }


def theirs(setting, scene, seed, *options):
    return process.theirs(
        "photo", setting.folder("theirs"), scene, K, STARTS, COLORS, "--seed", seed, *options
    )


def steps(run):
    return ", ".join(f"{name} {run.step(name):.3f}" for name in run.steps)
