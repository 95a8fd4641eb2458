"""Features of networks with random weights at true shape, beside onnxruntime on the same pictures."""

import statistics

from common import THREADS
from common.commands import process, rows

NETWORKS = {"vgg16": "VGG16", "resnet50": "ResNet-50", "mobilenetv2": "MobileNetV2", "vit": "ViT-S/16"}
WANTED = 0.7
TOLERANCE, COSINE = 1e-3, 0.99999


def measure(setting):
    n_pictures = 8 if setting.quick else 16
    races, checks = [], []
    for name, title in NETWORKS.items():
        found = process.check("networks", setting.pairs(5), n_pictures, name)
        races.append(race(title, found, n_pictures))
        checks.append(
            rows.check(
                f"{title}: {found['features']} numbers against onnxruntime's",
                f"at most {found['difference']:.1e} apart, cosine at least {found['cosine']:.8f}",
                f"{TOLERANCE:.0e} of the largest number, {COSINE}",
                found["difference"] <= TOLERANCE and found["cosine"] >= COSINE,
            )
        )
    return {
        "title": "features of networks",
        "races": races,
        "checks": checks,
        "notes": [
            f"Seconds for {n_pictures} pictures of 224×224, networks loaded, {THREADS} threads each, the "
            "same batches. Weights are random, at true shape. Theirs is onnxruntime on the network cut at "
            "the same layer.",
        ],
    }


def race(title, found, n_pictures):
    ratios = [peer / my for my, peer in zip(found["ours"], found["theirs"], strict=True)]
    ratio = statistics.median(ratios)
    speed = n_pictures / statistics.median(found["ours"])
    return {
        "what": f"{title}, {speed:.2g} pictures a second",
        "pairs": len(ratios),
        "ours": statistics.median(found["ours"]),
        "theirs": statistics.median(found["theirs"]),
        "ratio": ratio,
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "wanted": WANTED,
        "met": ratio >= WANTED,
    }
