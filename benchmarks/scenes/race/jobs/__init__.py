"""The jobs by name. Each takes a setting and returns its title, races, checks and notes."""

from race.jobs import hatteras, large, outputs, quantize, seville

JOBS = {
    "seville": seville.measure,
    "hatteras": hatteras.measure,
    "large": large.measure,
    "outputs": outputs.measure,
    "quantize": quantize.measure,
}
