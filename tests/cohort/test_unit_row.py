"""A row of units under the headers is read as if each unit stood in its header, or the table is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from cohort_files import added_to, scored_with_summary, write_table

import bn
from bn.cohort.files import score_file

COLUMNS = {
    "id": ["", "1", "2"],
    "age": ["years", "68", "50"],
    "sex": ["", "f", "m"],
    "hscrp": ["mg/dL", "0.41", "0.1"],
    "hba1c": ["mmol/mol", "41", "38"],
}
CSV = ("\n".join(map(",".join, [list(COLUMNS), *zip(*COLUMNS.values(), strict=True)])) + "\n").encode()


@pytest.fixture(scope="module")
def right(small: bn.RiskModel) -> list[float]:
    frame = pd.DataFrame(
        {"age": [68, 50], "sex": ["f", "m"], "hscrp [mg/dL]": [0.41, 0.1], "hba1c [mmol/mol]": [41, 38]}
    )
    return small.score(frame)["risk"].tolist()


def test_a_text_with_a_row_of_units_is_read_in_them(small: bn.RiskModel, right: list[float], tmp_path: Path) -> None:
    out, summary = added_to(small, CSV, tmp_path)
    header, units, *rows = out.decode().splitlines()
    assert units == CSV.decode().splitlines()[1] + "," * (header.count(",") - 4)
    assert [float(row.split(",")[5]) for row in rows] == pytest.approx(right, abs=6e-7)
    assert summary.startswith("2 of 2 rows scored, 0 with errors")
    assert "line 2 holds the units; it is not scored" in summary
    assert "hscrp -> hscrp [mg/dL]" in summary


WAYS: dict[str, Callable[[dict[str, list[str]]], Any]] = {
    "pandas": pd.DataFrame,
    "pandas categories": lambda columns: pd.DataFrame(columns).astype("category"),
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
}


@pytest.mark.parametrize("way", WAYS)
def test_so_is_a_table_of_texts(small: bn.RiskModel, right: list[float], way: str) -> None:
    scored, summary = scored_with_summary(small, WAYS[way](COLUMNS))
    first, *rest = scored["risk"].to_pylist() if way == "pyarrow" else list(scored["risk"])
    assert first is None or first != first
    assert rest == pytest.approx(right, abs=1e-12)
    errors = scored["error"].to_pylist() if way == "pyarrow" else list(scored["error"])
    assert errors == ["", "", ""]
    assert "row 1 holds the units" in str(summary)
    assert str(summary).startswith("2 of 2 rows scored")


@pytest.mark.parametrize("name", ["in.parquet", "in.arrow", "in.feather"])
def test_so_is_a_file_of_texts(small: bn.RiskModel, right: list[float], tmp_path: Path, name: str) -> None:
    write_table(pa.table(COLUMNS), tmp_path / name)
    summary = score_file(small, str(tmp_path / name), str(tmp_path / "out.parquet"))
    scored = pd.read_parquet(tmp_path / "out.parquet")
    assert scored["risk"].isna().tolist() == [True, False, False]
    assert scored["risk"].tolist()[1:] == pytest.approx(right, abs=1e-12)
    assert "row 1 holds the units" in str(summary)


def test_the_row_stands_below_blank_lines_labels_and_rows_of_another_length(
    small: bn.RiskModel, right: list[float], tmp_path: Path
) -> None:
    lines = CSV.splitlines(keepends=True)
    labels = b"number,age in years,at birth,CRP,long-term sugar\n"
    _, summary = added_to(small, b"".join([lines[0], b"\n", labels, *lines[1:]]), tmp_path)
    assert summary.startswith("2 of 3 rows scored, 1 with errors")
    assert "line 4 holds the units" in summary
    out, _ = added_to(small, b"".join([lines[0], lines[1].replace(b"\n", b",\n"), *lines[2:]]), tmp_path)
    assert [float(row.split(",")[5]) for row in out.decode().splitlines()[2:]] == pytest.approx(right, abs=6e-7)


LATE = {
    "labels that start with a digit": b"Subject,age at visit,1=m,2-hour CRP,A1c\n,years,,mg/dL,mmol/mol\n",
    "a label that is a state": b"Subject,Age,male,CRP,A1c\n,years,,mg/dL,mmol/mol\n",
    "many labels": b"Subject,Age,Sex,CRP,A1c\n" * 9 + b",years,,mg/dL,mmol/mol\n",
    "units in two rows": b",years,,,mmol/mol\n,,,mg/dL,\n",
    "units in two rows around labels": b",years,,mg/dL,\nSubject,Age,Sex,CRP,A1c\n,years,,,(mmol/mol)\n",
}


@pytest.mark.parametrize("above", LATE)
def test_units_are_found_wherever_they_stand_above_the_first_number(
    small: bn.RiskModel, right: list[float], tmp_path: Path, above: str
) -> None:
    header, _, *rows = CSV.splitlines(keepends=True)
    out, summary = added_to(small, b"".join([header, LATE[above], *rows]), tmp_path)
    assert [float(row.split(",")[5]) for row in out.decode().splitlines()[-2:]] == pytest.approx(right, abs=6e-7)
    assert summary.startswith("2 of ")
    table = pd.DataFrame([line.split(",") for line in (LATE[above] + b"".join(rows)).decode().splitlines()])
    table.columns = header.decode().strip().split(",")
    assert small.score(table)["risk"].tolist()[-2:] == pytest.approx(right, abs=1e-12)


def test_two_rows_with_different_units_refuse_the_file(small: bn.RiskModel, tmp_path: Path) -> None:
    with pytest.raises(bn.QuestionError, match="line 3 holds units, but 'hscrp' is said to be in mg/dL, not in mg/L"):
        added_to(small, CSV.replace(b"1,68", b",,,mg/L,\n1,68"), tmp_path)


def test_units_below_the_first_number_are_warned_of_until_the_unit_is_said(small: bn.RiskModel, tmp_path: Path) -> None:
    late = b"age,hscrp\n1,2\nyears,mg/dL\n60,0.41\n"
    _, summary = added_to(small, late, tmp_path)
    assert "WARNING: hscrp: line 3 holds the unit 'mg/dL' in place of a value, but numbers are read in mg/L" in summary
    assert '"hscrp" = "hscrp [mg/dL]"  # if not: "hscrp" = "hscrp [mg/L]"' in summary
    frame = pd.DataFrame({"age": ["1", "years", "60"], "hscrp": ["2", "mg/dL", "0.41"]})
    with pytest.warns(bn.SuspectUnitWarning, match="hscrp: row 2 holds the unit 'mg/dL'"):
        small.score(frame)
    meaning = {"hscrp": "hscrp [mg/dL]"}
    assert small.score(frame, meaning=meaning)["risk"][2] == pytest.approx(small.posterior(age=60, hscrp=4.1).risk)


@pytest.mark.parametrize(
    ("header", "units", "spelled"),
    [
        ("homa_ir", "1", "homa_ir [1]"),
        ("vo2max", "mL/(kg*min)", "vo2max [mL/(kg*min)]"),
        ("vo2max", "(mL/(kg*min))", "vo2max [mL/(kg*min)]"),
        ("weight,height", "kg,[in_i]", "bmi from height [[in_i]] and weight [kg]"),
        ("weight,height", "kg,[cm]", "bmi from height [cm] and weight [kg]"),
    ],
)
def test_a_unit_is_what_it_is_in_a_header(
    small: bn.RiskModel, tmp_path: Path, header: str, units: str, spelled: str
) -> None:
    _, summary = added_to(small, f"age,{header}\nyears,{units}\n60,40,\n".encode(), tmp_path)
    assert "line 2 holds the units" in summary
    assert spelled in summary


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"mg/dL", b"kg", "in.csv: line 2 holds units, but 'hscrp': hscrp: found unit 'kg'.*correct them, or remove the row"),
        (b"mg/dL", b"see protocol", "line 2 holds units, but 'hscrp'.*see protocol"),
        (b"hscrp,", b"hscrp [mg/L],", r"line 2 holds units, but 'hscrp \[mg/L\]' is said to be in mg/L, not in mg/dL"),
    ],
)  # fmt: skip
def test_units_that_do_not_fit_refuse_the_file(
    small: bn.RiskModel, tmp_path: Path, old: bytes, new: bytes, said: str
) -> None:
    with pytest.raises(bn.QuestionError, match=said):
        added_to(small, CSV.replace(old, new), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize(
    "first",
    [b"1,68,f,mg/dL,", b"1,,f,mg/dL,", b"1,>60,,mg/dL,", b"1,x,,y,z"],
    ids=["a number", "a state", "a bound", "labels"],
)
def test_a_row_of_data_is_no_row_of_units(small: bn.RiskModel, tmp_path: Path, first: bytes) -> None:
    out, summary = added_to(small, b"id,age,sex,hscrp,hba1c\n" + first + b"\n2,60,f,2,\n", tmp_path)
    assert summary.startswith("1 of 2 rows scored, 1 with errors")
    assert float(out.decode().splitlines()[2].split(",")[5]) == pytest.approx(
        small.posterior(age=60, sex="f", hscrp=2).risk, abs=6e-7
    )


def test_a_required_finding_and_strictness_do_not_ask_it_of_the_units(small: bn.RiskModel, tmp_path: Path) -> None:
    _, summary = added_to(small, CSV, tmp_path, require=("sex", "age"), strict=True)
    assert summary.startswith("2 of 2 rows scored")


def test_a_table_that_comes_in_parts_is_refused(small: bn.RiskModel) -> None:
    reader = pa.table(COLUMNS).to_reader()
    with pytest.raises(Exception, match="row 1 holds units, which a table that comes in parts cannot be read by"):
        small.score(reader).read_all()
    with pytest.raises(Exception, match="row 1 holds units"):
        small.score(pl.LazyFrame(COLUMNS)).collect()


def test_what_if_reads_the_units_too(small: bn.RiskModel) -> None:
    with_units = small.what_if_frame(pd.DataFrame(COLUMNS), "exercise_training")
    frame = pd.DataFrame(
        {"age": [68, 50], "sex": ["f", "m"], "hscrp [mg/dL]": [0.41, 0.1], "hba1c [mmol/mol]": [41, 38]}
    )
    plain = small.what_if_frame(frame, "exercise_training")
    assert with_units["risk_after"].tolist()[1:] == pytest.approx(plain["risk_after"].tolist(), abs=1e-12)
    assert with_units["risk_after"].isna()[0]


def test_the_units_are_no_cells_of_a_column_that_is_proposed(small: bn.RiskModel, tmp_path: Path) -> None:
    _, summary = added_to(small, b"hscrp,RIDAGEYR\nmg/dL,years\n0.4,60\n0.2,50\n", tmp_path)
    assert '"RIDAGEYR" = { is = "age"' in summary
    assert '"RIDAGEYR" = { is = "age"' in str(
        scored_with_summary(small, pd.DataFrame({"hscrp": ["mg/dL", "0.4"], "RIDAGEYR": ["years", "60"]}))[1]
    )


def test_a_chosen_factor_of_the_header_holds_under_a_row_of_its_unit(small: bn.RiskModel) -> None:
    cells = {"insulin [pmol/L@6.945]": ["pmol/L", "69.45"], "age": ["years", "60"]}
    risk = small.score(pd.DataFrame(cells), interval=False, posteriors=False)["risk"][1]
    assert risk == pytest.approx(small.posterior(age=60, insulin=10).risk, abs=1e-4)
