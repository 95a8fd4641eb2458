"""Percentiles and figures of bands with invalid pixels, by NumPy.

Values are written as they are, invalid ones too; "valid" is one character a pixel, 0 or 1.
Percentiles are those of nanpercentile over float64, with NaN in the place of invalid pixels.
"""

import numpy as np

TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64")
PERCENTS = (0, 2, 5, 12.5, 33.3, 50, 66.7, 95, 98, 99.9, 100)


def draw(rng, dtype, n, kind):
    if kind == "constant":
        values = np.full(n, 100)
    elif kind == "few":
        values = rng.choice([0, 1, 7, 90, 127], n)
    elif kind == "skewed":
        values = rng.gamma(1.2, 20, n)
    else:
        values = rng.normal(0, 1, n)
        if np.issubdtype(dtype, np.floating):
            return (values * 10.0 ** rng.integers(-6, 7, n)).astype(dtype)
        # Over the whole range, but for 64 bits what float64 can tell apart.
        limits = np.iinfo(dtype)
        span = min(float(limits.max) - float(limits.min), 2.0**50)
        values = max(float(limits.min), -(2.0**49)) + span / (1 + np.exp(-values))
    return np.clip(values, 0 if dtype.startswith("u") else -128, None).astype(dtype)


def cases():
    rng = np.random.default_rng(30)
    found = []
    for dtype in TYPES:
        for kind, n, n_bands, share in (
            ("wide", 1, 1, 0),
            ("wide", 2, 1, 0),
            ("constant", 9, 2, 0.3),
            ("few", 101, 3, 0.2),
            ("skewed", 40, 1, 0),
            ("wide", 60, 3, 0.5),
        ):
            bands = [draw(rng, dtype, n, kind) for _ in range(n_bands)]
            valid = rng.random(n) >= share
            valid[0] = True
            masked = np.where(valid, np.array(bands, np.float64), np.nan)
            found.append(
                {
                    "type": dtype,
                    "bands": [band.tolist() for band in bands],
                    "valid": "".join("01"[int(v)] for v in valid),
                    "percentiles": np.nanpercentile(masked, PERCENTS, axis=1).T.tolist(),
                    "together": np.nanpercentile(masked, PERCENTS).tolist(),
                    "statistics": [
                        [f(band) for f in (np.nanmin, np.nanmax, np.nanmean, np.nanstd)]
                        for band in masked
                    ],
                }
            )
    return {"percents": PERCENTS, "cases": found}
