"""Dictionaries of columns, columns that are read together, and checkboxes: an NHANES file and a REDCap export."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from cohort_files import added_to, scored_with_summary

import bn
from bn.cohort.files import Options, score_file
from bn.cohort.reading.joining import refuse_unjoinable
from bn.cohort.reading.meaning import column_meanings
from bn.core.lexicon import guessed
from cpds.knowledge import load
from cpds.records import ColumnWord

NAN = float("nan")
COLUMNS = [
    (word.id, word)
    for dictionary in load().dictionaries.values()
    for word in dictionary.columns
    if word.meaning is not None
]
NHANES = {
    "SEQN": [1.0, 2.0, 3.0, 4.0],
    "RIAGENDR": [1.0, 2.0, 1.0, 2.0],
    "RIDAGEYR": [50.0, 80.0, 62.0, 45.0],
    "BMXWT": [80.0, 70.0, NAN, 60.0],
    "BMXHT": [180.0, 160.0, 170.0, 165.0],
    "LBXGLU": [100.0, NAN, 90.0, 95.0],
    "LBDGLUSI": [5.55, NAN, 5.0, 5.27],
    "LBXIN": [10.0, 5.0, NAN, 8.0],
    "LBDINSI": [60.0, 30.0, 48.0, 48.0],
    "PAQ605": [1.0, 2.0, 2.0, 7.0],
    "PAQ650": [2.0, 2.0, 9.0, 1.0],
    "DIQ010": [2.0, 3.0, 1.0, 9.0],
    "LBXCRP": [0.4, NAN, NAN, 1.0],
    "LBXHSCRP": [NAN, 5.0, NAN, NAN],
    "PAD810Q": [16.0**-65, 3.0, 7777.0, 9999.0],
}
PEOPLE: list[dict[str, Any]] = [
    {"sex": "male", "age": 50, "bmi": 80 / 1.8**2, "fasting_glucose": 100, "fasting_insulin": 10}
    | {"physical_activity": "active", "diagnosed_diabetes": "no", "hscrp": 4},
    {"sex": "female", "age": "80+", "bmi": 70 / 1.6**2, "fasting_insulin": 5}
    | {"physical_activity": "inactive", "hscrp": 5},
    {"sex": "male", "age": 62, "fasting_glucose": 90, "fasting_insulin": "48 pmol/L", "diagnosed_diabetes": "yes"},
    {"sex": "female", "age": 45, "bmi": 60 / 1.65**2, "fasting_glucose": 95, "fasting_insulin": 8}
    | {"physical_activity": "active", "hscrp": 10},
]


@pytest.mark.parametrize("word", [word for _, word in COLUMNS], ids=[name for name, _ in COLUMNS])
def test_what_a_dictionary_says_can_be_said_of_a_column(small: bn.RiskModel, word: ColumnWord) -> None:
    (said,) = column_meanings({word.names[0]: guessed(word).said}).values()
    heading = said.heading(small.names)
    assert heading is not None
    if word.together:
        refuse_unjoinable(word.together, heading, word.id)


@pytest.fixture(scope="module")
def right(small: bn.RiskModel) -> list[float]:
    return [small.posterior(person).risk for person in PEOPLE]


def test_an_nhanes_file_as_downloaded_is_scored_by_its_dictionary(
    small: bn.RiskModel, right: list[float], tmp_path: Path
) -> None:
    """Refused and unknown answers (7, 9), the top-coded age, two units of one reading and two questions of one."""
    pyreadstat.write_xport(pd.DataFrame(NHANES), tmp_path / "in.xpt", file_format_version=5)
    options = Options(interval=False, meaning="nhanes")
    summary = str(score_file(small, str(tmp_path / "in.xpt"), str(tmp_path / "out.csv"), options))
    assert pd.read_csv(tmp_path / "out.csv")["risk"].tolist() == pytest.approx(right, abs=6e-7), summary
    assert "4 of 4 rows scored, 0 with errors" in summary
    assert '"PAD810Q" = ""  # how often and how long' in summary


@pytest.mark.parametrize("lower", [False, True])
def test_so_is_a_table_in_memory(small: bn.RiskModel, right: list[float], lower: bool) -> None:
    frame = pd.DataFrame(NHANES).drop(columns="PAD810Q")
    scored, _ = scored_with_summary(small, frame.rename(columns=str.lower) if lower else frame, meaning="nhanes")
    assert scored["risk"].tolist() == pytest.approx(right, abs=1e-12)


@pytest.mark.parametrize(
    ("column", "code"), [("RIAGENDR", 7.0), ("DIQ010", 77.0), ("PAQ605", 3.0), ("RIDAGEYR", 777.0)]
)
def test_codes_that_the_codebook_does_not_print_are_errors(small: bn.RiskModel, column: str, code: float) -> None:
    frame = pd.DataFrame(NHANES).drop(columns="PAD810Q")
    frame.loc[0, column] = code
    scored, _ = scored_with_summary(small, frame, meaning="nhanes")
    assert scored["error"][0].startswith(column)
    assert pd.isna(scored["risk"][0])


@pytest.mark.parametrize("kind", ["table", "text"])
def test_a_near_zero_of_transport_files_is_a_zero_wherever_it_got_to(
    small: bn.RiskModel, tmp_path: Path, kind: str
) -> None:
    frame = pd.DataFrame({"diabetes": [16.0**-65, 1.0]})
    if kind == "table":
        scored, summary = scored_with_summary(small, frame)
    else:
        frame.to_csv(tmp_path / "nhanes.csv", index=False)
        assert "5.397605346934028e-79" in (tmp_path / "nhanes.csv").read_text()
        summary = score_file(small, str(tmp_path / "nhanes.csv"), str(tmp_path / "out.csv"), Options(interval=False))
        scored = pd.read_csv(tmp_path / "out.csv")
    right = [small.posterior(diagnosed_diabetes=one).risk for one in ("no", "yes")]
    assert list(scored["risk"]) == pytest.approx(right, abs=6e-7), str(summary)


def test_the_first_visit_of_uk_biobank(small: bn.RiskModel) -> None:
    columns = {"eid": [1, 2], "p31": [0, 1], "p21003_i0": [50, 60], "p21003_i2": [58, 68], "p46_i0": [30, 40]}
    columns |= {"p47_i0": [34, 38], "p30750_i0": [36.0, 60.0], "p2443_i0": [-1, 1], "p904_i0": [0, 3]}
    scored, _ = scored_with_summary(small, pd.DataFrame(columns), meaning="ukbiobank")
    people: list[dict[str, Any]] = [
        {"sex": "female", "age": 50, "grip_strength": 34, "hba1c": "36 mmol/mol", "physical_activity": "inactive"},
        {"sex": "male", "age": 60, "grip_strength": 40, "hba1c": "60 mmol/mol", "physical_activity": "active"},
    ]
    people[1]["diagnosed_diabetes"] = "yes"
    assert scored["risk"].tolist() == pytest.approx([small.posterior(one).risk for one in people], abs=1e-12)


def test_what_the_user_says_counts_before_the_dictionary(small: bn.RiskModel, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('"LBXGLU" = ""\n"years" = "age"\n', encoding="utf-8")
    frame = pd.DataFrame({"RIDAGEYR": [80.0], "years": [86], "LBXGLU": [300.0], "LBDGLUSI": [5.0]})
    scored, summary = scored_with_summary(small, frame, meaning=["nhanes", str(tmp_path / "own.toml")])
    assert scored["risk"].tolist() == pytest.approx(
        [small.posterior(age=86, fasting_glucose="5 mmol/L").risk], abs=1e-12
    )
    assert "passed through: RIDAGEYR, LBXGLU" in str(summary)


@pytest.mark.parametrize(
    ("meaning", "told"),
    [
        ("nhane", r"unknown dictionary 'nhane' \(did you mean 'nhanes'\?\); known: nhanes, ukbiobank; or name a file"),
        ("ukbiobank", "dictionary ukbiobank: no column is one of its own, such as p21003_i0"),
        (["nhanes", {"age": "age"}], "no column 'age' to be read as 'age'"),
        ({"RIDAGEYR": {"is": "age", "together": "all"}}, "together: found 'all', expected \"any\""),
        (
            {"RIDAGEYR": {"is": "age", "together": "any"}, "BMXHT": {"is": "age", "together": "any"}},
            "'BMXHT': together: \"any\" takes yes or no, and age is no such thing",
        ),
        (
            {"RIDAGEYR": {"is": "age", "together": "first"}, "BMXHT": {"is": "age"}},
            "columns 'RIDAGEYR' and 'BMXHT' both give age; keep one",
        ),
    ],
)
def test_what_cannot_be_said_is_told(small: bn.RiskModel, meaning: Any, told: str) -> None:
    with pytest.raises(bn.QuestionError, match=told):
        small.score(pd.DataFrame(NHANES), meaning=meaning)


def test_a_missing_columns_file_is_told_before_anything_is_read(small: bn.RiskModel) -> None:
    with pytest.raises(FileNotFoundError):
        small.score(pd.DataFrame(NHANES), meaning="absent.toml")


def test_of_columns_read_together_an_unreadable_cell_counts_before_a_yes(small: bn.RiskModel) -> None:
    said = {name: {"is": "physical_activity", "together": "any"} for name in ("work", "sport")}
    frame = pd.DataFrame({"work": ["yes", "no", "no", "yes", ""], "sport": ["no", "no", "", "maybe", ""]})
    scored, summary = scored_with_summary(small, frame, meaning=said)
    right = [small.posterior(physical_activity=one).risk for one in ("active", "inactive", None)]
    assert scored["risk"].tolist()[:3] == pytest.approx(right, abs=1e-12)
    assert "1x work + sport: unknown state or level (row 4)" in str(summary)
    assert scored["risk"][4] == pytest.approx(right[2], abs=1e-12)


def test_the_first_column_that_has_a_value_counts_in_its_own_unit(small: bn.RiskModel) -> None:
    said = {
        "si": {"is": "fasting_glucose", "unit": "mmol/L", "together": "first"},
        "us": {"is": "fasting_glucose", "unit": "mg/dL", "together": "first"},
    }
    frame = pd.DataFrame({"us": [300.0, 108.0, None], "si": ["5.0", None, "<4 mmol/L"]})
    scored, summary = scored_with_summary(small, frame, meaning=said)
    right = [small.posterior(fasting_glucose=one).risk for one in ("5 mmol/L", 108, "<4 mmol/L")]
    assert scored["risk"].tolist() == pytest.approx(right, abs=1e-12), summary


def test_a_row_of_units_holds_for_all_columns_that_are_read_together(small: bn.RiskModel) -> None:
    said = {name: {"is": "fasting_glucose", "together": "first"} for name in ("one", "other")}
    frame = pd.DataFrame({"one": ["mg/dL", "108", None], "other": ["mmol/L", None, "5.0"]})
    scored, summary = scored_with_summary(small, frame, meaning=said)
    right = [small.posterior(fasting_glucose=one).risk for one in (108, "5 mmol/L")]
    assert scored["risk"].tolist()[1:] == pytest.approx(right, abs=1e-12), summary


def test_a_checkbox_that_stands_alone_says_no_and_the_summary_says_what_that_is_worth(small: bn.RiskModel) -> None:
    scored, summary = scored_with_summary(
        small, pd.DataFrame({"dx___1": [0, 1]}), meaning={"dx___1": "diagnosed_diabetes"}
    )
    right = [small.posterior(diagnosed_diabetes=one).risk for one in ("no", "yes")]
    assert scored["risk"].tolist() == pytest.approx(right, abs=1e-12)
    assert "dx___1: unchecked is read as no, and may be a question that nobody answered" in summary.notes


def test_the_factor_of_insulin_is_the_one_that_is_declared(small: bn.RiskModel) -> None:
    frame = pd.DataFrame({"Ins": [69.45], "fasting_glucose": [100.0]})
    scored, _ = scored_with_summary(small, frame, meaning={"Ins": {"is": "fasting_insulin", "unit": "pmol/L@6.945"}})
    right = small.posterior(fasting_insulin=10, fasting_glucose=100).risk
    assert scored["risk"].tolist() == pytest.approx([right], rel=1e-6)


REDCAP = b"""record_id,redcap_event_name,dob,visit_date,gender,height_cm,weight_kg,dx___1,dx___2,dx___99
1,visit_1_arm_1,1960-05-01,2020-06-01,2,165,70,1,0,0
1,visit_2_arm_1,1960-05-01,2022-06-01,2,165,74,1,0,0
2,visit_1_arm_1,1950-05-01,2020-04-01,1,180,90,0,1,0
3,visit_1_arm_1,1950-05-01,2020-04-01,1,180,,0,0,0
"""


@pytest.mark.parametrize("labels", [False, True])
def test_a_redcap_export_is_scored(small: bn.RiskModel, tmp_path: Path, labels: bool) -> None:
    """An unchecked box says no where another box of its field is checked, and nothing where none is."""
    said = {"gender": {"is": "sex", "values": {1: "male", 2: "female"}}, "dx___1": "diagnosed_diabetes"}
    data = REDCAP
    if labels:
        for boxes, words in ((b"1,0,0", b"Checked,Unchecked,Unchecked"), (b"0,1,0", b"Unchecked,Checked,Unchecked")):
            data = data.replace(b"," + boxes + b"\n", b"," + words + b"\n")
        data = data.replace(b",0,0,0\n", b",Unchecked,Unchecked,Unchecked\n")
    out, summary = added_to(small, data, tmp_path, meaning=said, posteriors=False)
    risks = [float(line.split(",")[10]) for line in out.decode().splitlines()[1:]]
    people: list[dict[str, Any]] = [
        {"age": 60, "sex": "female", "bmi": 70 / 1.65**2, "diagnosed_diabetes": "yes"},
        {"age": 62, "sex": "female", "bmi": 74 / 1.65**2, "diagnosed_diabetes": "yes"},
        {"age": 69, "sex": "male", "bmi": 90 / 1.8**2, "diagnosed_diabetes": "no"},
        {"age": 69, "sex": "male"},
    ]
    assert risks == pytest.approx([small.posterior(one).risk for one in people], abs=6e-7), summary
    assert "record_id repeats, a row a visit (redcap_event_name): each is answered by itself" in summary
