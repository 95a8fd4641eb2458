"""Where and with what a section was measured."""

import datetime
import importlib.metadata
import os
import pathlib
import platform
import subprocess
import time

from common import ROOT


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
    path = pathlib.Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown processor"


def versions(packages):
    def first_line(*command):
        return subprocess.check_output(command, cwd=ROOT, text=True).split("\n")[0]

    mine = {
        "Lookalike": first_line("git", "describe", "--always", "--dirty"),
        "Rust": first_line("rustc", "--version").split()[1],
        "Python": platform.python_version(),
    }
    return mine | {name: importlib.metadata.version(name) for name in packages}
