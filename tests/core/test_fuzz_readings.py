"""A small part of `fuzz_readings.py`, from fixed seeds."""

import random
from pathlib import Path

import pytest
from fuzz_readings import NAMES, check_cells, check_headers

from bn.core.heading import Heading


@pytest.mark.parametrize("seed", range(6))
def test_cells_are_values_or_clear_errors_along_every_way(seed: int, tmp_path: Path) -> None:
    Heading.of(NAMES, "hscrp [mg/dL]")
    dice = random.Random(seed)
    kinds = check_cells(dice, 200, tmp_path) + check_cells(dice, 200, tmp_path)
    assert kinds["tuple"] + kinds["ndarray"] >= 20
    check_headers(dice, 100)
