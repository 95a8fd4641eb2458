"""A photo in few colours."""

import os

import numpy as np

from . import _lookalike
from ._display import picture, shown, swatch, table
from ._options import path
from ._threads import how
from ._validation import seed_of


class QuantizedImage:
    """What `quantize` made.

    Attributes
    ----------
    palette : ndarray of uint8 of shape (n_colors, 4)
        Red, green, blue and alpha, the most frequent first.
    labels : ndarray of uint16 of shape (rows, columns)
        The colour of each pixel.
    counts : ndarray of int of shape (n_colors,)
    n_colors_before : int
    mean_squared_error : float
        Of samples from 0 to 255.
    psnr : float
        In decibels; infinite where nothing is lost.
    """

    def __init__(self, palette, labels, counts, n_colors_before, mean_squared_error):
        self.palette = palette
        self.labels = labels
        self.counts = counts
        self.n_colors_before = n_colors_before
        self.mean_squared_error = mean_squared_error
        with np.errstate(divide="ignore"):
            self.psnr = float(10 * np.log10(255**2 / np.float64(mean_squared_error)))

    def to_rgb(self):
        """The picture, with alpha only where it is not opaque.

        Returns
        -------
        image : ndarray of uint8 of shape (rows, columns, 3 or 4)
        """
        opaque = (self.palette[:, 3] == 255).all()
        return self.palette[:, : 3 if opaque else 4][self.labels]

    def __repr__(self):
        rows, columns = self.labels.shape
        return f"<QuantizedImage: {rows}×{columns} pixels, {len(self.palette)} colours, {self.psnr:.1f} dB>"

    def _repr_html_(self):
        shares = self.counts / self.counts.sum()
        rows = [(swatch(color), f"{share:.1%}") for color, share in zip(self.palette[:32], shares)]
        return picture(self.palette[shown(self.labels)]) + table(["colour", "share"], rows)


def quantize(
    image,
    n_colors=16,
    *,
    space="srgb",
    dither="none",
    n_init=1,
    random_state=0,
    output=None,
    overwrite=False,
):
    """Draw a photo in few colours.

    Parameters
    ----------
    image : path or array
        A file, or an array of uint8 or uint16 of shape (rows, columns) or (rows, columns, 1 to 4).
    n_colors : int, default=16
        1 to 65535.
    space : {'srgb', 'oklab'}, default='srgb'
        Where colours are compared.
    dither : {'none', 'floyd-steinberg'}, default='none'
    n_init : int, default=1
    random_state : int, RandomState or None, default=0
    output : path, default=None
        A PNG, JPEG or WebP file to be written.
    overwrite : bool, default=False

    Returns
    -------
    quantized : QuantizedImage

    Examples
    --------
    >>> import numpy as np
    >>> from lookalike import quantize
    >>> image = np.uint8([[[0, 0, 0], [4, 4, 4]], [[250, 250, 250], [254, 254, 254]]])
    >>> quantize(image, 2).to_rgb()[:, :, 0].tolist()
    [[2, 2], [252, 252]]
    """
    if isinstance(image, (str, os.PathLike)):
        photo = os.fspath(image)
    else:
        photo = np.asarray(image)
        if photo.ndim == 2:
            photo = photo[:, :, np.newaxis]
        if photo.ndim != 3 or photo.dtype not in (np.uint8, np.uint16):
            raise ValueError(
                "image must be an array of uint8 or uint16 of shape (rows, columns, samples), got "
                f"{photo.dtype} of shape {photo.shape}"
            )
    return QuantizedImage(
        *_lookalike.quantize(
            photo,
            n_colors,
            space,
            dither,
            n_init,
            seed_of(random_state),
            path(output),
            bool(overwrite),
            how(),
        )
    )
