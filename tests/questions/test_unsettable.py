"""An act on what nobody can set is answered as "had they been", and said to be that, wherever it is asked."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

import bn
from bn.cohort.files import run_files
from bn.cohort.frames.questions import CohortWhatIf
from bn.cohort.frames.tables import Tables
from bn.report.text.what_if import comparison_table, what_if_table

AGE = "nobody can set age: the answer is about the same person, had age been 50 to 55 years"
SEX = "nobody can set sex: the answer is about the same person, had sex been male"
PAST = "a start in the past is another question"


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What the tables print, on one long line a paragraph."""
    page = StringIO()
    for module in ("bn.report.text", "bn.report.text.what_if"):
        monkeypatch.setattr(f"{module}.console", lambda: Console(file=page, width=1000, highlight=False))
    return page


def test_one_person(small: bn.RiskModel, shown: StringIO) -> None:
    answer = small.what_if(age=68, do=["exercise_training", "age=50"])
    (note,) = answer.notes
    assert note.kind == "caution"
    assert note.text.startswith(AGE)
    assert PAST in note.text
    assert [one["text"] for one in answer.to_dict()["notes"]] == [note.text]
    assert AGE in answer._repr_html_()
    what_if_table(small, answer, "")
    assert AGE in shown.getvalue()


def test_what_is_answered_is_the_one_age_and_not_a_history(small: bn.RiskModel) -> None:
    """With age alone known, the answer is the risk of somebody of 50 who exercises."""
    answer = small.what_if(age=68, do=["physical_activity=active", "age=50"])
    assert answer.risk_after == pytest.approx(small.posterior(age=50, physical_activity="active").risk, abs=1e-12)


def test_a_variable_that_is_no_time_speaks_of_no_past(small: bn.RiskModel) -> None:
    (note,) = small.what_if(age=68, do="sex=male").notes
    assert note.text.startswith(SEX)
    assert PAST not in note.text


@pytest.mark.parametrize("do", ["physical_activity=active", "adiposity=27", "exercise_training", "sarcopenia=absent"])
def test_what_interventions_act_on_needs_no_word(small: bn.RiskModel, do: str) -> None:
    assert small.what_if(age=68, do=do).notes == ()


def test_a_variable_that_is_so_already_is_told_once(small: bn.RiskModel) -> None:
    notes = small.what_if(age=52, do=["exercise_training", "age=50"]).notes
    assert [note for note in notes if "is age_50_54 already" in note.text]


def test_rank(small: bn.RiskModel, shown: StringIO) -> None:
    found = small.rank(age=68, do=["age=50", "sex=male", "weight_loss"])
    notes = {row.label: row.notes for row in found.rows}
    assert notes["age=age_50_54"][0].startswith(AGE)
    assert notes["sex=male"][0].startswith(SEX)
    assert notes["weight_loss"] == ()
    assert AGE in found._repr_html_()
    assert any(AGE in row["notes"] for row in found.to_dict()["rows"])
    comparison_table(small, found, "")
    assert f"* Age set to age_50_54: {AGE}" in shown.getvalue()
    assert "Weight loss *" not in shown.getvalue()


def test_sweep_says_it_once(small: bn.RiskModel, shown: StringIO) -> None:
    found = small.sweep(age=68, bmi=31, do=["age=50", "losartan"], over="sex")
    assert all(AGE in row.notes[0] for row in found.rows)
    comparison_table(small, found, "")
    assert shown.getvalue().count("nobody can set") == 1
    assert "*" not in shown.getvalue()


@pytest.mark.parametrize("do", [["age=50", "weight_loss"], "age=50"])
def test_cohorts_say_it_once_in_their_summary(small: bn.RiskModel, do: Any, tmp_path: Path) -> None:
    rows = pd.DataFrame({"age": [68, 71, 80], "hscrp": [1, 2, 3]})
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    rows.to_csv(source, index=False)
    ((_, summary),) = run_files(CohortWhatIf.of(small, do), str(source), str(target))
    assert str(summary).count(f"  note: {AGE}") == 1
    _, of_frame = Tables(CohortWhatIf.of(small, do)).table(rows)
    assert str(of_frame).count(f"  note: {AGE}") == 1
