"""How good the features without weights are, beside raw pixels."""

from common import data
from common.commands import process, rows

WANTED = 1.5


def measure(_):
    found = process.check("features", data.path("cifar10-sample.npz"), data.path("mnist.npz"))
    pixels, descriptor = found["CIFAR-10, pixels"]["nmi"], found["CIFAR-10, descriptor"]["nmi"]
    digits, described = found["MNIST, pixels"]["nmi"], found["MNIST, descriptor"]["nmi"]
    told = [
        rows.check(
            f"{name}, {judged['columns']} columns",
            f"NMI {judged['nmi']:.3f} ± {judged['spread']:.3f}, 5 neighbours {judged['neighbours']:.3f}, "
            f"{judged['microseconds']:.0f} µs a picture",
            "for the record",
            True,
        )
        for name, judged in found.items()
    ]
    return {
        "title": "the descriptor beside raw pixels",
        "races": [],
        "checks": [
            rows.check(
                "NMI of the descriptor by that of pixels, CIFAR-10",
                f"{descriptor / pixels:.2f}",
                f"at least {WANTED}",
                descriptor >= WANTED * pixels,
            ),
            rows.check(
                "the same, MNIST", f"{described / digits:.2f}", "at least 1", described >= digits
            ),
            *told,
        ],
        "notes": [
            "NMI of k-means with k = 10, mean and deviation over ten seeds; accuracy of the five nearest "
            "neighbours, each picture left out in turn; time of one thread. 2000 pictures of CIFAR-10 and "
            "3000 digits of MNIST, judged by scikit-learn.",
        ],
    }
