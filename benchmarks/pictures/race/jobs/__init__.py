"""The jobs by name. Each takes a setting and returns its title, races, checks and notes."""

from race.jobs import decode, mnist, tsne

JOBS = {
    "mnist": mnist.measure,
    "tsne": tsne.measure,
    "decode": decode.measure,
}
