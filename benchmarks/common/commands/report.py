"""A part of docs/BENCHMARKS.md from the numbers of its jobs."""

from common import machine

RACES = """| what | ours, s | theirs, s | ratio | wanted | met | processor, s | memory, MB |
|---|--:|--:|--:|--:|:-:|--:|--:|
"""

CHECKS = """| check | found | wanted | met |
|---|---|---|:-:|
"""

MEGA = 1_000_000


def render(part, head, jobs):
    return "\n".join([head, *(job(part, name, found) for name, found in jobs.items())])


def job(part, name, found):
    """The report of one job, as it stands in the page."""
    parts = [f"### `{name}`: {found['title']}\n"]
    if found["races"]:
        parts.append(RACES + "".join(map(race_line, found["races"])))
    if found["checks"]:
        parts.append(CHECKS + "".join(map(check_line, found["checks"])))
    parts += [f"{note}\n" for note in found["notes"]]
    parts.append(machine.foot(f"benchmarks/{part}/run {name}", found))
    return "\n".join(parts)


def race_line(row):
    # One pair has no spread.
    spread = f" ({times(row['ratio_min'])}–{times(row['ratio_max'])})" if row["pairs"] > 1 else ""
    wanted = row["wanted"] is not None
    return line(
        row["what"],
        seconds(row["ours"]),
        seconds(row["theirs"]),
        f"**{times(row['ratio'])}**{spread}",
        f"≥ {row['wanted']}" if wanted else "",
        met(row) if wanted else "",
        f"{seconds(row['our_cpu'])}, {seconds(row['their_cpu'])}" if "our_cpu" in row else "",
        f"{row['our_peak'] / MEGA:.0f}, {row['their_peak'] / MEGA:.0f}"
        if "our_peak" in row
        else "",
    )


def check_line(row):
    return line(row["what"], row["found"], row["wanted"], met(row))


def met(row):
    return "yes" if row["met"] else "**no**"


def line(*cells):
    return f"| {' | '.join(cells)} |\n"


def seconds(value):
    return f"{value:.2g}" if value < 0.1 else f"{value:.3g}"


def times(ratio):
    return f"{ratio:.2f}" if ratio < 3 else f"{ratio:.1f}"
