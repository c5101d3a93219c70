"""Excel workbooks: cells of every kind, rows by Excel's numbers, which sheet, and what is wrong with a file."""

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

import bn
from bn.cohort.files import Options, score_file, sheet
from bn.core.errors import RunError

ROWS: list[list[Any]] = [
    ["id", "Age", "sex", "hscrp", "diabetes", "dob", "visit date"],
    [123456789012, 50, "female", 0.5, False, dt.date(1970, 3, 4), dt.datetime(2020, 3, 4)],
    [2, "80+", "male", "<0.3", True, None, None],
    [],
    ["  ", None, " ", 4.25, "#N/A", None, None],
    [4, 200, "female", "#DIV/0!", 1, None, None],
]


def book(path: Path, **sheets: list[list[Any]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        page = made.create_sheet(title)
        for at, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                page.cell(at, column, value)
    made.save(path)
    return path


def scored(model: bn.RiskModel, source: Path, suffix: str = ".parquet", **options: Any) -> tuple[Any, str]:
    target = source.with_name(f"out{suffix}")
    summary = score_file(model, str(source), str(target), Options(interval=False, force=True, **options))
    return (pq.read_table(target) if suffix == ".parquet" else target.read_text()), str(summary)


def test_cells_mean_what_they_show(small: bn.RiskModel, tmp_path: Path) -> None:
    table, summary = scored(small, book(tmp_path / "in.xlsx", Data=ROWS))
    right = [
        small.posterior(age=50, sex="female", hscrp=0.5, diagnosed_diabetes="no").risk,
        small.posterior(age="80+", sex="male", hscrp="<0.3", diagnosed_diabetes="yes").risk,
        small.posterior(hscrp=4.25).risk,
    ]
    assert table["risk"].to_pylist()[:3] == pytest.approx(right, abs=1e-12), summary
    assert table["id"].to_pylist() == ["123456789012", "2", None, "4"]
    assert table["dob"].to_pylist() == ["1970-03-04", None, None, None]
    assert "read as Excel, sheet 'Data'" in summary


def test_rows_bear_the_numbers_of_excel_and_blank_ones_are_no_people(small: bn.RiskModel, tmp_path: Path) -> None:
    _, summary = scored(small, book(tmp_path / "in.xlsx", Data=[[], [], *ROWS]))
    assert "3 of 4 rows scored, 1 with errors" in summary
    assert "1x Age: out of range (row 8)" in summary
    assert "1x hscrp: cannot be read (row 8)" in summary
    assert "1 blank line left out" in summary


@pytest.mark.parametrize("step", [1, 2, 3])
def test_blocks_are_the_whole(small: bn.RiskModel, tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, said = scored(small, book(tmp_path / "in.xlsx", Data=ROWS))
    monkeypatch.setattr(sheet, "rows_of_block", lambda _: step)
    parts, same = scored(small, tmp_path / "in.xlsx")
    assert parts.to_pylist() == whole.to_pylist()
    assert same == said


def test_a_row_of_units_is_used(small: bn.RiskModel, tmp_path: Path) -> None:
    rows = [["age", "hscrp"], ["years", "mg/dL"], [50, 0.4]]
    table, summary = scored(small, book(tmp_path / "in.xlsx", Data=rows))
    assert table["risk"].to_pylist()[1] == pytest.approx(small.posterior(age=50, hscrp=4).risk, abs=1e-12)
    assert "row 2 holds the units" in summary


def test_cells_beyond_the_headers_are_an_error_of_their_row(small: bn.RiskModel, tmp_path: Path) -> None:
    table, _ = scored(small, book(tmp_path / "in.xlsx", Data=[["age"], [50], [60, "x"]]))
    assert table["error"].to_pylist() == ["", "row 3: 2 cells, expected 1, found also 'x'"]


def test_of_several_sheets_one_is_named(small: bn.RiskModel, tmp_path: Path) -> None:
    source = book(tmp_path / "in.xlsx", Data=[["age"], [50]], Codes=[["age"], [60]], Empty=[])
    with pytest.raises(bn.QuestionError, match="has 2 sheets, Data, Codes; name one with --sheet"):
        scored(small, source)
    with pytest.raises(bn.QuestionError, match="no sheet 'data'; the workbook has Data, Codes, Empty"):
        scored(small, source, sheet="data")
    with pytest.raises(bn.QuestionError, match="sheet 'Empty' is empty"):
        scored(small, source, sheet="Empty")
    table, _ = scored(small, source, sheet="Codes")
    assert table["age"].to_pylist() == ["60"]


def test_the_same_as_text(small: bn.RiskModel, tmp_path: Path) -> None:
    frame = pd.DataFrame({"age": [50, 60], "sex": ["female", "male"], "hscrp": [0.25, 4]})
    frame.to_excel(tmp_path / "in.xlsx", index=False)
    frame.to_csv(tmp_path / "in.csv", index=False)
    (text, _), (same, _) = (scored(small, tmp_path / name, ".csv") for name in ("in.xlsx", "in.csv"))
    assert text == same.replace("4.0", "4")


def test_formulas_without_values_are_refused(small: bn.RiskModel, tmp_path: Path) -> None:
    source = book(tmp_path / "in.xlsx", Data=[["age", "hscrp"], [50, "=1+1"]])
    with pytest.raises(bn.QuestionError, match="sheet 'Data' has formulas that were never computed; open the file"):
        scored(small, source)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (b'<c r="B2"><f>1+1</f><v>2</v></c>', False),
        (b'<c r="B2" t="str"><f>IF(A2,"","x")</f><v></v></c>', False),
        (b'<c r="B2" s="1"><f t="shared" si="0"/><v>2</v></c>', False),
        (b'<c r="B2" s="1"><f t="shared" si="0"/></c>', True),
        (b'<c r="B2"><f>1+1</f><v /></c>', True),
    ],
)
def test_a_formula_is_computed_where_it_has_a_value(cell: bytes, said: bool) -> None:
    """As Excel writes them; an empty text is a value."""
    assert bool(sheet._UNCOMPUTED.search(cell)) == said


@pytest.mark.parametrize("content", [b"", b"age,sex\n50,1\n", b"PK\x03\x04" + bytes(99)])
def test_what_is_no_workbook_is_refused_in_one_line(small: bn.RiskModel, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in.xlsx").write_bytes(content)
    with pytest.raises(bn.QuestionError, match=r"in\.xlsx: no Excel workbook, or a damaged one: [^\n]*$"):
        scored(small, tmp_path / "in.xlsx")
    assert not (tmp_path / "out.parquet").exists()


def test_a_workbook_whose_sheet_breaks_off_leaves_no_result(small: bn.RiskModel, tmp_path: Path) -> None:
    from zipfile import ZipFile

    source = book(tmp_path / "whole.xlsx", Data=[["age"], *([50] for _ in range(99))])
    with ZipFile(source) as whole, ZipFile(tmp_path / "in.xlsx", "w") as damaged:
        for name in whole.namelist():
            content = whole.read(name)
            damaged.writestr(name, content[:-99] if "sheet1" in name else content)
    with pytest.raises(RunError, match=r"in\.xlsx: the file is damaged"):
        scored(small, tmp_path / "in.xlsx")
    assert not (tmp_path / "out.parquet").exists()


def test_without_openpyxl_the_error_says_what_to_install(
    small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = book(tmp_path / "in.xlsx", Data=ROWS)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(bn.QuestionError, match=r"Excel files are read by openpyxl.*pip install 'myorisk\[files\]'$"):
        scored(small, source)
