"""The photo of the tutorial, with everything that its notebook does."""

from common import data
from race import ours, process, rows

# Above this share, a sum of squares is worse.
SLACK = 1e-4
K, STARTS = 4, 10
COLORS = "#B90E0A,navy,green,#E1AD01"


def measure(setting):
    scene = data.path("scenes/seville.jpg")
    inertias = []

    def segment(seed):
        wish = ["-k", K, "--n-init", STARTS, "--colors", COLORS, "--seed", seed]
        run = ours.segment(setting, "ours", [scene], *wish)
        inertias.append(process.check("inertia", ours.model(run), scene))
        return run

    def theirs(seed, *options):
        wish = [K, STARTS, COLORS, "--seed", seed, *options]
        return process.theirs("photo", setting.folder("theirs"), scene, *wish)

    mine, peers = rows.in_turn(setting.pairs(5), segment, theirs)
    figures = theirs(0, "--figures")
    worst, their_best = max(inertias), min(run.figures["inertia"] for run in peers)
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
                "inertia on rasterio's pixels: our worst seed against their best",
                f"{worst:.8g} ({100 * (worst / their_best - 1):+.4f} %)",
                f"at most 0.01 % above {their_best:.8g}",
                worst <= their_best * (1 + SLACK),
            )
        ],
        "notes": [
            "Their script writes the stretched and the clustered picture (PNG by Pillow), the "
            "class map (GeoTIFF) and the counts (CSV); ours also overviews of it, a preview with "
            "legend, a style for QGIS, the model and the report.",
            rows.steps("Ours", mine[-1]),
            rows.steps("Theirs", peers[-1]),
        ],
    }
