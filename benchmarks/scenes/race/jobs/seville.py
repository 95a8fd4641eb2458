"""The photo of the tutorial, with everything that its notebook does."""

from common import data
from common.commands import process, rows
from race import ours

# Above this share, a sum of squares is worse.
SLACK = 1e-4
K, STARTS = 4, 10
COLORS = "#B90E0A,navy,green,#E1AD01"


def measure(setting):
    scene = data.path("scenes/seville.jpg")
    same_pixels = setting.work / "seville.tif"
    process.check("lossless", scene, same_pixels)
    inertias = {scene: [], same_pixels: []}

    def segment(seed, source=scene):
        wish = ["-k", K, "--n-init", STARTS, "--colors", COLORS, "--seed", seed]
        run = ours.segment(setting, "ours", [source], *wish)
        inertias[source].append(process.check("inertia", ours.model(run), scene))
        return run

    def theirs(seed, *options):
        wish = [K, STARTS, COLORS, "--seed", seed, *options]
        return process.theirs("photo", setting.folder("theirs"), scene, *wish)

    mine, peers = rows.in_turn(setting.pairs(5), segment, theirs)
    figures = theirs(0, "--figures")
    for seed in range(len(peers)):
        segment(seed, same_pixels)
    their_best = min(run.figures["inertia"] for run in peers)

    def above(source):
        return max(inertias[source]) / their_best - 1

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
                wanted=60,
                seconds=lambda run: run.step("find the classes"),
                their_seconds=lambda run: run.step("cluster"),
            ),
        ],
        "checks": [
            rows.check(
                "inertia on the pixels that rasterio reads: our worst seed against their best",
                f"{max(inertias[same_pixels]):.8g} ({100 * above(same_pixels):+.4f} %)",
                f"at most 0.01 % above {their_best:.8g}",
                above(same_pixels) <= SLACK,
            )
        ],
        "notes": [
            "Decoders of JPEG differ by a few levels. Inertias are of classes found in a lossless copy "
            "of the pixels that rasterio reads; those found in the photo as we decode it are "
            f"{100 * above(scene):+.4f} % away on rasterio's pixels.",
            "Their script writes the stretched and the clustered picture (PNG by Pillow), the "
            "class map (GeoTIFF) and the counts (CSV); ours also overviews of it, a preview with "
            "legend, a style for QGIS, the model and the report.",
            rows.steps("Ours", mine[-1]),
            rows.steps("Theirs", peers[-1]),
        ],
    }
