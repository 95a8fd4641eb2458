"""How many threads are used. Results never depend on it."""

import os

_n_threads = None


def set_num_threads(n_threads):
    """Set how many threads every call uses from now on.

    Parameters
    ----------
    n_threads : int or None
        At least 1; None for one a core, which is the default.
    """
    global _n_threads
    if n_threads is not None and (not isinstance(n_threads, int) or n_threads < 1):
        raise ValueError(f"n_threads must be an int of at least 1 or None, got {n_threads!r}")
    _n_threads = n_threads


def get_num_threads():
    """The number of threads that calls use, as far as `n_jobs` does not say otherwise.

    Returns
    -------
    int
    """
    return _n_threads or os.cpu_count() or 1


def how(n_jobs=None, verbose=False):
    """What every call of the extension module is told: threads, and whom to tell about progress."""
    if n_jobs is None:
        threads = _n_threads
    elif n_jobs == 0:
        raise ValueError("n_jobs must not be 0")
    elif n_jobs < 0:
        threads = max(1, (os.cpu_count() or 1) + 1 + int(n_jobs))
    else:
        threads = int(n_jobs)
    return threads, _tell if verbose else None


def _tell(stage, done, total, objective):
    value = "" if objective is None else f", objective {objective:.6g}"
    print(f"{stage}: {done} of {total}{value}")
