"""A proposed line says all that is known of its column: its unit, its codes, what was said of it before."""

import pickle
import tomllib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cohort_files import added_to
from hypothesis import given
from hypothesis import strategies as st

import bn
from bn.core.toml_line import has_line, toml_line

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
    said = {"height_in": "height [in]", "weight_lb": "weight [lb]"}
    assert proposals(small, {"age": 60, "height_in": ht * 39.37, "weight_lb": wt * 2.2}) == said
    assert proposals(small, {"age": 60, "BMXHT": ht * 100, "Wt": wt}) == {"BMXHT": "height", "Wt": "weight"}
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


NUMBERS_60 = [*map(str, MEDIAN_60)]


def lines_of(summary: Any) -> list[str]:
    """The lines of a summary that are meant for a columns file."""
    return [line.strip() for line in str(summary).splitlines() if line.startswith('    "')]


def told(small: bn.RiskModel, cells: dict[str, Any]) -> Any:
    """The summary of a table."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return small.score(pd.DataFrame(cells), interval=False, posteriors=False, summary=True)[1]


@pytest.mark.parametrize(
    ("name", "readings", "codes", "proposed"),
    [
        ("glucose", [5, 6, 7, 8, 9], [], []),
        ("hba1c", [34, 44, 77, 88, 99], [], []),
        ("hba1c", [5.1, 5.2, 5.3, 5.4, 5.5, 5.6, 5.7, 5.8, 42], [77], []),
        ("age", [*range(7, 40)], [], []),
        ("hba1c", [5.1, 5.2, 5.3, 5.4, 5.5, 5.6, 5.7, 5.8], [77, 99], [77, 99]),
        ("hscrp", [0.4, 3.0], [-9, -99, 999], [-9, -99]),  # 999 may be ng/mL
        ("vo2max", [31.5, 40.0], [-9, -99, 999], [-9, -99, 999]),
        ("age", [40, 50], [777], [777]),
    ],
)
def test_a_number_is_a_missing_code_only_where_it_stands_apart(
    small: bn.RiskModel, name: str, readings: list[float], codes: list[float], proposed: list[float]
) -> None:
    way = tomllib.loads("\n".join(lines_of(told(small, {name: [*readings, *codes] * 3}))))
    said = way.get(name, {})
    assert sorted(said.get("missing", []) if isinstance(said, dict) else []) == sorted(proposed)


def test_all_that_is_to_be_said_of_a_column_is_one_line(small: bn.RiskModel) -> None:
    said = lines_of(told(small, {"age": 60, "insulin": [*NUMBERS_60, "<LOD", "-9"]}))
    assert len(said) == 1
    assert tomllib.loads(said[0])["insulin"] == {
        "is": "fasting_insulin",
        "unit": "pmol/L",
        "detection_limit": "fill in",
        "missing": [-9],
    }
    assert tomllib.loads(said[0].split("# if not: ")[1].split(" }; ")[0] + " }")["insulin"]["unit"] == "uU/mL"


@given(st.text(st.characters(exclude_categories=[]), max_size=20))
def test_every_line_has_the_very_header_for_its_key(header: str) -> None:
    if has_line(header):
        assert tomllib.loads(toml_line(header, {"is": header, "values": {header: header}})) == {
            header: {"is": header, "values": {header: header}}
        }
        assert toml_line(header, "").isprintable()


@pytest.mark.parametrize("tail", ["\n", "\u00a0", "\x1f", "\u2028", "\t \x0b", " "])
def test_lines_of_all_kinds_fit_headers_that_do_not_print(small: bn.RiskModel, tail: str) -> None:
    """A way out, another unit, an unread column."""
    cells = {"hscrp" + tail: ["<LOD"] * ROWS, "insulin" + tail: MEDIAN_60, "LBXGLU" + tail: 99.0 + MEDIAN_60}
    said = tomllib.loads("\n".join(lines_of(told(small, cells))))
    assert set(said) == set(cells)


def test_of_columns_with_one_name_nothing_can_be_said(small: bn.RiskModel) -> None:
    frame = pd.DataFrame([[60, 99.0, 98.0]], columns=["age", "LBXGLU", "LBXGLU"])
    with pytest.warns(bn.UnreadColumnsWarning, match="LBXGLU is the name of several columns; give each its own name"):
        _, summary = small.score(frame, interval=False, summary=True)
    assert lines_of(summary) == []
    assert summary.unread.meaning == {}
    assert "    # LBXGLU is the name of several columns" in str(summary)


def test_cells_count_and_codes_of_missing_values_do_not(small: bn.RiskModel) -> None:
    half = [-9, 1.2, -9, 3.4, -9, 4.4] * 6
    assert proposals(small, {"age": 60, "serum_crp": half}) == {"serum_crp": {"is": "hscrp", "missing": [-9]}}
    sex = {"is": "sex", "values": {1: "male", 2: "female"}, "missing": [9]}
    assert proposals(small, {"age": 60, "patient_gender": [1, 2, 9] * 4}) == {"patient_gender": sex}


def test_a_number_of_thousands_of_digits_is_an_error_of_its_row(small: bn.RiskModel) -> None:
    cells = dict.fromkeys(["hscrp", "diagnosed_diabetes", "sex", "LBXGLU", "insulin_rx", "id"], [10**5000] * 3)
    assert told(small, {"age": 60, **cells}).failed == 3
