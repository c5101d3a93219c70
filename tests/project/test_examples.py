"""The examples run as they stand and say what their first line promises."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("one_person", r"Risk after: +0\.\d\d"),
        ("where_from", r"insulin_resistance\|insulin_signaling_impairment: log odds ratio \d"),
        pytest.param("score_cohort", r"\[20, 40\) +\d+ +0\.\d+", marks=pytest.mark.long),
        ("real_people", r"\[75, 120\) +\d{3} +0\.\d+ +0\.\d+"),
        pytest.param(
            "what_if",
            r"after training 0\.\d\d\nDifference -0\.\d\d[^$]+lower the risk most[^$]+75 to 80 years +0\.",
            marks=pytest.mark.long,
        ),
        pytest.param(
            "validate_cohort",
            r"(?s)speaks of the outcome: homa_ir\n.+as drawn: calibration in the large [+-]0\.[01].+higher: .+\+0\.[2-9]",
            marks=pytest.mark.long,
        ),
        pytest.param(
            "update_cohort",
            r"(?s)As shipped: .+\+0\.[2-9].+Step: level.+truly \+0\.90.+For the town: .+[+-]0\.0\d,",
            marks=pytest.mark.long,
        ),
        ("explain", r"Body-mass index +31\.2 +\+0\.\d+[^$]+Carried by:\n[^$]+claims that weigh most:\n +C\d{3} \("),
        ("next_test", r"Tests of mechanisms that tell most:\n.+ bits; [^$]+For each unit of cost[^$]+ millibits"),
        pytest.param(
            "sensitivity",
            r"(?s)Parameters that swing.+Without one finding.+one source were wrong.+Under another structure:\n +M",
            marks=pytest.mark.long,
        ),
        pytest.param(
            "mediation",
            r"mechanism \(all of them\) +\+\d+\.\d\d points[^$]+Dysglycemia:[^$]+direct",
            marks=pytest.mark.long,
        ),
        pytest.param(
            "walkthrough",
            r"(?s)Risk of insulin resistance: 0\..+in anybody.+After exercise.+interval:.+bits.+With homa_ir",
            marks=pytest.mark.long,
        ),
    ],
)
def test_an_example_runs(name: str, said: str) -> None:
    assert re.search(said, said_by(name)), said_by(name)


@cache
def said_by(name: str, *arguments: str) -> str:
    """What an example prints; each is started once for all that is asked of it."""
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_on_real_people_prediction_and_observation_rise_together() -> None:
    """Each age band's predicted share lies within 0.15 of the observed one, under the same definition."""
    rows = [line.split()[-3:] for line in said_by("real_people").splitlines() if line.startswith("[")]
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


def test_the_shares_that_explain_prints_add_up_to_the_change() -> None:
    said = said_by("explain")
    before, after = map(float, re.search(r"log odds ([+-][\d.]+) in anybody, ([+-][\d.]+)", said).groups())
    total = float(re.search(r"all together +([+-][\d.]+)", said).group(1))
    shares = [float(found) for found in re.findall(r"^  (?!all together)\S.*  ([+-]\d\.\d{3})$", said, re.MULTILINE)]
    assert len(shares) == 6
    assert abs(sum(shares) - total) < 0.005
    assert abs(total - (after - before)) < 0.011


def test_next_test_ranks_what_tells_most_and_what_tells_most_for_its_cost() -> None:
    said = said_by("next_test")
    bits = [float(found) for found in re.findall(r"(0\.\d{4}) bits; risk", said)]
    priced = [float(found) for found in re.findall(r"([\d.]+) millibits", said)]
    assert len(bits) == 5
    assert bits == sorted(bits, reverse=True)
    assert len(priced) == 4


@pytest.mark.long
def test_examples_write_a_picture_only_when_asked(tmp_path: Path) -> None:
    before = sorted(EXAMPLES.iterdir())
    said_by("explain", str(tmp_path / "why.svg"))
    said_by("draw_network", str(tmp_path / "network.png"))
    said_by("walkthrough", str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["why.svg", "network.png", "belief.svg", "network.svg", "interventions.svg", "sensitivity.svg"]
    )
    assert sorted(EXAMPLES.iterdir()) == before


@pytest.mark.parametrize("name", ["what_if", "explain", "next_test", "sensitivity", "mediation"])
def test_example_scripts_are_short(name: str) -> None:
    assert len((EXAMPLES / f"{name}.py").read_text(encoding="utf-8").splitlines()) < 60


def test_raw_files_of_nhanes_are_joined_and_scored(tmp_path: Path) -> None:
    """Children are left out; refused answers say nothing."""
    demo = pd.DataFrame({"SEQN": [1.0, 2.0, 3.0], "RIDAGEYR": [50.0, 80.0, 9.0], "RIAGENDR": [1.0, 2.0, 2.0]})
    answers = pd.DataFrame({"SEQN": [2.0, 1.0], "DIQ010": [7.0, 1.0], "PAQ605": [1.0, 9.0]})
    names = []
    for name, frame in (("DEMO_J", demo), ("DIQ_J", answers)):
        names.append(str(tmp_path / f"{name}.xpt"))
        pyreadstat.write_xport(frame, names[-1], file_format_version=5)
    said = said_by("raw_nhanes", *names)
    assert "2 adults, 0 with errors" in said
    assert re.search(r"DIQ010 +diagnosed_diabetes +0\.5", said), said
    assert re.search(r"\[75, 120\) +1 +0\.\d+", said)
