"""What the runners beside this folder share."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
THREADS = 2
