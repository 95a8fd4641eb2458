"""Eight bands of a real scene, one file each, from the same first centres as scikit-learn."""

from common import data
from race import ours, process, rows

K = 8
BANDS = [f"scenes/hatteras_B0{band}.tif" for band in range(1, 9)]


def measure(setting):
    files = [data.path(name) for name in BANDS]
    centers = setting.work / "centers.csv"
    process.check("draw_centers", centers, K, *files)
    start = ["-k", K, "--init", centers, "--n-init", 1]

    def theirs(kind):
        folder = setting.folder(kind)
        return process.theirs(
            "scene", folder, *files, "--init", centers, "--dtype", kind, "--predict"
        )

    doubles = []

    def both_kinds(_pair):
        """Of 64 and 32 bits, since which is the faster one depends on the machine."""
        doubles.append(theirs("float64"))
        return theirs("float32")

    mine, singles = rows.in_pairs(
        setting.pairs(3), lambda _: ours.segment(setting, "ours", files, *start), both_kinds
    )
    last = mine[-1]
    same = process.check(
        "compare", ours.classes(last), ours.model(last), doubles[-1].folder, *files
    )
    differing, ties = same["differing"], same["ties"]
    return {
        "title": f"8 bands of Sentinel-2, 8 bits, k = {K}, one start from the same centres",
        "races": [
            *(
                rows.race(
                    f"fit and predict, scikit-learn in {kind}",
                    mine,
                    runs,
                    wanted=10,
                    seconds=lambda run: run.step("find the classes", "classify"),
                    their_seconds=lambda run: run.step("fit", "predict"),
                )
                for kind, runs in (("float64", doubles), ("float32", singles))
            ),
            rows.race("whole command, scikit-learn in float64", mine, doubles),
            rows.race("whole command, scikit-learn in float32", mine, singles),
        ],
        "checks": [
            rows.check(
                "pixels of another class than scikit-learn's (float64)",
                f"{differing} of {same['pixels']}, {ties} of them ties to 1e-9",
                "ties only",
                differing == ties and same["pixels"] > 0,
            ),
            rows.check(
                "invalid pixels that only one side has", same["invalid"], "0", same["invalid"] == 0
            ),
            rows.check(
                "iterations, ours and theirs",
                f"{last.figures['n_iter']}, {doubles[-1].figures['n_iter']}",
                "the same",
                last.figures["n_iter"] == doubles[-1].figures["n_iter"],
            ),
        ],
        "notes": [
            f"Greatest difference of a centre: {same['center_difference']:.2g} levels. Inertia: ours "
            f"{last.figures['inertia']:.10g}, theirs {doubles[-1].figures['inertia']:.10g}. "
            "Classify is our pass that writes the class map too."
        ],
    }
