"""Any text file comes back byte for byte with results behind each record; what is wrong with a row stays in it."""

import codecs
import csv
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bn
from bn.cohort.files import Options, score_file, text_source
from bn.cohort.frames.questions import Scoring
from bn.core.observe import MISSING

CELLS = {
    "age": ["25", "68.4", "80+", "<40", " 51 ", "", "NA", "300", "abc", "[60, 75)"],
    "Sex": ["f", "male", "", "x"],
    "BMI": ["22.0", "31.2", "<25", "", "n/a", "44 kg/m^2", "-3"],
    "hscrp [mg/dL]": ["0.41", "<0.03", ">1", ".", "null", "4 kg", "1e-1"],
    "homa_ir": ["1.1", "3.0", "", "-9"],
    "er_stress": ["present", "no", "", "maybe"],
    "p62": ["low", "HIGH", ""],
}
NUMERIC = {"age", "BMI", "hscrp [mg/dL]", "homa_ir"}
OTHERS = {
    "note": ["x", "", "a,b;c|d\te", 'say "hi"', "two\nlines", "caf\xe9 \xb5g", "r\rn"],
    "x; y, z": ["0.5", "1,5"],
    "note ": ["nul\0", "1"],
}
RAW = ['5" pipe', '"ab"c', "' '"]
ENDINGS = ["\n", "\r\n", "\r"]


@dataclass(frozen=True)
class Made:
    """A table as text: its header, and each record with its line ending, what it says (None for a fault), its cells."""

    header: str
    ending: str
    records: list[tuple[str, str, dict[str, str] | None, int]]
    columns: int
    options: Options
    encoding: str

    @property
    def text(self) -> str:
        return self.header + self.ending + "".join(raw + ending for raw, ending, _, _ in self.records)


@st.composite
def tables(draw: st.DrawFn, explicit: bool) -> Made:
    headers = draw(st.permutations([*CELLS, *OTHERS]))[: draw(st.integers(1, 8))]
    if not set(headers) & set(CELLS):
        headers = ["age", *headers]
    said = explicit or len(headers) == 1
    delimiter, decimal = draw(st.sampled_from(",;\t|")), draw(st.sampled_from(".,"))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "latin-1"]))
    endings = draw(st.sampled_from([[ending] for ending in ENDINGS] + [ENDINGS]))
    options = Options(
        missing=("-9",),
        delimiter=delimiter if said or draw(st.booleans()) else None,
        decimal=decimal if said or delimiter == "," else None,
        encoding=encoding if explicit else None,
    )

    def written(cell: str) -> str:
        special = cell.startswith('"') or any(mark in cell for mark in (delimiter, '"', "\n", "\r"))
        return '"' + cell.replace('"', '""') + '"' if special or draw(st.booleans()) else cell

    def record() -> tuple[str, dict[str, str] | None, int]:
        kind = draw(st.sampled_from(["row"] * 8 + ["blank", "short", "long", "open"]))
        if kind == "blank" and len(headers) > 1:
            return "", None, 0
        cells, raw = {}, []
        for header in headers:
            cell = draw(st.sampled_from((CELLS | OTHERS)[header]))
            cells[header] = cell.strip()
            comma = header in NUMERIC and decimal == "," and "[" not in cell
            raw.append(written(cell.replace(".", ",") if comma and cell != "." else cell))
            if header in OTHERS and delimiter not in (bare := draw(st.sampled_from(RAW))) and draw(st.booleans()):
                raw[-1] = bare
        if kind == "open":
            raw = [*(re.sub(r"[\r\n]", " ", cell) for cell in raw[:-1]), '"open']
        if kind == "short" and len(headers) > 2:
            raw = raw[:-1]
        if kind == "long":
            raw.append("more")
        missing = MISSING | {"-9"}
        known = {header: cell for header, cell in cells.items() if header in CELLS and cell.lower() not in missing}
        fault = kind == "open" or len(raw) != len(headers)
        return delimiter.join(raw), None if fault else known, len(raw)

    made: list[tuple[str, str, dict[str, str] | None, int]] = []
    before = draw(st.sampled_from(endings))
    first = before
    for raw, known, count in [record() for _ in range(draw(st.integers(0, 7)))]:
        ending = draw(st.sampled_from(endings))
        ending = before if before == "\r" and not raw else ending
        made.append((raw, ending, known, count))
        before = ending
    if made and draw(st.booleans()):
        raw, _, known, count = made.pop()
        made += [(raw, "", known, count)] if raw else []
    header = delimiter.join(written(header) for header in headers)
    return Made(header, first, made, len(headers), options, encoding)


def bytes_of(made: Made) -> bytes:
    mark = {"utf-8-sig": b"", "utf-16": b"", "utf-16-be": codecs.BOM_UTF16_BE}
    return mark.get(made.encoding, b"") + made.text.encode(made.encoding)


def check_output(small: bn.RiskModel, made: Made, out: bytes, cache: dict[object, bn.Posterior | None]) -> None:
    """Every record stands where it stood, and carries what the one-person path says, or an error."""
    text = out.decode(made.encoding if made.encoding != "utf-16-be" else "utf-16")
    added = Scoring(small).added
    delimiter = made.options.delimiter or text[len(made.header)]
    place = 0

    def take(raw: str, ending: str) -> list[str]:
        nonlocal place
        assert text.startswith(raw, place), (raw, text[place : place + 80])
        place += len(raw)
        end = re.compile(r"\r\n|\r|\n|\Z").search(text, place)
        assert end is not None
        behind, place = text[place : end.start()], end.end()
        assert end[0] == ending
        return next(csv.reader([behind], delimiter=delimiter))[1:] if behind else []

    assert take(made.header, made.ending) == added
    line = 2
    for raw, ending, said, count in made.records:
        if not raw and made.columns > 1:
            assert take(raw, ending) == []
        else:
            results = take(raw, ending)
            lacking = max(0, made.columns - count)
            assert results[:lacking] == [""] * lacking
            row = dict(zip(added, results[lacking:], strict=True))
            check_row(small, said, row, line, cache)
        line += len(re.findall(r"\r\n|\r|\n", raw + ending))
    assert place == len(text)


def check_row(
    small: bn.RiskModel,
    said: dict[str, str] | None,
    row: dict[str, str],
    line: int,
    cache: dict[object, bn.Posterior | None],
) -> None:
    numbers = {name: cell.replace(",", ".") for name, cell in row.items() if name != "error"}
    key = None if said is None else tuple(sorted(said.items()))
    if said is not None and key not in cache:
        try:
            cache[key] = small.posterior(said)
        except bn.QuestionError:
            cache[key] = None
    post = cache[key] if said is not None else None
    if post is None:
        assert row["error"]
        assert set(numbers.values()) == {""}
        assert said is not None or row["error"].startswith(f"line {line}: ")
        return
    assert row["error"] == ""
    assert float(numbers["risk"]) == pytest.approx(post.risk, abs=6e-7)
    assert (float(numbers["risk_low"]), float(numbers["risk_high"])) == pytest.approx(post.interval(), abs=2e-6)
    assert float(numbers["log_evidence"]) == pytest.approx(post.log_evidence, abs=2e-6)
    for name in post.scored:
        assert float(numbers[f"p_{name}"]) == pytest.approx(post.probability(name), abs=6e-7)
        for state, chance in list(post[name].items())[1:] if len(post[name]) > 2 else ():
            assert float(numbers[f"p_{name}_{state}"]) == pytest.approx(chance, abs=6e-7)
    assert all(re.fullmatch(r"-?\d+\.\d{6}", cell) for cell in numbers.values())


@pytest.mark.parametrize("size", [1, None, *(pytest.param(each, marks=pytest.mark.long) for each in (5, 40))])
def test_any_table_comes_back_whole_with_every_row_scored_or_in_error(
    small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int | None
) -> None:
    """`size` bytes are read at a time; None reads the file at once and finds out by itself how it is written."""
    if size:
        for name in ("SAMPLE", "FEWEST", "MOST"):
            monkeypatch.setattr(text_source, name, size)
    cache: dict[object, bn.Posterior | None] = {}
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"

    @settings(max_examples=40, deadline=None)
    @given(tables(explicit=size is not None))
    def check(made: Made) -> None:
        source.write_bytes(bytes_of(made))
        options = made.options
        summary = score_file(small, str(source), str(target), Options(**{**vars(options), "force": True}))
        check_output(small, made, target.read_bytes(), cache)
        rows = [record for record in made.records if record[0] or made.columns == 1]
        assert summary.rows == len(rows)
        assert summary.failed >= sum(said is None for _, _, said, _ in rows)

    check()


def test_the_tables_above_have_rows_of_every_kind(small: bn.RiskModel, tmp_path: Path) -> None:
    """One of them by hand, so that it can be read."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(
        b'\xef\xbb\xbfid;age;sex;bmi;hscrp [mg/L];note\r\n1;68;f;31,2;4,1;"a ""b"""\r\n\r\n2;80+;m;;<0,3;"two\nlines"\r\n'
        b'3;x;m;25;;\r\n4;1\r\n5;30;f;22;1.5;5" pipe\r\n6;30;f;22;1;"open\r\n7;30;f;22;1;ok'
    )
    summary = score_file(small, str(source), str(target))
    assert (summary.rows, summary.failed) == (7, 4)
    assert {kind: found.first for kind, found in summary.errors.items()} == {
        "age: cannot be read": (6,),
        "hscrp [mg/L]: cannot be read": (8,),
        "too few cells": (7,),
        "unclosed quote": (9,),
    }
    assert summary.notes == ["read as UTF-8, cells between semicolons, decimal comma", "1 blank line kept"]
    assert summary.passed.keys() == {"id", "note"}
    out = target.read_bytes()
    first = small.posterior(age=68, sex="f", bmi=31.2, hscrp=4.1)
    assert f'1;68;f;31,2;4,1;"a ""b""";{first.risk:.6f};'.replace("0.", "0,").encode() in out
    errors = [line.rsplit(b";", 1)[1] for line in out.split(b"\r\n") if line]
    assert errors[3].startswith(b"age: found 'x', expected a number")
    assert errors[4:] == [
        b"line 7: 2 cells, expected 6",
        b"hscrp [mg/L]: found '1.5', expected a decimal comma as in other cells",
        b"line 9: unclosed quote",
        b"",
    ]
