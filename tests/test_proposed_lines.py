"""A proposed line says all that is known of its column: its unit, its codes, what was said of it before."""

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cohort_files import added_to

import bn

ROWS = 40
MEDIAN_60 = np.linspace(40, 80, ROWS).round(1)


def proposals(small: bn.RiskModel, cells: dict[str, Any], meaning: dict[str, Any] | None = None) -> dict[str, Any]:
    """What is proposed for a table."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, summary = small.score(pd.DataFrame(cells), interval=False, posteriors=False, summary=True, meaning=meaning)
    return dict(summary.unread.meaning)


def test_a_way_out_keeps_what_was_said_of_the_column(small: bn.RiskModel) -> None:
    meaning = {
        "AGE": {"is": "age", "values": {80: "80+"}, "missing": [777]},
        "CRP": {"is": "hscrp", "unit": "mg/dL", "detection_limit": 0.02},
        "SEX": {"is": "sex", "values": {1: "male"}},
    }
    cells = {"AGE": ["80", "999"], "CRP": ["0.4 H", "ND"], "SEX": ["1", "2"]}
    _, summary = small.score(pd.DataFrame(cells), interval=False, summary=True, meaning=meaning)
    assert list(summary.ways.values()) == [
        '"AGE" = { is = "age", values = { 80 = "80+" }, missing = [777, 999] }',
        '"CRP" = { is = "hscrp", unit = "mg/dL", detection_limit = "0.02", flags = true }',
        '"SEX" = { is = "sex", values = { 1 = "male", 2 = "female or male" } }',
    ]


def test_so_does_a_proposed_unit(small: bn.RiskModel) -> None:
    frame = pd.DataFrame({"age": 60, "INS": [*MEDIAN_60, -9.0]})
    with pytest.warns(bn.SuspectUnitWarning, match=r"\{'is': 'fasting_insulin', 'unit': 'pmol/L', 'missing': \[-9\]\}"):
        small.score(frame, interval=False, meaning={"INS": {"is": "insulin", "missing": [-9]}})


@pytest.mark.parametrize("beside", ["hscrp", "sex"], ids=["a known column has a unit", "no known column has one"])
@pytest.mark.parametrize("unit", ["uU/mL", "pmol/L", "(mIU/L)"])
def test_a_unit_in_the_second_row_is_that_of_the_proposal(small: bn.RiskModel, beside: str, unit: str) -> None:
    known = {"hscrp": ["mg/dL", *["0.4"] * ROWS], "sex": ["", *["f"] * ROWS]}[beside]
    cells = {beside: known, "LBXIN": [unit, *map(str, MEDIAN_60)]}
    said = proposals(small, cells)
    assert said == {"LBXIN": f"fasting_insulin [{unit.strip('()')}]"}
    assert proposals(small, cells, meaning=said) == {}


def test_parts_are_proposed_where_something_follows_from_them(small: bn.RiskModel) -> None:
    wt, ht = np.linspace(50, 90, ROWS), np.linspace(1.5, 1.9, ROWS)
    both = {"BMXWT": "weight", "ht": "height [m]"}
    assert proposals(small, {"age": 60, "BMXWT": wt, "ht": ht}) == both
    assert proposals(small, {"age": 60, "weight": wt, "ht": ht}) == {"ht": "height [m]"}
    assert proposals(small, {"age": 60, "BMXWT": wt, "notes": "x"}) == {}
    assert proposals(small, {"bmi": 25.0, "BMXWT": wt, "ht": ht}) == {}
    assert proposals(small, {"age": 60, "BMXWT": wt, "ht": ht, "bmi_calc": 25.5}) == {"bmi_calc": "bmi"}


def test_codes_of_missing_values_are_part_of_the_proposal(small: bn.RiskModel) -> None:
    cells = {"age": 60, "insulin_rx": [0, 1, 9] * 4, "RIAGENDR": [1, 2, 9] * 4, "gender_cd": [7, 8, 9] * 4}
    assert proposals(small, cells) == {
        "insulin_rx": {"is": "insulin_treated", "missing": [9]},
        "RIAGENDR": {"is": "sex", "values": {1: "male", 2: "female"}, "missing": [9]},
    }


def test_a_word_in_brackets_is_no_unit_and_an_unknown_unit_is_refused(small: bn.RiskModel) -> None:
    cells = {"age": 60, "Insulin (fasting)": np.linspace(5, 15, ROWS)}
    assert proposals(small, cells) == {"Insulin (fasting)": "fasting_insulin"}
    with pytest.raises(bn.QuestionError, match="found unit 'stones'"):
        small.score(pd.DataFrame({"age": [60], "insulin (stones)": [1]}))


def test_a_table_without_a_known_name_says_what_its_columns_may_be(small: bn.RiskModel, tmp_path: Path) -> None:
    said = r"no column is recognized; if they are what they seem, pass meaning=\{'LBXGLU': 'fasting_glucose'\}"
    with pytest.raises(bn.QuestionError, match=said) as found:
        small.score(pd.DataFrame({"LBXGLU": [99], "site": ["A"]}))
    assert pickle.loads(pickle.dumps(found.value)).lines == found.value.lines == ('"LBXGLU" = "fasting_glucose"',)
    with pytest.raises(bn.QuestionError, match='\n    "LBXGLU" = "fasting_glucose"\n    "MGDCGSZ" = ""  # the best'):
        added_to(small, b"LBXGLU,MGDCGSZ,site\n99,70,A\n", tmp_path)


def test_of_two_columns_for_one_thing_either_can_be_left_alone(small: bn.RiskModel) -> None:
    frame = pd.DataFrame({"insulin_uuml": [9.0], "insulin": [8.0]})
    with pytest.raises(bn.QuestionError, match=r'both give fasting_insulin; keep one, .*: "insulin" = ""$'):
        small.score(frame)
    risk = small.score(frame, meaning={"insulin": ""})["risk"].tolist()
    assert risk == pytest.approx([small.posterior(fasting_insulin=9).risk], abs=1e-12)
