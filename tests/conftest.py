"""Shared pieces: the shipped model, whole and with few draws, the command line, and data to break or extend."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Myorisk, here

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


@pytest.fixture
def myorisk(
    small: bn.RiskModel, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Myorisk]:
    """Run a command, in this process."""
    with here(small, monkeypatch, capfd) as run:
        yield run
