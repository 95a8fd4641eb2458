"""Eight bands of a real scene, one file each, from the same first centres as scikit-learn."""

from common import data
from common.commands import process, rows
from race import ours

K = 8
BANDS = [f"scenes/hatteras_B0{band}.tif" for band in range(1, 9)]


def measure(setting):
    files = [data.path(name) for name in BANDS]
    centers = setting.work / "centers.csv"
    process.check("draw_centers", centers, K, *files)

    def segment(_):
        start = ["-k", K, "--init", centers, "--n-init", 1]
        return ours.segment(setting, "ours", files, *start)

    def theirs(kind):
        start = ["--init", centers, "--dtype", kind, "--predict"]
        return lambda _: process.theirs("scene", setting.folder(kind), *files, *start)

    mine, doubles, singles = rows.in_turn(
        setting.pairs(3), segment, theirs("float64"), theirs("float32")
    )

    def fit_and_predict(kind, runs, wanted=None):
        return rows.race(
            f"fit and predict, scikit-learn in {kind}",
            mine,
            runs,
            wanted,
            seconds=lambda run: run.step("find the classes", "classify"),
            their_seconds=lambda run: run.step("fit", "predict"),
        )

    return {
        "title": f"8 bands of Sentinel-2, 8 bits, k = {K}, one start from the same centres",
        "races": [
            fit_and_predict("float64", doubles, wanted=12),
            fit_and_predict("float32", singles),
            rows.race("whole command, scikit-learn in float64", mine, doubles),
            rows.race("whole command, scikit-learn in float32", mine, singles),
        ],
        "checks": checks(mine[-1], doubles[-1], files),
        "notes": [
            "scikit-learn takes samples of 8 bits as float64. In float32 its sums lose so much "
            "that it may end elsewhere: "
            + "; ".join(
                f"{who} {run.figures['n_iter']} iterations to an inertia of "
                f"{run.figures['inertia']:.10g}"
                for who, run in (
                    ("ours", mine[-1]),
                    ("float64", doubles[-1]),
                    ("float32", singles[-1]),
                )
            )
            + ". Our classify writes the class map too.",
            rows.steps("Ours", mine[-1]),
            rows.steps("Theirs in float64", doubles[-1]),
        ],
    }


def checks(mine, peer, files):
    same = process.check("compare", ours.classes(mine), ours.model(mine), peer.folder, *files)
    differing, ties = same["differing"], same["ties"]
    iterations = mine.figures["n_iter"], peer.figures["n_iter"]
    return [
        rows.check(
            "pixels of another class than scikit-learn's (float64)",
            f"{differing} of {same['pixels']}, {ties} of them ties to 1e-9",
            "ties only",
            differing == ties and same["pixels"] > 0 and same["paired"],
        ),
        rows.check(
            "invalid pixels that only one side has", same["invalid"], "0", same["invalid"] == 0
        ),
        rows.check(
            "greatest difference of a centre, levels",
            f"{same['center_difference']:.2g}",
            "at most 1e-6",
            same["center_difference"] <= 1e-6,
        ),
        rows.check(
            "iterations, ours and theirs",
            "{}, {}".format(*iterations),
            "the same",
            iterations[0] == iterations[1],
        ),
    ]
