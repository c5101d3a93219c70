"""Shared pieces: the shipped model, whole and with few draws, and a copy of the data folder to break or extend."""

import shutil
from pathlib import Path

import pytest

import bn
from cpds.knowledge import DATA


@pytest.fixture(scope="session")
def model() -> bn.RiskModel:
    return bn.load()


@pytest.fixture(scope="session")
def small(model: bn.RiskModel) -> bn.RiskModel:
    """The shipped network with few draws."""
    return bn.RiskModel(model.knowledge, {name: values[:9] for name, values in model.parameters.items()})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the shipped data that a test may change."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))
