"""Our part of docs/BENCHMARKS.md from docs/BENCHMARKS.json."""

import pathlib

from common import machine

# Sections that each kind of processor has its own of.
BY_CPU = ("times", "longest")
# Written by hand: profiles, limits and what was tried.
LIMITS = pathlib.Path(__file__).with_name("limits.md")

TIMES = """## How fast

Each job runs in pairs, ours and theirs in turn, on the same rows of f32, with 2 threads each, both
in a process that lives on and has run the job before (the longest jobs excepted: there the process
is warm, the job is not). A turn begins when the threads of the one before have come to rest. Reading
and writing is not timed. Seconds are medians. A ratio is their
seconds by ours within one pair, so above 1 we are faster; the median and, in brackets, the least
and the greatest. The seed is the number of the pair, and the quality is a mean over the pairs. A
quality that is worse than the peer's by more than 0.1 % is marked ✗, and the row is not won. *Exact KL* is computed for
every map by the same code, from scikit-learn's P and all pairs of the map. openTSNE runs its own
defaults, which are 750 iterations; scikit-learn and intelex run 1000, we 300, ours by default (the table of the EPYC with AVX2 is older: 1000). faiss and superkmeans start from rows drawn at random and use all
rows; the inertia of their last centres is found afterwards. umap-learn makes another kind of map: what both are
measured by is the share of the 10 nearest neighbours in the data that are so on the map. We start by greedy k-means++, as scikit-learn does,
but in the jobs that say otherwise. Ratios depend on the vectors of a processor and on its memory: there is a table
for each kind that was at hand.
"""

TIMES_ON = """### On {cpu}

| job | data | size | peer | ours, s | theirs, s | ratio | wanted | met | quality | ours | theirs | iterations |
|---|---|---|---|--:|--:|--:|--:|:-:|---|--:|--:|--:|
"""

SEEDS = """## How good

The 1797 digits, seeds 0 to 9 on both sides. Accuracy gives each cluster the class that most of its
members have; a noise sample is a miss. Accuracies and KL are medians.

| what | ours | scikit-learn | wanted | met |
|---|--:|--:|--:|:-:|
"""

MEMORY = """## How large

The peak of the resident memory of our process, which holds the program, the input and the work; one
fresh process a job.

| job | data | size | input, MB | peak, MB | allowed, MB | met | seconds |
|---|---|---|--:|--:|--:|:-:|--:|
"""

BESIDE = """
The timed jobs, one run each: the peak of a fresh process that reads the input and does the job, the peers' with
Python and its libraries. Allowed is a quarter more than the leanest peer.

| job | data | size | input, MB | ours, MB | theirs, MB | met |
|---|---|---|--:|--:|--:|:-:|
"""

GROWTH = """## How it grows

Ours alone, 2 threads, a fresh process for each point, round clusters drawn at random. Below each size: seconds,
and the peak of the memory above the input in MB. *Exponents* are slopes of straight lines through the logarithms
(seconds above 5 ms, memory above 20 MB). *Of peak*: what the textbook's way would add and multiply in the time of
the last point, as a share of the matrix products of f32 that NumPy does on this machine ({gigaflops:.0f} GFLOP/s;
copying in memory runs at {gigabytes:.1f} GB/s); above 100 %, bounds spare work, and where nothing is said, the way
is another. A curve ends where its next point would take longer than a minute.
"""


def render(sections):
    parts = []
    if "times" in sections:
        parts.append(TIMES)
        for cpu, section in sorted(sections["times"].items()):
            longest = sections.get("longest", {}).get(cpu)
            rows = section["rows"] + (longest["rows"] if longest else [])
            table = "".join(times_line(row) + "\n" for row in rows)
            parts += [TIMES_ON.format(cpu=cpu) + table, foot("times", section)]
            if longest:
                parts.append(foot("longest", longest))
        parts.append(LIMITS.read_text())
    for name, head, line in (
        ("seeds", SEEDS, seeds_line),
        ("memory", MEMORY, memory_line),
    ):
        if name in sections:
            section = sections[name]
            parts.append(head + "".join(line(row) + "\n" for row in section["rows"]))
            if "beside" in section:
                parts.append(BESIDE + "".join(beside_line(row) + "\n" for row in section["beside"]))
            parts.append(foot(name, section))
    if "growth" in sections:
        section = sections["growth"]
        parts.append(GROWTH.format(**section["limits"]) + growth_tables(section))
        parts.append(foot("growth", section))
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def foot(name, section):
    skipped = "".join(f"No ratio: {s['name']} ({s['reason']}).\n" for s in section["skipped"])
    return skipped + machine.foot(f"benchmarks/peers/run --{name}", section)


def times_line(row):
    # One pair has no spread.
    spread = f" ({row['ratio_min']:.1f}–{row['ratio_max']:.1f})" if row["pairs"] > 1 else ""
    wanted, won = "", ""
    if row["wanted"]:
        wanted = f"≥ {row['wanted']}"
        won = "yes" if row["ratio"] >= row["wanted"] and not row["worse"] else "**no**"
    counts = (row["our_iterations"], row["their_iterations"])
    iterations = "" if None in counts else "{:.0f}, {:.0f}".format(*counts)
    mark = " ✗" if row["worse"] else ""
    cells = [
        f"`{row['name']}`: {row['title']}",
        row["data"],
        size(row),
        row["peer"],
        seconds(row["ours"]),
        seconds(row["theirs"]),
        f"**{row['ratio']:.1f}**{spread}",
        wanted,
        won,
        row["measure"],
        f"{row['our_quality']:.6g}{mark}",
        f"{row['their_quality']:.6g}",
        iterations,
    ]
    if row["measure"].startswith("same "):
        cells[10:12] = [f"{100 * row['our_quality']:.4g} %{mark}", f"{100 * row['their_quality']:.4g} %"]
    return line(cells)


def seeds_line(row):
    return line([row["what"], row["ours"], row["theirs"], row["target"], met(row)])


def memory_line(row):
    numbers = [f"{row[key]:.0f}" for key in ("input", "peak", "limit")]
    return line([row["what"], row["data"], size(row), *numbers, met(row), seconds(row["seconds"])])


def growth_tables(section):
    tables = []
    for over, what in (("n", "samples"), ("d", "features"), ("k", "clusters")):
        rows = [row for row in section["rows"] if row["over"] == over]
        values = sorted({point["value"] for row in rows for point in row["points"]})
        head = ["over " + what, "fixed", *map(thousands, values), "exponents", "of peak"]
        aligned = ["---", "---", *["--:"] * len(values), "--:", "--:"]
        body = [growth_cells(row, values, section["limits"]) for row in rows]
        tables.append("\n".join(map(line, [head, aligned, *body])) + "\n")
    return "\n" + "\n".join(tables)


def growth_cells(row, values, limits):
    points = {point["value"]: point for point in row["points"]}
    fixed = ", ".join(f"{name} = {thousands(value)}" for name, value in row["fixed"].items())
    cells = [
        f"{seconds(points[value]['seconds'])} s, {points[value]['memory']:.0f} MB" if value in points else ""
        for value in values
    ]
    exponents = [row["time_exponent"], row["memory_exponent"]]
    last = row["points"][-1]
    share = ""
    if last["operations"]:
        share = f"{100 * last['operations'] / last['seconds'] / limits['gigaflops'] / 1e9:.0f} %"
    shown = ", ".join("–" if value is None else f"{value:.2f}" for value in exponents)
    return [row["title"], fixed, *cells, shown, share]


def thousands(value):
    return f"{value:,}".replace(",", " ")


def beside_line(row):
    theirs = ", ".join(f"{peer} {peak:.0f}" for peer, peak in row["theirs"].items())
    return line([f"`{row['name']}`", row["data"], size(row), f"{row['input']:.0f}", f"{row['ours']:.0f}", theirs, met(row)])


def line(cells):
    return f"| {' | '.join(cells)} |"


def met(row):
    return "yes" if row["met"] else "**no**"


def size(row):
    return "×".join(map(str, row["size"]))


def seconds(value):
    return f"{value:.2g}" if value < 0.1 else f"{value:.3g}"
