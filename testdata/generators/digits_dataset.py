"""Packs scikit-learn's digits into the library, and a checksum to hold it to."""

import pathlib

from sklearn.datasets import load_digits

PACKED = "crates/lookalike-learn/src/datasets/digits.bin"


def fnv1a(values):
    h = 0xCBF29CE484222325
    for v in values:
        h = ((h ^ v) * 0x100000001B3) % 2**64
    return h


def cases():
    digits = load_digits()
    data = digits.data.astype(int)
    assert (data == digits.data).all() and data.min() == 0 and data.max() == 16
    bits = "".join("0" if v == 0 else f"1{v - 1:04b}" for v in data.ravel())
    bits += "".join(f"{v:04b}" for v in digits.target)
    bits += "0" * (-len(bits) % 8)
    packed = int(bits, 2).to_bytes(len(bits) // 8, "big")
    root = pathlib.Path(__file__).resolve().parents[2]
    (root / PACKED).write_bytes(packed)
    return {
        "fnv1a_of_data": str(fnv1a(data.ravel().tolist())),
        "fnv1a_of_target": str(fnv1a(digits.target.tolist())),
        "column_sums": data.sum(axis=0).tolist(),
    }
