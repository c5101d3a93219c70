"""`myorisk columns`: the table, JSON, the file for --columns, and how it fails."""

import json
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from command_line import Myorisk


def test_a_raw_file_is_told_then_scored_by_the_file_that_was_written(
    myorisk: Myorisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"RIAGENDR": [1.0, 2.0], "RIDAGEYR": [50.0, 80.0], "LBXGH": [5.2, 16.0**-65]})
    pyreadstat.write_xport(frame, tmp_path / "in.xpt", file_format_version=5)
    done = myorisk("columns", "in.xpt", "--columns", "nhanes", "-o", "own.toml")
    assert done.returncode == 0
    assert done.stderr == "wrote own.toml\n"
    for text in ("2 rows, 3 columns read", "RIDAGEYR  age      year", "LBXGH: 1x LBXGH: out of range (row 2)"):
        assert text in done.stdout
    scored = myorisk("score", "in.xpt", "-o", "out.csv", "--columns", "own.toml")
    assert scored.returncode == 3
    assert "1 of 2 rows scored, 1 with errors" in scored.stderr
    again = myorisk("columns", "in.xpt", "--columns", "own.toml", "--json")
    record = json.loads(again.stdout)
    assert [(one["name"], one["read"], one["refused"]) for one in record["columns"]] == [
        ("sex", 2, 0),
        ("age", 2, 0),
        ("hba1c", 1, 1),
    ]


def test_errors_are_one_line(myorisk: Myorisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_text("age\n50\n", encoding="utf-8")
    (tmp_path / "own.toml").write_text("", encoding="utf-8")
    for arguments, told in (
        (("in.csv", "-o", "own.toml"), "own.toml exists"),
        (("in.csv", "-o", "in.csv", "--force"), "in.csv is also to be read; choose another output"),
        (("absent.csv",), "No such file or directory: absent.csv"),
        (("in.csv", "--columns", "nhane"), "in.csv: unknown dictionary 'nhane' (did you mean 'nhanes'?)"),
        (("in.csv", "--columns", "absent.toml"), "No such file or directory: absent.toml"),
    ):
        done = myorisk("columns", *arguments)
        assert done.returncode in (1, 2)
        assert done.stderr.startswith("myorisk: ")
        assert told in done.stderr
        assert done.stderr.count("\n") == 1
    assert (tmp_path / "own.toml").read_text(encoding="utf-8") == ""
    assert (tmp_path / "in.csv").read_text(encoding="utf-8") == "age\n50\n"
