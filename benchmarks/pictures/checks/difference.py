"""How far two arrays are from one another."""

import json
import sys

import numpy as np

ours, theirs = (np.load(path) for path in sys.argv[1:])
apart = np.abs(ours - theirs)
print(json.dumps({"mean": float(apart.mean()), "greatest": float(apart.max())}))
