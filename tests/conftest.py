"""Shared pieces: the shipped model, and a copy of the data folder to break or extend."""

import shutil
from pathlib import Path

import pytest

import bn
from cpds.knowledge import DATA


@pytest.fixture(scope="session")
def model() -> bn.RiskModel:
    return bn.load()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the shipped data that a test may change."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))
