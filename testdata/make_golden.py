#!/usr/bin/env python3
"""Makes testdata/golden/*.json with scikit-learn, SciPy, GDAL, PROJ and matplotlib.

    python3 testdata/make_golden.py [NAME ...]

Each module NAME of testdata/generators has a function cases() that returns a dictionary of JSON
values; it becomes golden/NAME.json, with the versions that made it. Nobody edits those by hand.
The script makes its own virtual environment with the versions of requirements.txt.
"""

import importlib
import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
ENVIRONMENT = CACHE / "lookalike" / "golden-venv"


def inside_environment():
    return pathlib.Path(sys.prefix).resolve() == ENVIRONMENT.resolve()


def enter_environment():
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    requirements = str(HERE / "requirements.txt")
    subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements], check=True)
    os.execv(python, [str(python), *sys.argv])


def main():
    requirements = (HERE / "requirements.txt").read_text().split()
    packages = [line.partition("==")[0] for line in requirements]
    provenance = {
        "made_by": "testdata/make_golden.py",
        "versions": {name: importlib.metadata.version(name) for name in packages},
    }
    sys.path.insert(0, str(HERE))
    names = sys.argv[1:] or sorted(
        p.stem for p in (HERE / "generators").glob("*.py") if p.stem != "__init__"
    )
    for name in names:
        cases = importlib.import_module(f"generators.{name}").cases()
        path = HERE / "golden" / f"{name}.json"
        path.write_text(json.dumps({"provenance": provenance, **cases}, separators=(",", ":")) + "\n")
        print(f"{path.relative_to(HERE.parent)}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    if inside_environment():
        main()
    else:
        enter_environment()
