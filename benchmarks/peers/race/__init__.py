"""The race of Lookalike against its peers."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
THREADS = 2
