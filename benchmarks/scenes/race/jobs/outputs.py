"""Whether GDAL reads what was written, and whether the areas are true."""

from common import data
from common.commands import process, rows
from race import ours
from race.jobs.hatteras import BANDS


def measure(setting):
    files = [data.path(name) for name in BANDS]
    run = ours.segment(setting, "ours", files, "-k", 8, "--n-init", 1)
    areas = ours.one_file(run.folder, "*.areas.csv")
    found = process.check("written", ours.classes(run), areas, files[0])
    return {
        "title": "the class map of Hatteras, read back by rasterio",
        "races": [],
        "checks": [rows.check(**check) for check in found],
        "notes": [],
    }
