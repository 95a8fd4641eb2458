"""Arguments to jobs, jobs to files."""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

from common import machine, page
from common.commands import program, report
from common.commands.setting import Setting
from common.data import Missing


def main(arguments, usage, part, head, jobs, packages):
    """Measures the jobs of a part that are asked for, and writes each into the page at once."""
    options = parse(arguments, usage, jobs)
    if options.list:
        print("\n".join(jobs))
        return
    binary = options.binary.resolve() if options.binary else program.build()
    for name in options.jobs or jobs:
        with tempfile.TemporaryDirectory(prefix=f"lookalike-{part}-") as folder:
            setting = Setting(Path(folder), binary, options.quick, options.pairs)
            try:
                job = machine.measured(partial(jobs[name], setting), packages)
            except Missing as reason:
                print(f"{name}: skipped, {reason}", file=sys.stderr)
                continue
        print(report.job(part, name, job))
        if not options.quick:
            known = page.numbers(part) | {name: job}
            known = {name: known[name] for name in jobs if name in known}
            page.write(part, known, report.render(part, head, known))


def parse(arguments, usage, jobs):
    parser = argparse.ArgumentParser(usage=usage, add_help=False)
    parser.add_argument("jobs", nargs="*", metavar="JOB")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--binary", type=Path)
    parser.add_argument("--pairs", type=int)
    parser.add_argument("--help", action="store_true")
    options = parser.parse_args(arguments)
    unknown = set(options.jobs) - set(jobs)
    if options.help or unknown:
        print(usage, file=sys.stderr if unknown else sys.stdout)
        sys.exit(2 if unknown else 0)
    return options
