"""A file dropped on the explorer: read and scored as the command does it, in a process of its own, and not kept."""

import base64
import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from http_asking import Answered, ask

import bn
from bn.cohort.files import score_file
from bn.web.look import BARS

COHORT = Path(__file__).parents[2] / "examples" / "cohort.csv"
ODD = b'ID;Alter;CRP (mg/dL);Grip R [kg];Name\n1;53;0,41;20;"M; <b>"\n2;300;pending;3;x\n\n3;70;"<0,1";;y\n'


def send(port: int, raw: bytes, path: str = "/api/file", name: str = "cohort.csv", **more: Any) -> Answered:
    return ask(port, path, {"name": name, "content": base64.b64encode(raw).decode(), **more})


def test_a_file_is_scored_byte_for_byte_as_by_the_command(port: int, model: bn.RiskModel, tmp_path: Path) -> None:
    got = send(port, COHORT.read_bytes(), "/api/file/score")
    assert got.status == 200
    assert got.headers["content-disposition"].startswith("attachment")
    score_file(model, str(COHORT), str(tmp_path / "scored.csv"))
    assert got.body == (tmp_path / "scored.csv").read_bytes()


def test_a_look_shows_what_is_read_as_what_and_the_first_people(port: int, model: bn.RiskModel, tmp_path: Path) -> None:
    told = send(port, COHORT.read_bytes()).json
    score_file(model, str(COHORT), str(tmp_path / "scored.csv"))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "scored.csv").read_text())))
    risks = [float(row["risk"]) for row in rows]
    assert (told["rows"], told["scored"], told["failed"]) == (len(rows), len(rows), 0)
    assert told["mean"] == pytest.approx(sum(risks) / len(risks))
    assert told["histogram"]["counts"] == [sum(int(risk * BARS) == bar for risk in risks) for bar in range(BARS)]
    first = told["people"][0]
    assert [first["risk"], first["low"], first["high"]] == [
        float(rows[0][key]) for key in ("risk", "risk_low", "risk_high")
    ]
    assert first["cells"] == list(rows[0].values())[:3]
    columns = {one["header"]: one for one in told["columns"]}
    assert (columns["CRP [mg/L]"]["id"], columns["CRP [mg/L]"]["unit"], columns["id"]["id"]) == ("hscrp", "mg/L", None)
    assert columns["age"]["first"] == [row["age"] for row in rows[:3]]


def test_what_is_said_of_columns_is_heeded(port: int) -> None:
    plain = send(port, ODD).json
    assert [one["id"] for one in plain["columns"]] == [None, None, "hscrp", None, None]
    assert plain["read_as"] == "read as UTF-8, cells between semicolons, decimal comma"
    said = send(port, ODD, columns={"Alter": "age", "Grip R [kg]": "grip_strength"}, missing=["pending"]).json
    assert [one["id"] for one in said["columns"]] == [None, "age", "hscrp", "grip_strength", None]
    assert said["columns"][1]["told"] == ["1 x Alter: out of range"]
    assert said["columns"][3]["empty"] == 1
    assert [person["risk"] is None for person in said["people"]] == [False, True, False]
    assert said["people"][1]["error"].startswith("Alter: ")
    assert said["people"][0]["cells"] == ["1", "53", "0,41"]
    changed = send(port, ODD, do=["exercise_training"]).json
    assert changed["people"][0].keys() == {"line", "cells", "before", "after", "difference", "error"}


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.parquet", b"PAR1", "a.parquet: this page takes .csv, .tsv and .txt; the command takes any size and kind: myorisk score a.parquet"),
        ("a.csv", b"\x1f\x8bxx", "a.csv is packed; the command takes"),
        ("a.csv", b"", "a.csv: empty; expected a header line and rows"),
        ("a.csv", b"id,x\n1,2\n", "a.csv: no column is recognized"),
        ("a.csv", b"age,age\n1,2\n", "a.csv: columns 'age' and 'age' both give age"),
        ("../../etc/<b>\x1b.csv", b"\x00\x01", r"<b>\x1b.csv: no column is recognized"),
    ],
)  # fmt: skip
def test_what_cannot_be_scored_is_told_in_the_words_of_the_command(port: int, name: str, raw: bytes, said: str) -> None:
    got = send(port, raw, name=name)
    assert got.status == 422
    assert got.json["error"].startswith(said)


def test_a_column_that_is_not_there_and_an_act_that_is_none_are_told(port: int) -> None:
    assert "no column 'Aged' to be read as 'age'" in send(port, b"Age,x\n50,1\n", columns={"Aged": "age"}).json["error"]
    assert "did you mean 'weight_loss'" in send(port, b"age\n50\n", do=["weight_los"]).json["error"]
    assert send(port, b"age\n50\n", decimal=";").json["error"] == "decimal mark ';': expected . or ,"


def test_what_is_said_of_columns_twice_or_too_deeply_is_refused(port: int) -> None:
    for columns, said in (
        ('{"a": "age", "a": ""}', "'a' is given twice"),
        ('{"a":' * 3000 + "1" + "}" * 3000, "too many others"),
    ):
        raw = f'{{"name": "a.csv", "content": "", "columns": {columns}}}'.encode()
        got = ask(port, "/api/file", raw=raw, Content_Type="application/json")
        assert (got.status, said in got.json["error"]) == (400, True)


def test_nothing_of_a_file_lies_on_the_disk(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(Path.cwd().iterdir())
    assert send(port, COHORT.read_bytes(), "/api/file/score").status == 200
    assert not list(tmp_path.iterdir())
    assert set(Path.cwd().iterdir()) <= before | {Path.cwd() / "__pycache__"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_cells_are_shown_as_they_were_written(port: int, encoding: str) -> None:
    told = send(port, "Größe,age\nzwölf,50\n".encode(encoding)).json
    assert told["columns"][0]["header"] == "Größe"
    assert told["people"][0]["cells"] == ["zwölf", "50"]
