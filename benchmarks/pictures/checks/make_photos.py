"""Makes N photos of 1600×1200 pixels from parts of a picture: FOLDER/INDEX.jpg."""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

source, folder, n = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
random = np.random.default_rng(0)
with Image.open(source) as scene:
    for index in range(n):
        x, y = random.integers(scene.width - 400), random.integers(scene.height - 300)
        part = scene.crop((x, y, x + 400, y + 300)).resize((1600, 1200), Image.Resampling.LANCZOS)
        noisy = np.asarray(part) + random.normal(0, 3, (1200, 1600, 3))
        photo = Image.fromarray(noisy.round().clip(0, 255).astype(np.uint8))
        photo.save(folder / f"{index:03}.jpg", quality=90)
print(json.dumps(n))
