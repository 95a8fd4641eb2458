"""Makes LookalikeSans-{Regular,SemiBold}.ttf: Inter, subset and renamed.

    npm pack inter-ui@4.1.1 && tar xzf inter-ui-4.1.1.tgz
    python3 -m venv venv && venv/bin/pip install fonttools==4.68.0 brotli==1.2.1
    venv/bin/python make.py package/web .

Kept: Latin, Latin-1, Latin Extended-A, the punctuation and mathematics that figures use, kerning.
Digits are the tabular ones by default, so that columns of numbers line up wherever they are drawn.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Lookalike Sans"
CODES = [*range(0x20, 0x7F), *range(0xA0, 0x180), *map(ord, "–—‘’“”•…′″−×·≈≠≤≥→←↑↓∞√∑∆εκλμσπα²³₂€‰⁻¹")]


def make(source: Path, target: Path, weight: str) -> None:
    font = TTFont(source)
    glyphs = set(font.getGlyphOrder())
    for table in font["cmap"].tables:
        for code, glyph in table.cmap.items():
            if code in range(0x30, 0x3A) and f"{glyph}.tf" in glyphs:
                table.cmap[code] = f"{glyph}.tf"

    options = subset.Options()
    options.layout_features = ["kern", "mark", "ccmp"]
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.recalc_timestamp = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=CODES)
    subsetter.subset(font)

    names = {1: f"{FAMILY} {weight}".removesuffix(" Regular"), 2: "Regular", 3: f"{FAMILY} {weight} 1",
             4: f"{FAMILY} {weight}", 6: f"LookalikeSans-{weight}"}
    if weight != "Regular":
        names |= {16: FAMILY, 17: weight}
    for code, text in names.items():
        font["name"].setName(text, code, 3, 1, 0x409)
    font.flavor = None
    font.save(target)


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    for weight in ("Regular", "SemiBold"):
        make(source / f"Inter-{weight}.woff2", target / f"LookalikeSans-{weight}.ttf", weight)
