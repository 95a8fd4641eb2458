"""docs/BENCHMARKS.md: a part for each runner, which replaces its own and leaves the others."""

import json
import re

from common import ROOT

DOCS = ROOT / "docs"
PAGE = DOCS / "BENCHMARKS.md"
# Name of a part, which is that of the runner's folder, and the file of its numbers.
PARTS = {
    "peers": "BENCHMARKS.json",
    "scenes": "BENCHMARKS-scenes.json",
    "pictures": "BENCHMARKS-pictures.json",
}

HEAD = """# Benchmarks

Made by `benchmarks/peers/run`, `benchmarks/scenes/run` and `benchmarks/pictures/run`; nobody edits
this file by hand. The numbers are in [BENCHMARKS.json](BENCHMARKS.json),
[BENCHMARKS-scenes.json](BENCHMARKS-scenes.json) and
[BENCHMARKS-pictures.json](BENCHMARKS-pictures.json). **Absolute times on shared machines drift; trust
the ratios.** What is *wanted* are goals that were set before anything was measured.
"""


def numbers(part):
    """What has been measured for this part so far."""
    path = DOCS / PARTS[part]
    return json.loads(path.read_text()) if path.exists() else {}


def write(part, sections, text):
    """Keeps the numbers of a part and puts its text into the page."""
    DOCS.mkdir(exist_ok=True)
    document = json.dumps(sections, indent=1, ensure_ascii=False) + "\n"
    (DOCS / PARTS[part]).write_text(document)
    PAGE.write_text(with_part(PAGE.read_text() if PAGE.exists() else "", part, text))


def with_part(page, part, text):
    kept = dict(re.findall(r"^<!-- (\w+) -->\n\n(.*?)\n<!-- end of \1 -->$", page, re.S | re.M))
    kept[part] = text.strip("\n") + "\n"
    parts = [f"<!-- {p} -->\n\n{kept[p]}\n<!-- end of {p} -->\n" for p in PARTS if p in kept]
    return "\n".join([HEAD, *parts])
