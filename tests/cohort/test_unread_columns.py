"""Columns that were not read and may matter are told once, with the way out, for every kind of table."""

import json
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import bn

ROWS = 40


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    """A survey's own names, insulin in pmol/L under a name that is known, two visits of each person."""
    chance = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "SEQN": np.arange(ROWS) // 2,
            "RIDAGEYR": chance.integers(20, 80, ROWS),
            "RIAGENDR": chance.integers(1, 3, ROWS),
            "BMXBMI": chance.normal(28, 4, ROWS).round(1),
            "LBXHSCRP": chance.lognormal(0.4, 1, ROWS).round(2) + 0.1,
            "LBXGLU": chance.normal(100, 10, ROWS).round(),
            "LBXIN": chance.lognormal(2.3, 0.5, ROWS).round(1),
            "MGDCGSZ": chance.normal(70, 9, ROWS).round(1),
            "insulin_rx": chance.integers(0, 2, ROWS),
            "site": "A",
        }
    )


PROPOSED = {
    "RIDAGEYR": {"is": "age", "values": {80: "80+"}},
    "RIAGENDR": {"is": "sex", "values": {1: "male", 2: "female"}},
    "LBXHSCRP": "hscrp",
    "LBXGLU": "fasting_glucose",
    "LBXIN": "fasting_insulin",
    "MGDCGSZ": "",
    "insulin_rx": "insulin_treated",
}

EAGER: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "record batch": lambda frame: pa.RecordBatch.from_pandas(frame, preserve_index=False),
}


def caught(work: Callable[[], Any]) -> list[warnings.WarningMessage]:
    """The warnings of some work, all of them ours."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        work()
    return [one for one in found if issubclass(one.category, bn.UnreadColumnsWarning | bn.SuspectUnitWarning)]


@pytest.mark.parametrize("kind", EAGER)
@pytest.mark.parametrize("asked", ["score", "posterior_array", "what_if_frame"])
def test_unread_columns_are_told_once_with_what_to_paste(
    small: bn.RiskModel, survey: pd.DataFrame, kind: str, asked: str
) -> None:
    table = EAGER[kind](survey)
    options = {"do": "exercise_training"} if asked == "what_if_frame" else {"interval": False, "posteriors": False}
    (told,) = caught(lambda: getattr(small, asked)(table, **options))
    assert told.category is bn.UnreadColumnsWarning
    assert told.filename == __file__
    assert f"meaning={PROPOSED!r}" in str(told.message)
    assert "MGDCGSZ is the best of both hands added up" in str(told.message)


def lazy_tables(frame: pd.DataFrame) -> dict[str, tuple[Any, Callable[[Any], Any]]]:
    """Tables that are read later, and how."""
    import dask.dataframe as dd

    table = pa.Table.from_pandas(frame, preserve_index=False)
    return {
        "reader": (pa.RecordBatchReader.from_batches(table.schema, table.to_batches()), lambda one: one.read_all()),
        "plan": (pl.from_arrow(table).lazy(), lambda one: one.collect()),
        "dask": (dd.from_pandas(frame, npartitions=2), lambda one: one.compute(scheduler="synchronous")),
    }


@pytest.mark.parametrize("kind", ["reader", "plan", "dask"])
def test_tables_that_are_read_later_are_told_of_by_names_at_once(
    small: bn.RiskModel, survey: pd.DataFrame, kind: str
) -> None:
    table, read = lazy_tables(survey.assign(insulin=np.linspace(50, 70, ROWS)).drop(columns="LBXIN"))[kind]
    scored: list[Any] = []
    (told,) = caught(lambda: scored.append(small.score(table, interval=False, posteriors=False)))
    assert "'RIDAGEYR': {'is': 'age'" in str(told.message)
    later = caught(lambda: read(scored[0]))
    assert {one.category for one in later} == {bn.SuspectUnitWarning}
    assert "in pmol/L it would fit" in str(later[0].message)
    with pytest.raises(bn.QuestionError, match=r"summary=True: found .*, which is read later"):
        small.score(table, summary=True)


def test_following_the_warning_leaves_nothing_to_warn_of(small: bn.RiskModel, survey: pd.DataFrame) -> None:
    plain = {name: meant for name, meant in PROPOSED.items() if isinstance(meant, str)}
    rest = {"RIDAGEYR": "", "RIAGENDR": "", "MGDCGSZ": ""}
    assert caught(lambda: small.score(survey, interval=False, meaning={**plain, **rest})) == []


def test_the_class_silences_and_so_does_an_empty_meaning(small: bn.RiskModel) -> None:
    frame = pd.DataFrame({"hscrp": [3.0], "LBXGLU": [99.0], "site": ["A"]})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=bn.UnreadColumnsWarning)
        small.score(frame, interval=False)
    small.score(frame, interval=False, meaning={"LBXGLU": "", "site": ""})


def test_a_table_without_any_context_is_told_of(small: bn.RiskModel) -> None:
    (told,) = caught(lambda: small.score(pd.DataFrame({"hscrp": [3.0], "jahre": [60]}), interval=False))
    assert "no column gives any of" in str(told.message)
    for name, variable in small.knowledge.variables.items():
        assert (name in str(told.message)) == (variable.role in ("root", "context"))
    assert caught(lambda: small.score(pd.DataFrame({"hscrp": [3.0], "bmi": [30], "x": [1]}), interval=False)) == []
    assert caught(lambda: small.score(pd.DataFrame({"hscrp": [3.0], "id": [1]}), interval=False)) == []


def test_numbers_in_another_unit_are_told_and_a_stated_unit_is_believed(small: bn.RiskModel) -> None:
    frame = pd.DataFrame({"age": 60, "insulin": np.linspace(40, 90, 30)})
    (told,) = caught(lambda: small.score(frame, interval=False))
    assert told.category is bn.SuspectUnitWarning
    assert "insulin: the median 65 is 7.1 times what is usual (9.1 uU/mL); in pmol/L it would fit" in str(told.message)
    assert "(6 pmol/L a uU/mL; [pmol/L@6.945] is in use too)" in str(told.message)
    for unit in ("pmol/L", "uU/mL", "pmol/L@6.945"):
        small.score(frame, interval=False, meaning={"insulin": f"insulin [{unit}]"})  # a warning would be an error
    risks = [small.posterior(age=60, insulin=text).risk for text in ("69.45 pmol/L@6.945", "60 pmol/L", 10)]
    assert risks == pytest.approx([risks[2]] * 3, abs=1e-6)


def test_numbers_out_of_range_still_show_their_unit(small: bn.RiskModel) -> None:
    """Every cell is an error of its own; that the column is in mmol/L is said once."""
    frame = pd.DataFrame({"age": 60, "glucose": np.linspace(4.5, 7, 20)})
    with pytest.warns(bn.SuspectUnitWarning, match=r"fasting_glucose \[mmol/L\]"):
        scored, summary = small.score(frame, interval=False, summary=True)
    assert summary.failed == 20
    assert (scored["error"] != "").all()


def test_a_frame_holds_its_summary_and_stays_a_frame(small: bn.RiskModel, survey: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.warns(bn.UnreadColumnsWarning):
        scored, summary = small.score(survey, interval=False, posteriors=False, summary=True)
    held = scored.attrs["myorisk"]
    assert json.loads(json.dumps(held)) == held == summary.to_dict()
    assert (held["rows"], held["failed"], held["without"]) == (ROWS, 0, {"age": ROWS})
    assert held["meaning"]["RIAGENDR"] == {"is": "sex", "values": {"1": "male", "2": "female"}}
    scored.to_parquet(tmp_path / "scored.parquet")
    assert pd.read_parquet(tmp_path / "scored.parquet").attrs["myorisk"] == held
    assert pickle.loads(pickle.dumps(scored)).attrs == scored.attrs
    assert len(pd.concat([scored, scored])) == 2 * ROWS
    assert "myorisk" not in survey.attrs


@pytest.mark.parametrize("kind", EAGER)
def test_parts_in_another_unit_show_in_what_follows_from_them(small: bn.RiskModel, kind: str) -> None:
    frame = pd.DataFrame({"age": 60, "height": np.linspace(160, 180, 30), "weight": np.linspace(130, 240, 30)})
    (told,) = caught(lambda: small.score(EAGER[kind](frame), interval=False))
    assert told.category is bn.SuspectUnitWarning
    assert "weight: the median 64 of bmi that follows is 2.3 times what is usual (27.5 kg/m2); in lb it would" in str(
        told.message
    )
    assert "If so: meaning={'weight': 'weight [lb]'}; if not: meaning={'weight': 'weight [kg]'}" in str(told.message)
    for unit in ("lb", "kg"):
        assert not caught(lambda unit=unit: small.score(frame, interval=False, meaning={"weight": f"weight [{unit}]"}))
    assert not caught(lambda: small.score(frame.assign(weight=frame["weight"] / 2.2), interval=False))


def test_both_hands_are_told_of(small: bn.RiskModel) -> None:
    frame = pd.DataFrame({"bmi": 27, "grip_left": np.linspace(50, 90, 30), "grip_right": np.linspace(55, 95, 30)})
    found = caught(lambda: small.score(frame, interval=False))
    assert ["'grip_left [lb]'" in str(found[0].message), "'grip_right [lb]'" in str(found[1].message)] == [True, True]
    meaning = {"grip_left": "grip_left [lb]", "grip_right": "grip_right [lb]"}
    assert not caught(lambda: small.score(frame, interval=False, meaning=meaning))


def test_a_protein_in_ng_is_told_of_and_most_rows_are_out_of_range(small: bn.RiskModel) -> None:
    frame = pd.DataFrame({"bmi": 27, "crp": np.geomspace(200, 9000, 40)})
    (told,) = caught(lambda: small.score(frame, interval=False))
    assert "'hscrp [ng/mL]'" in str(told.message)
    meant = small.score(frame, interval=False, meaning={"crp": "crp [ng/mL]"})
    right = small.score(frame.assign(crp=frame["crp"] / 1000), interval=False)
    assert meant["risk"].tolist() == pytest.approx(right["risk"].tolist(), abs=1e-12)
