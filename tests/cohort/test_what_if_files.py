"""What-if of cohort files and tables: nothing of them is lost, and every row says what one person is told."""

import gzip
from pathlib import Path
from typing import Any

import dask.dataframe as dd
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import Myorisk
from one_strategy import prefer

import bn
from bn.cohort.files import Options, run_files
from bn.cohort.frames import tables
from bn.cohort.frames.questions import ADDED, CohortWhatIf
from bn.cohort.kernel import contraction, strategies
from bn.cohort.reading.summary import Summary

DO = "weight_loss"
FULL = {"age": 50, "bmi": 25.5}
FAR = "age: found '300', expected 20 to 120 years"
Records = list[tuple[str, dict[str, Any] | str | None]]


def told(model: bn.RiskModel, findings: dict[str, Any]) -> list[float]:
    answer = model.what_if(findings, do=DO)
    return [answer.risk_before, answer.risk_after, answer.difference]


def ask(model: bn.RiskModel, source: Path, target: Path, **options: Any) -> Summary:
    ((_, summary),) = run_files(CohortWhatIf.of(model, DO), [str(source)], str(target), Options(**options))
    return summary


@pytest.mark.parametrize(
    ("encoding", "ending", "marks", "records"),
    [
        ("utf-8", "\n", ",.", [("age,bmi", None), ("50,25.5,x", "line 2: 3 cells, expected 2"), ("50,25.5", FULL)]),
        ("utf-8", "\n", ",.", [("age,bmi", None), ("", None), ("60", "line 3: 1 cell, expected 2"), ("50,25.5", FULL)]),
        ("utf-8", "\n", ",.", [("id,age", None), ('"open,50', "line 2: unclosed quote"), ('5" pipe,50', {"age": 50})]),
        ("utf-8-sig", "\r\n", ",.", [('"id, ""name""",age', None), ('"a",50', {"age": 50}), ("b,300", FAR)]),
        ("utf-8", "\n", ";,", [("sep=;", None), ("", None), ("age;bmi", None), ("50;25,5", FULL)]),
        ("latin-1", "\r\n", ";.", [("", None), ("age;Größe", None), ("50;klein", {"age": 50})]),
        ("utf-16", "\n", "\t.", [("age\tOrt", None), ("50\tKöln", {"age": 50})]),
        ("utf-8", "\n", ",.", [("age", None), ("300", FAR)]),
    ],
    ids=["long row", "blank and short", "quotes", "mark and line ends", "comma", "latin-1", "utf-16", "no valid row"],
)
def test_a_record_comes_back_as_it_was_with_what_its_person_is_told(
    small: bn.RiskModel, tmp_path: Path, encoding: str, ending: str, marks: str, records: Records
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes("".join(record + ending for record, _ in records).encode(encoding))
    summary = ask(small, source, target)
    between, mark = marks
    header = next(record for record, _ in records if record and "sep=" not in record)

    def expected(record: str, said: dict[str, Any] | str | None) -> str:
        if record is header:
            return between.join([record, *ADDED, "error"])
        if said is None:
            return record
        if isinstance(said, str):
            lacking = [""] * ("1 cell," in said)
            return between.join([record, *lacking, "", "", "", f'"{said}"' if between in said else said])
        return between.join([record, *(f"{number:.6f}".replace(".", mark) for number in told(small, said)), ""])

    assert target.read_bytes() == "".join(expected(*one) + ending for one in records).encode(encoding)
    assert summary.failed == sum(isinstance(said, str) for _, said in records)


def test_numbers_of_a_table_stay_as_they_are(small: bn.RiskModel, tmp_path: Path) -> None:
    table = pa.table({"id": [10000001.0, 1e-8], "age": [68, None], "hscrp": ["<0.3", "4.1"]})
    pq.write_table(table, tmp_path / "in.parquet")
    for target in ("out.csv", "out.arrow"):
        ask(small, tmp_path / "in.parquet", tmp_path / target)
    text = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    assert list(map(float, text["id"])) == [10000001.0, 1e-8]
    assert text["age"].tolist() == ["68", ""]
    kept = pa.ipc.open_file(tmp_path / "out.arrow").read_all()
    assert kept.select(table.column_names).equals(table)
    both = told(small, {"age": 68, "hscrp": "<0.3"}), told(small, {"hscrp": 4.1})
    for name, numbers in zip(ADDED, zip(*both, strict=True), strict=True):
        assert kept[name].to_pylist() == pytest.approx(numbers, abs=1e-9)


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (b"Alter\tbmi\n50\t25.5\n", {"meaning": {"Alter": "age"}}),
        (b"age:bmi\n50:25,5\n", {"delimiter": ":", "decimal": ","}),
        (b"age,bmi,hscrp\n50,25.5,-9\n", {"missing": ("-9",)}),
    ],
)
def test_what_is_said_of_a_file_holds(
    small: bn.RiskModel, tmp_path: Path, data: bytes, options: dict[str, Any]
) -> None:
    source, target = tmp_path / "in.tsv.gz", tmp_path / "out.parquet"
    source.write_bytes(gzip.compress(data))
    ask(small, source, target, **options)
    assert pq.read_table(target)["difference"].to_pylist() == [pytest.approx(told(small, FULL)[2], abs=1e-9)]


KINDS = {
    "pandas": (lambda frame: frame, lambda found: found),
    "polars": (pl.from_pandas, lambda found: found.to_pandas()),
    "polars, lazy": (lambda frame: pl.from_pandas(frame).lazy(), lambda found: found.collect().to_pandas()),
    "pyarrow": (pa.Table.from_pandas, lambda found: found.to_pandas()),
    "pyarrow, read": (lambda frame: pa.Table.from_pandas(frame).to_reader(), lambda found: found.read_pandas()),
    "dask": (lambda frame: dd.from_pandas(frame, npartitions=2), lambda found: found.compute(scheduler="threads")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_comes_back_in_its_kind(small: bn.RiskModel, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Block by block, the first one without a row to answer, and with hardly any room to keep what is contracted."""
    for name in ("ROWS", "FEWEST"):
        monkeypatch.setattr(tables, name, 2)
    monkeypatch.setattr(contraction, "CACHE_BYTES", 100)
    prefer(monkeypatch, strategies.ByContraction)
    frame = pd.DataFrame({"age": [300, -9, 50, 60, 50], "bmi": [25.5, 25.5, 25.5, None, 25.5], "id": list("abcde")})
    made, back = KINDS[kind]
    table = made(frame)
    found = small.what_if_frame(table, DO, missing=-9, require="age")
    assert type(found) is type(table)
    after = back(found)
    assert after[["age", "id"]].to_dict("list") == frame[["age", "id"]].to_dict("list")
    assert [text.partition(":")[0] for text in after["error"]] == ["age", "age", "", "", ""]
    assert after["risk_before"][:2].isna().all()
    wanted = [told(small, FULL), told(small, {"age": 60}), told(small, FULL)]
    for row, numbers in zip(after[list(ADDED)].to_numpy()[2:], wanted, strict=True):
        assert row.tolist() == pytest.approx(numbers, abs=1e-9)


@pytest.mark.parametrize(
    ("data", "arguments", "code", "said"),
    [
        (b"age,age\n50,25\n", ["-o", "out.csv"], 2, "columns 'age' and 'age' both give age"),
        (b"age,difference\n50,25\n", ["-o", "out.csv"], 2, "difference clash with result columns"),
        (b"age\n50\n", ["--force", "-o", "in.csv"], 2, "in.csv is also to be read"),
        (b"age\n50\n", ["--require", "sex", "-o", "out.csv"], 2, "no column gives sex, which is required"),
        (b"age\n50\n", ["--encoding", "x", "-o", "out.csv"], 2, "unknown encoding 'x'"),
        (b"age\n50\n", ["--columns", "in.csv", "-o", "out.csv"], 2, "in.csv: cannot be read as TOML"),
        (b"age\n50\n300\n", ["--strict", "-o", "out.csv"], 1, "in.csv: line 3: age: found '300'"),
        (
            gzip.compress(b"age\n" + b"50\n" * 100, mtime=0)[:-9],
            ["-o", "out.csv"],
            1,
            "in.csv: the packed file is damaged",
        ),
        (b"age\n50\n", ["--exact-interval", "-o", "out.csv"], 2, "files are asked with --do alone"),
        (b"age\n50\n", ["--strict"], 2, "name the file to write with -o"),
    ],
)
def test_a_file_that_cannot_be_answered_is_left_alone(
    myorisk: Myorisk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    data: bytes,
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_bytes(data)
    done = myorisk("what-if", "in.csv", "--do", DO, *arguments)
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (code, 1)
    assert said in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
    assert Path("in.csv").read_bytes() == data


def test_several_files_go_into_a_folder_and_a_pipe_through(
    myorisk: Myorisk, small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_bytes(b"age\n50\n")
    Path("b.tsv").write_bytes(b"age\tbmi\n50\t25.5\n300\t1\n")
    done = myorisk("what-if", "a.csv", "b.tsv", "--do", DO, "-o", "out/")
    assert done.returncode == 3
    assert "a.csv: 1 of 1 row answered, 0 with errors" in done.stderr
    assert "2 files: 2 of 3 rows answered, 1 with errors" in done.stderr
    first = Path("out/b.tsv").read_text(encoding="utf-8").splitlines()[1]
    assert first == "\t".join(["50", "25.5", *(f"{number:.6f}" for number in told(small, FULL)), ""])
    piped = myorisk("what-if", "-", "--do", DO, "-o", "-", stdin="age\n50\n")
    assert piped.returncode == 0
    assert piped.stdout == Path("out/a.csv").read_text(encoding="utf-8")
