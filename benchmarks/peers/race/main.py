"""Arguments to sections, sections to files."""

import sys

from common import machine, page
from race import growth, jobs, memory, ours, report, seeds, theirs, times

SECTIONS = {
    "times": times.measure,
    "longest": times.measure_longest,
    "seeds": seeds.measure,
    "memory": memory.measure,
    "growth": growth.measure,
}


def main(arguments, usage):
    names = [job.name for job in jobs.JOBS]
    options = [f"--{section}" for section in SECTIONS]
    if arguments == ["--list"]:
        print("\n".join(names))
    elif "--help" in arguments or set(arguments) - set(names) - set(options):
        print(usage, file=sys.stdout if "--help" in arguments else sys.stderr)
        sys.exit(0 if "--help" in arguments else 2)
    elif set(arguments) & set(names):
        times.measure_jobs([job for job in jobs.JOBS if job.name in arguments])
    else:
        for section in [s for s in SECTIONS if f"--{s}" in arguments] or SECTIONS:
            write(section, run(SECTIONS[section]))


def run(measure):
    ours.build()
    return machine.measured(measure, (*theirs.PACKAGES, "NumPy", "SciPy"))


def write(name, section):
    """Each section is written as soon as it is measured; the others stay as they were, and so do times on
    other processors."""
    sections = page.numbers("peers")
    by_cpu = name in report.BY_CPU
    sections[name] = sections.get(name, {}) | {section["cpu"]: section} if by_cpu else section
    page.write("peers", sections, report.render(sections))
    print(f"{page.PAGE.name}: {name}", file=sys.stderr)
