"""The digits of MNIST as PNG files, in a folder a class."""

from common import data, environment
from common.commands import process


def folder(n):
    """`n` digits, evenly spaced, written once."""
    path = environment.CACHE / "pictures" / f"mnist-{n}"
    if not path.exists():
        process.check("write_digits", data.path("mnist.npz"), path, n)
    return path
