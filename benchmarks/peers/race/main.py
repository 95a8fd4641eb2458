"""Arguments to sections, sections to files."""

import datetime
import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

from race import ROOT, jobs, memory, ours, report, seeds, times

SECTIONS = {"times": times.measure, "seeds": seeds.measure, "memory": memory.measure}


def main(arguments, usage):
    names = [job.name for job in jobs.JOBS]
    options = [f"--{section}" for section in SECTIONS]
    if arguments == ["--list"]:
        print("\n".join(names))
    elif "--help" in arguments or set(arguments) - set(names) - set(options):
        print(usage, file=sys.stdout if "--help" in arguments else sys.stderr)
        sys.exit(0 if "--help" in arguments else 2)
    elif set(arguments) & set(names):
        times.measure([name for name in arguments if name in names])
    else:
        for section in [s for s in SECTIONS if f"--{s}" in arguments] or SECTIONS:
            write(section, run(SECTIONS[section]))


def run(measure):
    ours.build()
    start, load = time.monotonic(), os.getloadavg()[0]
    section = measure()
    return section | {
        "date": datetime.date.today().isoformat(),
        "cpu": cpu(),
        "cores": os.cpu_count(),
        "load": load,
        "versions": versions(),
        "took": time.monotonic() - start,
    }


def cpu():
    path = pathlib.Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown processor"


def versions():
    def first_line(*command):
        return subprocess.check_output(command, cwd=ROOT, text=True).split("\n")[0]

    mine = {
        "Lookalike": first_line("git", "describe", "--always", "--dirty"),
        "Rust": first_line("rustc", "--version").split()[1],
        "Python": platform.python_version(),
    }
    packages = ("scikit-learn", "openTSNE", "NumPy", "SciPy")
    return mine | {name: importlib.metadata.version(name) for name in packages}


def write(name, section):
    """Each section is written as soon as it is measured; the others stay as they were."""
    kept = ROOT / "docs" / "BENCHMARKS.json"
    kept.parent.mkdir(exist_ok=True)
    sections = json.loads(kept.read_text()) if kept.exists() else {}
    sections[name] = section
    kept.write_text(json.dumps(sections, indent=1, ensure_ascii=False) + "\n")
    page = kept.with_suffix(".md")
    page.write_text(report.render(sections))
    print(f"{page.relative_to(ROOT)}: {name}", file=sys.stderr)
