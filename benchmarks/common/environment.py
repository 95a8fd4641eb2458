"""A virtual environment for each runner, made at its first start."""

import os
import pathlib
import subprocess
import sys
import venv

from common import THREADS

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
CACHE = CACHE / "lookalike"


def enter(script, name):
    """Goes on in the environment that requirements.txt beside the script asks for."""
    environment = CACHE / f"{name}-venv"
    if pathlib.Path(sys.prefix).resolve() == environment.resolve():
        sys.dont_write_bytecode = True
        return
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
    requirements = str(script.with_name("requirements.txt"))
    subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements], check=True)
    # Read when NumPy and OpenMP are loaded, so they must be set before.
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        os.environ[f"{library}_NUM_THREADS"] = str(THREADS)
    os.execv(python, [str(python), str(script), *sys.argv[1:]])
