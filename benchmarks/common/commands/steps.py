"""Seconds by step of a script."""

import json
import time


class Steps:
    def __init__(self, start):
        self.last = start
        self.seconds = {}

    def done(self, name):
        """What has passed since the step before belongs to this one."""
        now = time.perf_counter()
        self.seconds[name] = now - self.last
        self.last = now

    def write(self, folder, **figures):
        told = {"seconds": self.seconds, "figures": figures}
        (folder / "theirs.json").write_text(json.dumps(told))
