"""Where the data of the jobs lies."""

import os
import pathlib

from common import ROOT


class Missing(Exception):
    """A file that a job needs is not on this machine."""


def path(name):
    folder = pathlib.Path(os.environ.get("LOOKALIKE_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / name).exists():
        raise Missing(f"{name} is neither in $LOOKALIKE_DATA nor in ../shared/data")
    return folder / name
