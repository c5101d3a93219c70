"""Exports of forty columns need only what the summary, or the warning, proposes: followed word for word, all is right."""

import ast
import math
import re
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path
from typing import Any

import forty_columns
import pandas as pd
import pytest
from forty_columns import Export, export

import bn
from bn.cohort.files import Options, score_file
from bn.cohort.reading.meaning import read_meaning

LINE = re.compile(r'^    (?:if so: )?("(?:[^"\\]|\\.)*") = (.*)$', re.MULTILINE)
LIMIT = {"survey": "0.11", "clinic": "0.11", "ward": "0.011"}
"""What the laboratory says of its assay, in the unit of the column: the one thing that no file tells."""
EXPORTS = {
    "survey": export(forty_columns.survey, forty_columns.SURVEY_UNITS),
    "clinic": export(forty_columns.clinic),
    "ward": export(forty_columns.ward, forty_columns.WARD_UNITS),
}


@pytest.fixture(params=EXPORTS)
def name(request: pytest.FixtureRequest) -> str:
    """One of the exports."""
    return str(request.param)


@pytest.fixture(scope="module")
def right(small: bn.RiskModel) -> dict[str, list[float]]:
    """The risk of every row by what it truly says, under names that are known."""
    found = {}
    for name, one in EXPORTS.items():
        risks = small.score(pd.DataFrame(one.truth, dtype=object), interval=False, posteriors=False)["risk"]
        people = [{finding: said for finding, said in truth.items() if said is not None} for truth in one.truth[:8]]
        assert [small.posterior(person).risk for person in people] == pytest.approx(risks[:8].tolist(), abs=1e-9)
        found[name] = risks.tolist()
    return found


def proposed(told: str, limit: str) -> dict[str, str]:
    """The lines of a summary for the columns file, by header as TOML has it."""
    return {header: said.replace("fill in", limit) for header, said in LINE.findall(told)}


def risks_of(path: Path, one: Export) -> list[float]:
    """The risks in a file of answers, without that of the row of units."""
    column = pd.read_csv(path, low_memory=False)["risk"].tolist()
    return column[1:] if one.units else column


def test_they_are_forty() -> None:
    assert {len(one.headers) for one in EXPORTS.values()} == {40}


def test_following_the_summary_gives_every_row_its_answer(
    small: bn.RiskModel, right: dict[str, list[float]], tmp_path: Path, name: str
) -> None:
    source, target, columns = (tmp_path / file for file in ("in.csv", "out.csv", "columns.toml"))
    EXPORTS[name].write(source)
    lines: dict[str, str] = {}
    for _ in range(4):
        columns.write_text("".join(f"{header} = {said}\n" for header, said in lines.items()))
        options = Options(interval=False, posteriors=False, meaning=read_meaning(columns), force=True)
        try:
            told = str(score_file(small, str(source), str(target), options))
        except bn.QuestionError as error:
            told = str(error)
        new = proposed(told, LIMIT[name])
        if not new:
            break
        lines |= new
    assert not new, told
    assert "WARNING" not in told
    assert told.startswith(f"{forty_columns.ROWS} of {forty_columns.ROWS} rows scored, 0 with errors")
    assert risks_of(target, EXPORTS[name]) == pytest.approx(right[name], abs=6e-7)


def test_so_does_following_the_warnings_of_a_frame(
    small: bn.RiskModel, right: dict[str, list[float]], tmp_path: Path, name: str
) -> None:
    EXPORTS[name].write(tmp_path / "in.csv")
    frame = pd.read_csv(tmp_path / "in.csv", dtype=str if EXPORTS[name].units else None)
    meaning: dict[str, Any] = {}
    for _ in range(4):
        said: list[str] = []
        new: dict[str, Any] = {}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                scored, summary = small.score(frame, interval=False, posteriors=False, meaning=meaning, summary=True)
                new |= tomllib.loads("\n".join(summary.ways.values()).replace("fill in", LIMIT[name]))
            except bn.QuestionError as error:
                said.append(str(error))
        said += [str(one.message) for one in caught]
        for text in said:
            new |= first_dict(text)
        if not new:
            break
        meaning |= new
    assert said == []
    risks = [risk for risk in scored["risk"] if not math.isnan(risk)]
    assert risks == pytest.approx(right[name], abs=1e-9)


def first_dict(text: str) -> dict[str, Any]:
    """What is ready to be passed as `meaning`, of several ways the first one."""
    start = text.find("meaning={")
    for stop in (match.end() for match in re.finditer("}", text)):
        if start >= 0 and stop > start:
            try:
                found: dict[str, Any] = ast.literal_eval(text[start + len("meaning=") : stop])
                return found
            except SyntaxError:
                continue
    return {}


def test_the_command_says_it_in_lines_that_can_be_pasted(tmp_path: Path) -> None:
    """Nothing is known of the survey's names, so the first run ends with the lines, the second one reads by them."""
    EXPORTS["survey"].write(tmp_path / "in.csv")
    command = [sys.executable, "-m", "bn", "score", "in.csv", "-o", "out.csv", "--no-interval", "--no-posteriors"]
    first = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (first.returncode, (tmp_path / "out.csv").exists()) == (2, False)
    assert first.stderr.startswith("myorisk: in.csv: no column is recognized; if they are what they seem")
    (tmp_path / "columns.toml").write_text(first.stderr.split("\n", 1)[1])
    second = subprocess.run([*command, "--columns", "columns.toml"], cwd=tmp_path, capture_output=True, text=True)
    assert second.returncode == 3
    assert second.stderr.startswith("in.csv: 294 of 300 rows scored, 6 with errors\n  6x LBXHSCRP: cannot be read")
    again = (tmp_path / "columns.toml").read_text() + "\n" + '"LBXHSCRP" = { is = "hscrp", detection_limit = "0.11" }'
    (tmp_path / "columns.toml").write_text(again)
    third = subprocess.run([*command, "--columns", "columns.toml"], cwd=tmp_path, capture_output=True, text=True)
    assert "is a header given twice? keep its last line" in third.stderr
