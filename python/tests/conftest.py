"""What the tests share."""

import os
import pathlib

import numpy as np
import pytest
from sklearn.datasets import load_digits

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def digits():
    """The digits, as scikit-learn has them."""
    return load_digits()


@pytest.fixture(scope="session")
def data_folder():
    """Real data that is not part of the project; tests that need it are skipped where it is missing."""
    folder = pathlib.Path(os.environ.get("LOOKALIKE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}: set LOOKALIKE_DATA")
    return folder


@pytest.fixture
def scene():
    """Four fields of three bands, with noise: (bands, rows, columns) and the true class of each pixel."""
    random = np.random.default_rng(0)
    truth = np.kron([[0, 1], [2, 3]], np.ones((30, 40), dtype=int))
    levels = np.array([[20, 30, 10], [90, 60, 40], [120, 140, 90], [220, 200, 210]])
    pixels = levels[truth].transpose(2, 0, 1) + random.normal(0, 4, (3, *truth.shape))
    return pixels.round().clip(0, 255).astype(np.uint8), truth
