"""Arguments to jobs, jobs to files."""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

from common import machine, page
from common.data import Missing
from race import ours, report
from race.jobs import JOBS
from race.setting import Setting

PACKAGES = ("rasterio", "scikit-learn", "NumPy", "Pillow", "matplotlib", "imagequant")


def main(arguments, usage):
    options = parse(arguments, usage)
    if options.list:
        print("\n".join(JOBS))
        return
    binary = options.binary.resolve() if options.binary else ours.build()
    for name in options.jobs or JOBS:
        with tempfile.TemporaryDirectory(prefix="lookalike-scenes-") as folder:
            setting = Setting(Path(folder), binary, options.quick, options.pairs)
            try:
                job = machine.measured(partial(JOBS[name], setting), PACKAGES)
            except Missing as reason:
                print(f"{name}: skipped, {reason}", file=sys.stderr)
                continue
        print(report.job(name, job))
        if not options.quick:
            jobs = page.numbers("scenes") | {name: job}
            jobs = {known: jobs[known] for known in JOBS if known in jobs}
            page.write("scenes", jobs, report.render(jobs))


def parse(arguments, usage):
    parser = argparse.ArgumentParser(usage=usage, add_help=False)
    parser.add_argument("jobs", nargs="*", metavar="JOB")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--binary", type=Path)
    parser.add_argument("--pairs", type=int)
    parser.add_argument("--help", action="store_true")
    options = parser.parse_args(arguments)
    unknown = set(options.jobs) - set(JOBS)
    if options.help or unknown:
        print(usage, file=sys.stderr if unknown else sys.stdout)
        sys.exit(2 if unknown else 0)
    return options
