"""What a job is given."""

import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Setting:
    """A folder to work in, our program, and how much is asked for."""

    work: Path
    binary: Path
    quick: bool
    asked_pairs: int | None

    def pairs(self, usual):
        return self.asked_pairs or (1 if self.quick else usual)

    def folder(self, name):
        """An empty folder of this name, so that no run replaces files of the run before."""
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder
