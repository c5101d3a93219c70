"""What a columns file says of codes, units, missing values, detection limits and flags, and what it cannot say."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from cohort_files import added_to, scored_with_summary

import bn
from bn.cohort.reading.meaning import column_meanings, read_meaning

TOML = """
"RIAGENDR" = { is = "sex", values = { 1 = "male", 2 = "female" }, missing = [7, 9] }
"RIDAGEYR" = { is = "age", missing = [777, 999] }
"CRP" = { is = "hscrp", unit = "mg/dL", detection_limit = 0.02, flags = true, missing = ["Unknown", "hemolyzed"] }
"DIQ010" = { is = "diagnosed_diabetes", values = { 1 = "yes", 2 = "no", 9 = "" } }
"sarco" = { is = "sarcopenia", values = { "none" = "absent", "Grade I" = "present" } }
"grip_strength" = ""
"""
CELLS: dict[str, list[Any]] = {
    "RIAGENDR": [1, 2, 9, 7, 1, 2],
    "RIDAGEYR": [77, 999, 50, 60, 70, 80],
    "CRP": ["0.41 H", "<LOD", "ND", "unknown", "0.5*", "<0.1 (l)"],
    "DIQ010": [1, 2, 9, None, 2, 1],
    "sarco": ["None", "grade i", None, "present", "absent", ""],
    "grip_strength": [900] * 6,
}
PEOPLE: list[dict[str, Any]] = [
    {"sex": "male", "age": 77, "hscrp": "0.41 mg/dL", "diagnosed_diabetes": "yes", "sarcopenia": "absent"},
    {"sex": "female", "hscrp": "<0.02 mg/dL", "diagnosed_diabetes": "no", "sarcopenia": "present"},
    {"age": 50, "hscrp": "<0.02 mg/dL"},
    {"age": 60, "sarcopenia": "present"},
    {"sex": "male", "age": 70, "hscrp": "0.5 mg/dL", "diagnosed_diabetes": "no", "sarcopenia": "absent"},
    {"sex": "female", "age": 80, "hscrp": "<0.1 mg/dL", "diagnosed_diabetes": "yes"},
]


@pytest.fixture(scope="module")
def right(small: bn.RiskModel) -> list[float]:
    return [small.posterior(person).risk for person in PEOPLE]


@pytest.mark.parametrize("way", [pd.DataFrame, lambda cells: pl.DataFrame(cells, strict=False), pa.table])
def test_a_table_is_read_as_its_columns_are_said_to_be_meant(small: bn.RiskModel, right: list[float], way: Any) -> None:
    scored, summary = scored_with_summary(small, way(CELLS), meaning=tomllib.loads(TOML))
    assert list(pd.Series(scored["risk"])) == pytest.approx(right, abs=1e-12), summary
    assert "CRP -> hscrp [mg/dL]" in str(summary)


@pytest.mark.parametrize("mark", [".", ","])
def test_so_is_a_file_with_either_decimal_mark(
    small: bn.RiskModel, right: list[float], tmp_path: Path, mark: str
) -> None:
    (tmp_path / "map.toml").write_text(TOML, encoding="utf-8")
    text = pd.DataFrame(CELLS).to_csv(index=False, sep=";", na_rep="").replace("0.", f"0{mark}")
    out, summary = added_to(small, text.encode(), tmp_path, meaning=read_meaning(tmp_path / "map.toml"), decimal=mark)
    risks = [float(line.split(";")[6].replace(",", ".")) for line in out.decode().splitlines()[1:]]
    assert risks == pytest.approx(right, abs=6e-7), summary


CODES = {
    "whole": b"0,4;1;0\n0,4;2;1\n0,4;9;\n",
    "with decimals": b"0,4;1,0;0,0\n0,4;2,00;1,00\n0,4;9,0;\n",
    "with points": b"0,4;1.0;0.0\n0,4;2.00;1.00\n0,4;9.0;\n",
    "all with points": b"0.4;1.0;0.0\n0.4;2.00;1.00\n0.4;9.0;\n",
    "among numbers that leave the mark open": b"4;1,0;0,0\n4;2,00;1,00\n4;9,0;\n",
}


@pytest.mark.parametrize("way", CODES)
def test_codes_are_the_same_however_their_numbers_are_written(small: bn.RiskModel, tmp_path: Path, way: str) -> None:
    hscrp = 4 if CODES[way].startswith(b"4") else 0.4
    right = [
        small.posterior(hscrp=hscrp, sex=sex, diagnosed_diabetes=diabetes).risk
        for sex, diabetes in (("male", "no"), ("female", "yes"), (None, None))
    ]
    meaning = column_meanings({"sex": {"is": "sex", "values": {1: "male", 2: "female"}, "missing": [9]}})
    out, summary = added_to(small, b"hscrp;sex;diabetes\n" + CODES[way], tmp_path, meaning=meaning)
    risks = [float(line.split(";")[3].replace(",", ".")) for line in out.decode().splitlines()[1:]]
    assert risks == pytest.approx(right, abs=6e-7), summary


def test_an_error_shows_a_code_as_it_stands_in_a_file_with_decimal_commas(small: bn.RiskModel, tmp_path: Path) -> None:
    out, _ = added_to(small, b"hscrp;diabetes\n0,4;2,0\n", tmp_path)
    assert b"found '2,0', expected yes or no" in out


def test_keys_of_python_and_of_a_file_say_the_same() -> None:
    said = {"is": "sex", "values": {1: "male", "2": "female"}, "missing": 9}
    same = {"is": "sex", "values": {"1.0": "male", 2.0: "female"}, "missing": ["9"]}
    one, other = column_meanings({"x": said})["x"], column_meanings({"x": same})["x"]
    assert one == other
    assert column_meanings({"x": one})["x"] is one


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("CRP = 3", "'CRP': found 3, expected a line such as"),
        ("CRP = ['hscrp']", "'CRP': found .'hscrp'., expected a line such as"),
        ("CRP.high = 'hscrp'", "'CRP': unknown key 'high'; known keys: is, unit, .*needs quotes"),
        ("CRP = { is = 'hscrp', misssing = [1] }", "'CRP': unknown key 'misssing'.*did you mean 'missing'"),
        ("CRP = { unit = 'mg/dL' }", "'CRP': is: missing; say what the column is"),
        ("CRP = { is = 3 }", "'CRP': is: found 3, expected a name"),
        ("CRP = { is = 'hscrpp' }", "'CRP': unknown observation 'hscrpp'.*did you mean 'hscrp'"),
        ("CRP = { is = 'hscrp', unit = 'kg' }", "'CRP': 'hscrp .kg.': hscrp: found unit 'kg'"),
        ("CRP = { is = 'hscrp', unit = [] }", "'CRP': unit: found .., expected a unit"),
        ("CRP = { is = 'hscrp [mg/L]', unit = 'mg/dL' }", "has a unit already; keep it or the key unit"),
        ("CRP = { is = 'hscrp', missing = [[1]] }", "'CRP': missing: found .1., expected codes"),
        ("CRP = { is = 'hscrp', missing = true }", "'CRP': missing: found True, expected codes"),
        ("CRP = { is = 'hscrp', detection_limit = 'low' }", "'CRP': detection_limit: hscrp: found '<low'"),
        ("CRP = { is = 'hscrp', detection_limit = -1 }", "'CRP': detection_limit: hscrp: found '<-1'"),
        ("CRP = { is = 'hscrp', detection_limit = [1] }", "'CRP': detection_limit: found .1., expected a number"),
        ("CRP = { is = 'hscrp', flags = 1 }", "'CRP': flags: found 1, expected true, or letters"),
        ("CRP = { is = 'hscrp', flags = ['7'] }", "'CRP': flags: found .'7'., expected true, or letters"),
        ("grip = { is = 'grip_strength', flags = ['N'] }", "'grip': flags: 'n' is a unit of grip_strength"),
        ("SEX = { is = 'sex', labels = 'no' }", "'SEX': labels: found 'no', expected false"),
        ("SEX = { is = 'sex', flags = true }", "'SEX': flags: sex holds no numbers"),
        ("SEX = { is = 'sex', detection_limit = 1 }", "'SEX': detection_limit: sex holds no numbers"),
        ("SEX = { is = 'sex', values = { 1 = 'mal' } }", "'SEX': values: 1: unknown state of sex 'mal'.*did you mean 'male'"),
        ("SEX = { is = 'sex', values = { 1 = ['male'] } }", "'SEX': values: 1 = .'male'., expected one state"),
        ("SEX = { is = 'sex', values = ['male'] }", "'SEX': values: found .'male'., expected codes"),
        ("SEX = { is = 'sex', values = { 1 = 'male', '1.0' = 'f' } }", "'SEX': values: code 1 is given twice"),
        ("SEX = { is = 'sex', values = { F = 'male', f = 'f' } }", "'SEX': values: code 'f' is given twice"),
        ("SEX = { is = 'sex', values = { 1 = 'male' }, missing = ['1'] }", "'SEX': code 1 is in both values and missing"),
        ("SEX = { is = 'sex', values = { 1 = 'female or male' } }", "'SEX': values: 1: unknown state of sex 'female or male'"),
        ("a = " + "[" * 5000, "cannot be read as TOML"),
        ('"\\u001b[31m" = 3', r"'\\x1b\[31m': found 3"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_told_with_file_header_and_key(
    small: bn.RiskModel, tmp_path: Path, line: str, said: str
) -> None:
    (tmp_path / "map.toml").write_text(line, encoding="utf-8")
    with pytest.raises(bn.QuestionError, match=rf"map\.toml: .*{said}") as found:
        added_to(small, b"CRP,SEX,grip,age\n1,1,1,50\n", tmp_path, meaning=read_meaning(tmp_path / "map.toml"))
    assert "\n" not in str(found.value)


def ways(small: bn.RiskModel, cells: Mapping[str, list[Any]]) -> tuple[list[str], str]:
    scored, summary = scored_with_summary(small, pd.DataFrame(cells))
    return list(scored["error"]), str(summary)


def test_an_error_shows_the_states_and_the_line_that_would_say_what_a_code_means(small: bn.RiskModel) -> None:
    errors, summary = ways(small, {"sex": [1, 2, 9, 1]})
    line = '"sex" = { is = "sex", values = { 1 = "female or male", 2 = "female or male" }, missing = [9] }'
    told = "sex: unknown state of sex '1' (it is no question of yes or no; name a state); known: female, male"
    assert errors[0] == f"{told}; to say what it means: {line}"
    assert (
        f"to say what such cells mean, put these lines into the file for --columns, in place of older ones:\n    {line}\n"
        in summary
    )
    meant = tomllib.loads(
        line.replace('1 = "female or male"', '1 = "male"').replace('2 = "female or male"', '2 = "female"')
    )
    scored = small.score(pd.DataFrame({"sex": [1, 2, 9, 1]}), meaning=meant)
    assert scored["risk"].tolist() == pytest.approx(
        [small.posterior(sex=sex).risk for sex in ("male", "female", None, "male")], abs=1e-12
    )


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ({"hscrp [mg/dL]": ["0.4 H"]}, '"hscrp [mg/dL]" = { is = "hscrp", unit = "mg/dL", flags = true }'),
        ({"hscrp": ["4.1*"]}, "flags = true"),
        ({"hscrp": ["<LLOQ"]}, 'detection_limit = "fill in"'),
        ({"hscrp": ["Not detected"]}, 'detection_limit = "fill in"'),
        ({"hscrp": ["Unknown"]}, 'missing = ["Unknown"]'),
        ({"age": [777]}, "missing = [777]"),
        ({"diagnosed_diabetes": [2]}, '2 = "yes or no"'),
        ({"p62": ["+"]}, '"+" = "low or normal or high"'),
    ],
)
def test_a_cell_that_cannot_be_read_shows_its_way_out(
    small: bn.RiskModel, cells: dict[str, list[Any]], key: str
) -> None:
    (error,), summary = ways(small, cells)
    assert key in error
    assert key in summary


def test_the_way_out_of_a_word_for_missing_works_word_for_word(small: bn.RiskModel) -> None:
    frame = pd.DataFrame({"hscrp": ["Unknown", "4.1 H"], "age": [50, 999]})
    _, summary = scored_with_summary(small, frame)
    said = [line for line in str(summary).splitlines() if line.startswith('    "')]
    scored = small.score(frame, meaning=tomllib.loads("\n".join(said)))
    expected = [small.posterior(age=50).risk, small.posterior(hscrp=4.1).risk]
    assert scored["risk"].tolist() == pytest.approx(expected, abs=1e-12)
