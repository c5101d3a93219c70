"""What the columns of a table would be read as: counts, medians, what looks wrong, and the file that says so."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bn
from bn.cohort.reading import census

TABLE = pd.DataFrame(
    {
        "id": range(1, 13),
        "age": ["80+", 50, 52, 54, 56, 58, 60, 62, 64, 66, None, "old"],
        "sex": ["f", "m", "f", "f", None, None, "f", "f", "f", "m", "m", "f"],
        "HBA1C": [36.0, 38, 40, 41, 37, 39, 36, 38, 42, 40, 37, np.nan],
        "height": [170.0] * 12,
        "weight": [70.0] * 6 + [np.nan] * 6,
        "CReactiveProtein": [1.0, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4],
    }
)


def test_counts_medians_and_references(small: bn.RiskModel) -> None:
    report = small.columns(TABLE, meaning={"HBA1C": "hba1c [mmol/mol]"})
    read = {one.header: one for one in report.columns}
    age = read["age"]
    assert (age.read, age.missing, age.refused, report.rows) == (10, 1, 1, 12)
    assert age.typical == np.median([80, 50, 52, 54, 56, 58, 60, 62, 64, 66])
    assert age.wrong == ("1x age: cannot be read (row 12)", "9% of its cells cannot be read")
    sex = read["sex"]
    prior = small.posterior().priors["sex"][:, 0]
    assert (sex.typical_of, sex.typical, sex.reference) == ("male", pytest.approx(3 / 10), pytest.approx(prior[1]))
    assert (read["weight"].read, read["weight"].missing, read["weight"].unit) == (6, 6, "kg")
    assert report.derived == ("bmi from height [cm] and weight [kg] (5 rows without one of them)",)
    assert report.passed == ("id",)


def test_another_unit_and_an_unread_column_look_wrong(small: bn.RiskModel) -> None:
    report = small.columns(TABLE)
    hba1c = next(one for one in report.columns if one.name == "hba1c")
    assert hba1c.unit == "%"
    assert any('"HBA1C" = "hba1c [mmol/mol]"' in text for text in hba1c.wrong)
    assert report.perhaps == ('"CReactiveProtein" = "hscrp"',)
    said = small.columns(TABLE, meaning={"HBA1C": "hba1c [mmol/mol]"})
    hba1c = next(one for one in said.columns if one.name == "hba1c")
    assert (hba1c.typical, hba1c.wrong, hba1c.unit) == (38.0, (), "mmol/mol")
    assert hba1c.reference is not None
    assert 30 < hba1c.reference < 45, "the reference is in the column's unit"


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_says_the_same_as_the_table(small: bn.RiskModel, tmp_path: Path, suffix: str) -> None:
    frame = TABLE.astype({"age": str}).replace("None", None)
    frame.to_csv(tmp_path / "in.csv", index=False) if suffix == ".csv" else frame.to_parquet(tmp_path / "in.parquet")
    there, here = small.columns(tmp_path / f"in{suffix}"), small.columns(frame)
    counts = [(one.header, one.name, one.unit, one.read, one.missing, one.refused) for one in there.columns]
    assert counts == [(one.header, one.name, one.unit, one.read, one.missing, one.refused) for one in here.columns]
    assert [one.typical for one in there.columns] == [one.typical for one in here.columns]


MEANINGS: list[Any] = [
    None,
    {"HBA1C": "hba1c [mmol/mol]", "sex": {"is": "sex", "values": {"f": "female", "m": "male"}, "missing": ["x"]}},
]


@pytest.mark.parametrize("meaning", MEANINGS)
def test_the_file_that_is_written_reads_the_same(small: bn.RiskModel, tmp_path: Path, meaning: Any) -> None:
    report = small.columns(TABLE, meaning=meaning)
    (tmp_path / "columns.toml").write_text(report.toml, encoding="utf-8")
    again = small.columns(TABLE, meaning=str(tmp_path / "columns.toml"))
    assert [one.line for one in again.columns] == [one.line for one in report.columns]
    strict = [(one.header, one.name, one.unit, one.read, one.typical) for one in again.columns]
    assert strict == [(one.header, one.name, one.unit, one.read, one.typical) for one in report.columns]


def test_a_median_of_many_is_that_of_some(small: bn.RiskModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(census, "KEPT", 1000)
    frame = pd.DataFrame({"hscrp": np.linspace(1, 3, 20_001)})
    assert small.columns(frame).columns[0].typical == pytest.approx(2, abs=0.05)


def test_it_is_an_answer(small: bn.RiskModel) -> None:
    report = small.columns(TABLE)
    assert repr(report) == "<ColumnsReport: 5 columns read of 12 rows, 1 left alone>"
    assert json.loads(json.dumps(report.to_dict()))["columns"][0]["header"] == "age"
    frame = report.to_frame()
    assert frame.loc[0, ["read", "missing", "refused"]].tolist() == pytest.approx([10 / 12, 1 / 12, 1 / 12])
    page = report._repr_html_()
    assert "<td>CReactiveProtein" not in page
    assert "&quot;CReactiveProtein&quot; = &quot;hscrp&quot;" in page


def test_a_column_named_error_is_no_clash(small: bn.RiskModel) -> None:
    assert small.columns(pd.DataFrame({"age": [50], "error": ["x"], "risk": [1]})).passed == ("error", "risk")


def test_nothing_recognized_is_told_as_by_scoring(small: bn.RiskModel) -> None:
    with pytest.raises(bn.QuestionError, match="no column is recognized"):
        small.columns(pd.DataFrame({"x": [1]}))
