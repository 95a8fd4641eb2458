"""Results as a notebook shows them: a picture and a table."""

import base64
import html

import numpy as np

from . import _lookalike

# Larger pictures are shown at a fraction of their size.
MAX_SIDE = 800


def png(rgb):
    """A picture as a PNG file.

    Parameters
    ----------
    rgb : ndarray of uint8 of shape (rows, columns, 3 or 4)

    Returns
    -------
    png : bytes
    """
    if rgb.shape[2] == 3:
        rgb = np.dstack([rgb, np.full(rgb.shape[:2], 255, dtype=np.uint8)])
    return bytes(_lookalike.encode_png(np.ascontiguousarray(rgb)))


def shown(pixels):
    """Every n-th pixel in both directions, so that a screen can hold them."""
    step = -(-max(pixels.shape[:2]) // MAX_SIDE)
    return pixels[::step, ::step]


class Html(str):
    """Text that is HTML already."""


def picture(rgb):
    """A picture as HTML."""
    data = base64.b64encode(png(rgb)).decode()
    return Html(f'<img alt="" src="data:image/png;base64,{data}" style="max-width:100%">')


def swatch(color):
    """A colour, (red, green, blue), as HTML."""
    code = "#" + "".join(f"{int(v):02x}" for v in color[:3])
    return Html(f'<span style="background:{code};padding:0 .8em;border:1px solid #8888"></span> {code}')


def table(header, rows):
    """A table as HTML."""

    def cell(value, tag):
        text = value if isinstance(value, Html) else html.escape(str(value))
        return f"<{tag}>{text}</{tag}>"

    lines = ["".join(cell(value, "th") for value in header)]
    lines += ["".join(cell(value, "td") for value in row) for row in rows]
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"
