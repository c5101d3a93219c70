"""The examples run as they stand and say what their first line promises."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("one_person", r"Risk after: +0\.\d\d"),
        ("where_from", r"insulin_resistance\|insulin_signaling_impairment: log odds ratio \d"),
        ("score_cohort", r"\[20, 40\) +\d+ +0\.\d+"),
        ("nhanes", r"\[75, 120\) +\d{3} +0\.\d+ +0\.\d+"),
    ],
)
def test_an_example_runs(name: str, said: str) -> None:
    command = [sys.executable, str(EXAMPLES / f"{name}.py")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(said, done.stdout), done.stdout


def test_on_real_people_prediction_and_observation_rise_together() -> None:
    """Each age band's predicted share lies within 0.15 of the observed one, under the same definition."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "nhanes.py")],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    rows = [line.split()[-3:] for line in done.stdout.splitlines() if line.startswith("[")]
    predicted, observed = [float(row[1]) for row in rows], [float(row[2]) for row in rows]
    assert len(rows) == 4
    assert predicted == sorted(predicted)
    assert all(abs(p - o) < 0.15 for p, o in zip(predicted, observed, strict=True))


def test_the_example_cohort_is_synthetic_and_messy_as_promised() -> None:
    text = (EXAMPLES / "cohort.csv").read_text(encoding="utf-8")
    header, *rows = text.splitlines()
    assert "[mg/L]" in header
    assert len(rows) == 300
    assert all(row.startswith("synthetic-") for row in rows)
    assert any("<0.2" in row for row in rows)
    assert sum(row.count(",,") for row in rows) > 100
