"""Writes N digits of mnist.npz, evenly spaced, as PNG files: FOLDER/CLASS/INDEX.png."""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

source, folder, n = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
data = np.load(source)
# Renamed when whole, so that a run that was stopped leaves nothing that looks finished.
making = folder.with_suffix(".making")
for label in range(10):
    (making / str(label)).mkdir(parents=True, exist_ok=True)
x, y = data["x"], data["y"]
for index in np.arange(n) * len(x) // n:
    pixels, label = x[index], y[index]
    Image.fromarray(pixels.reshape(28, 28)).save(making / str(label) / f"{index:05}.png")
making.rename(folder)
print(json.dumps(n))
