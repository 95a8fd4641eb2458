"""A folder of photos → 32×32 pixels each → one array.

usage: python -m theirs.decode OUT FOLDER
"""

import time

START = time.perf_counter()

import sys  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

from common.commands.steps import Steps  # noqa: E402
from theirs import files  # noqa: E402


def main():
    out, folder = Path(sys.argv[1]), sys.argv[2]
    steps = Steps(START)
    steps.done("import")
    rows = files.rows(files.names(folder), files.shrunk)
    steps.done("decode")
    np.save(out / "embeddings.npy", rows)
    steps.done("write")
    steps.write(out)


if __name__ == "__main__":
    main()
