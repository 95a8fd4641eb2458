"""The jobs by name. Each takes a setting and returns its title, races, checks and notes."""

from race.jobs import decode, descriptor, mnist, networks, tsne

JOBS = {
    "mnist": mnist.measure,
    "tsne": tsne.measure,
    "decode": decode.measure,
    "descriptor": descriptor.measure,
    "networks": networks.measure,
}
