"""Where and with what a section was measured."""

import datetime
import importlib.metadata
import os
import pathlib
import platform
import subprocess
import time

from common import ROOT

VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2"}


def measured(measure, packages):
    """What `measure` returns, with the date, the machine, its load at the start, and versions."""
    start, load = time.monotonic(), os.getloadavg()[0]
    section = measure()
    return section | {
        "date": datetime.date.today().isoformat(),
        "cpu": cpu(),
        "cores": os.cpu_count(),
        "load": load,
        "versions": versions(packages),
        "took": time.monotonic() - start,
    }


def foot(command, section):
    """The line under a section that says how it came about."""
    versions = ", ".join(f"{name} {version}" for name, version in section["versions"].items())
    return (
        f"`{command}` on {section['date']}: {section['cpu']}, {section['cores']} cores, "
        f"load {section['load']:.1f} at the start; {versions}; {section['took']:.0f} s in all.\n"
    )


def cpu():
    """Its name and the widest vectors that it has, where the system tells."""
    path = pathlib.Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    told = dict(map(str.strip, line.split(":", 1)) for line in lines if ":" in line)
    name = told.get("model name") or platform.processor() or "unknown processor"
    flags = told.get("flags", "").split()
    widest = next((vectors for flag, vectors in VECTORS.items() if flag in flags), None)
    return f"{name} with {widest}" if widest else name


def versions(packages):
    def first_line(*command):
        return subprocess.check_output(command, cwd=ROOT, text=True).split("\n")[0]

    mine = {
        "Lookalike": first_line("git", "describe", "--always", "--dirty"),
        "Rust": first_line("rustc", "--version").split()[1],
        "Python": platform.python_version(),
    }
    return mine | {name: importlib.metadata.version(name) for name in packages}
