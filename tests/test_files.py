"""Files come back byte for byte with results behind each record; what is wrong with a row stays in that row."""

import codecs
import csv
import gzip
import io
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bn
from bn.batch.cells import MISSING
from bn.batch.files import Options, framing, score_file, score_files, textsource
from bn.batch.files import scan as scanning
from bn.batch.files.appearing import appearing, partial_of
from bn.batch.files.digits import is_unit, texts, unit_texts
from bn.batch.files.framing import frame
from bn.batch.files.meaning import read_meaning
from bn.batch.files.scan import scan
from bn.batch.results import names
from bn.batch.scorer import Scorer
from bn.errors import RunError


@pytest.fixture(scope="module")
def small(model: bn.RiskModel) -> bn.RiskModel:
    """The shipped network with few draws."""
    return bn.RiskModel(model.knowledge, {name: values[:5] for name, values in model.parameters.items()})


# Numbers as text


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.floats(0, 1),
            st.integers(0, 128).map(lambda number: number / 128),
            st.integers(0, 10**6 - 1).map(lambda number: (number + 0.5) / 10**6),
        ).map(abs),
        min_size=1,
        max_size=40,
    )
)
def test_numbers_from_0_to_1_are_written_as_python_does(values: list[float]) -> None:
    column = np.array(values)
    assert is_unit(column)
    for mark, before, after in ((".", b",", b""), (",", b',"', b'"')):
        table = unit_texts([column, column[::-1]], before, after, mark)
        for row, pair in enumerate(zip(values, values[::-1], strict=True)):
            wanted = [before + f"{value:.6f}".replace(".", mark).encode() + after for value in pair]
            assert table[row].tobytes() == b"".join(wanted)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.floats(-1e7, 1e7),
            st.floats(-1000, 1000),
            st.integers(-(10**9), 10**9).map(lambda number: number / 128),
            st.integers(-(10**9), 10**9).map(lambda number: (number + 0.5) / 10**6),
            st.just(-0.0),
        ),
        max_size=40,
    )
)
def test_any_number_is_written_as_python_does(values: list[float]) -> None:
    data, bounds = texts(np.array(values), b";", b"", ",")
    cells = [data[low:high] for low, high in pairwise(bounds)]
    assert cells == [f";{value:.6f}".replace(".", ",").encode() for value in values]


def test_a_negative_number_or_one_above_1_is_not_written_in_eight_characters() -> None:
    assert not is_unit(np.array([0.5, -0.0]))
    assert not is_unit(np.array([0.5, 1.0000001]))
    assert not is_unit(np.array([0.5, np.nan]))


# Records


def one_by_one(data: bytes) -> list[tuple[int, int, str | None]]:
    """Every record read by itself: where it ends, where the next begins, and its fault."""
    found, start = [], 0
    while start < len(data):
        odd = scan(data, start, b",", True)
        assert odd is not None
        stop = odd.end + (2 if data.startswith(b"\r\n", odd.end) else odd.end < len(data))
        found.append((odd.end, stop, odd.fault))
        start = stop
    return found


def in_pieces(data: bytes, size: int) -> list[tuple[int, int, str | None]]:
    """Records as a reader finds them that gets so many bytes at a time; checks the lines on the way."""
    found, rest, base, line, place = [], b"", 0, 0, 0
    while True:
        rest += data[place : place + size]
        place += size
        records = frame(rest, b",", place >= len(data))
        for record, (end, stop) in enumerate(zip(records.ends.tolist(), records.stops.tolist(), strict=True)):
            start = found[-1][1] if found else 0
            assert line + records.lines[record] == len(re.findall(rb"\r\n|\r|\n", data[:start]))
            odd = records.odd.get(record)
            found.append((base + end, base + stop, odd.fault if odd else None))
        rest, base, line = rest[records.length :], base + records.length, line + records.line_endings
        if place >= len(data):
            assert rest == b""
            return found


@pytest.mark.parametrize("longest", [1 << 20, 9])
def test_counting_quotes_finds_what_reading_character_by_character_finds(
    longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "LONGEST", longest)
    monkeypatch.setattr(framing, "LONGEST", longest)

    @settings(max_examples=600, deadline=None)
    @given(
        st.lists(st.sampled_from([b"a", b",", b"\n", b"\r", b"\r\n", b'"', b'"', b'""', b'"b"']), max_size=40),
        st.integers(1, 12),
    )
    def check(parts: list[bytes], size: int) -> None:
        data = b"".join(parts)
        expected = one_by_one(data)
        assert in_pieces(data, size) == expected
        assert in_pieces(data, len(data) + 1) == expected

    check()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(st.text(st.sampled_from('ab",\n '), max_size=6), min_size=1, max_size=4).filter(
            lambda row: row != [""]
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_records_that_a_proper_writer_wrote_are_found_without_fault(
    rows: list[list[str]], ending: str, quoting: int
) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=ending, quoting=quoting).writerows(rows)
    data = file.getvalue().encode()
    records = frame(data, b",", True)
    starts = [0, *records.stops[:-1].tolist()]
    found = [data[start:end].decode() for start, end in zip(starts, records.ends.tolist(), strict=True)]
    assert [next(csv.reader(io.StringIO(text, newline=""))) for text in found] == rows
    assert not any(odd.fault for odd in records.odd.values())


@pytest.mark.parametrize(
    ("data", "lengths", "faults"),
    [
        (b'1,"ab"c,2\n3,4,5\n', [9, 5], []),
        (b'1,5" pipe,2\n3,"x",5\n', [11, 7], []),
        (b'1,"open,2\n3,4,5\n6,7,8\n', [9, 5, 5], [0]),
        (b'1,"open,2\n3,"x",5\n6,"7",8\n', [9, 7, 7], [0]),
        (b'1,2,"two\nlines"\n3,4,5\n', [15, 5], []),
        (b'1,"two\nlines"x,3\n4,5,6\n', [6, 9, 5], [0]),
        (b'"open\n"a","b"\n"c","d"\n', [5, 7, 7], [0]),
        (b'1,"last', [7], [0]),
        (b'1,""\n2,"""x"""\n', [4, 9], []),
    ],
)
def test_a_stray_quote_disturbs_its_own_line_at_most(data: bytes, lengths: list[int], faults: list[int]) -> None:
    records = frame(data, b",", True)
    starts = [0, *records.stops[:-1].tolist()]
    assert [end - start for start, end in zip(starts, records.ends.tolist(), strict=True)] == lengths
    assert [record for record, odd in records.odd.items() if odd.fault] == faults


def test_an_unclosed_quote_does_not_wait_for_the_end_of_the_file(small: bn.RiskModel, tmp_path: Path) -> None:
    """Without another quote in the file, it is given up after a while, and the rows behind it are scored."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    rows = b"50,22,x\n" * 300_000
    source.write_bytes(b'age,bmi,note\n60,25,"open\n' + rows)
    summary = score_file(small, str(source), str(target), Options(interval=False))
    assert (summary.rows, summary.failed) == (300_001, 1)
    assert summary.errors["unclosed quote"].first == (2,)


# Whole files

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
    added = names(Scorer(small))
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
    for name in post.states:
        if f"p_{name}" in numbers:
            assert float(numbers[f"p_{name}"]) == pytest.approx(post[name]["present"], abs=6e-7)
    assert all(re.fullmatch(r"-?\d+\.\d{6}", cell) for cell in numbers.values())


@pytest.mark.parametrize("size", [1, 5, 40, None])
def test_any_table_comes_back_whole_with_every_row_scored_or_in_error(
    small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int | None
) -> None:
    """`size` bytes are read at a time; None reads the file at once and finds out by itself how it is written."""
    if size:
        for name in ("SAMPLE", "FEWEST", "MOST"):
            monkeypatch.setattr(textsource, name, size)
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


def added_to(small: bn.RiskModel, data: bytes, tmp_path: Path, **options: object) -> tuple[bytes, str]:
    """What scoring makes of a file, and its summary."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(data)
    summary = score_file(small, str(source), str(target), Options(interval=False, force=True, **options))  # type: ignore[arg-type]
    return target.read_bytes(), str(summary)


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        ("age,bmi\n50,25\n", "utf-8", "UTF-8, cells between commas"),
        ("age;bmi, kg;note\n50;25;a,b\n", "utf-8", "UTF-8, cells between semicolons"),
        ("age\tbmi\n50\t25,5\n", "utf-8", "UTF-8, cells between tabs, decimal comma"),
        ("age|bmi|a;b;c;d;e\n50|25|1\n", "utf-8", "UTF-8, cells between pipes"),
        ('"x, y, z";age\n1;50\n', "utf-8", "UTF-8, cells between semicolons"),
        ("sep=;\nage;bmi\n50;25\n", "utf-8", "UTF-8, cells between semicolons"),
        ("age;ort\n50;Köln\n", "latin-1", "Latin-1, cells between semicolons"),
        ("age;ort\n50;Köln\n", "utf-16", "UTF-16-LE, cells between semicolons"),
        ("age;ort\n50;1234567890Köln\n", "utf-16-be", "UTF-16-BE, cells between semicolons"),
        ("\n\nage,bmi\n50,25\n", "utf-8", "UTF-8, cells between commas"),
    ],
)
def test_how_a_file_is_written_is_found_out(
    small: bn.RiskModel, tmp_path: Path, text: str, encoding: str, told: str
) -> None:
    data = text.encode(encoding)
    out, summary = added_to(small, data, tmp_path)
    assert f"read as {told}\n" in summary + "\n"
    lines = out.decode(encoding).split("\n")
    assert [line[: len(start)] for line, start in zip(lines, text.split("\n"), strict=True)] == text.split("\n")
    assert summary.startswith("1 of 1 row scored")


def test_one_may_say_how_a_file_is_written(small: bn.RiskModel, tmp_path: Path) -> None:
    out, _ = added_to(small, b'age,bmi\n50,"25,5"\n', tmp_path, decimal=",")
    risk = f"{small.posterior(age=50, bmi=25.5).risk:.6f}".replace(".", ",")
    assert f'50,"25,5","{risk}","'.encode() in out
    added_to(small, b"age:bmi\n50:25\n", tmp_path, delimiter=":")
    out, _ = added_to(small, "age;bmi\n50;25 €\n".encode("cp1252"), tmp_path, delimiter="semicolon", encoding="cp1252")
    assert "'25 €'".encode("cp1252") in out
    for wrong in ({"delimiter": "ab"}, {"delimiter": "1"}, {"decimal": ";"}, {"encoding": "gbk"}, {"encoding": "x"}):
        with pytest.raises(bn.QuestionError, match=next(iter(wrong)).split("_")[0]):
            added_to(small, b"age\n50\n", tmp_path, **wrong)


def test_decimal_commas_do_not_make_thousands_of_points(small: bn.RiskModel, tmp_path: Path) -> None:
    """Where commas are decimal marks, a point is refused rather than taken for one; and the other way round."""
    out, _ = added_to(small, b"age;bmi\n50;25,5\n51;24,1\n52;23.4\n", tmp_path)
    assert out.endswith(b"bmi: found '23.4', expected a decimal comma as in other cells\n")
    out, _ = added_to(small, b"age;bmi\n50;25.5\n51;24.1\n52;23,4\n", tmp_path)
    assert b"bmi: found '23,4', expected a number" in out


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("250,5", "found '250,5', expected 10 to 100 kg/m2, check the unit"),
        ("<3,5", "found '<3,5', expected 10 to 100 kg/m2, check the unit"),
        ("300,5+", "found '300,5+', expected 10 to 100 kg/m2, check the unit"),
        ("x4,1", "found 'x4,1', expected a number such as '32', '<32' or '32 kg/m2'"),
        ("x4.1", "found 'x4.1', expected a number such as '32', '<32' or '32 kg/m2'"),
    ],
)
def test_a_cell_is_quoted_as_it_stands_among_decimal_commas(
    small: bn.RiskModel, tmp_path: Path, cell: str, said: str
) -> None:
    out, _ = added_to(small, f"age;bmi\n50;25,5\n52;{cell}\n".encode(), tmp_path, decimal=",")
    assert out.decode().splitlines()[2].endswith(f";bmi: {said}")


def test_decimal_commas_that_come_late_are_told_the_way_out(
    small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark is told by the first `SAMPLE` bytes; what follows may not agree with what was supposed."""
    monkeypatch.setattr(textsource, "SAMPLE", 16)
    data = b"age;bmi\n50;25\n51;24\n" + b"52;26,8\n53;<26,8 kg/m2\n54;26.8\n"
    out, _ = added_to(small, data, tmp_path)
    told = [row[-1] for row in csv.reader(out.decode().splitlines()[3:], delimiter=";")]
    way_out = "but the first records do not settle the decimal mark; for a comma, say --decimal ,"
    assert told == [f"bmi: found '26,8', {way_out}", f"bmi: found '<26,8 kg/m2', {way_out}", ""]
    out, _ = added_to(small, data, tmp_path, decimal=",")
    assert [line.endswith(";") for line in out.decode().splitlines()[1:]] == [True, True, True, True, False]


OPEN = "may be {} or {}, and other cells do not tell; say --decimal , or --decimal ."


@pytest.mark.parametrize(
    ("text", "decimal", "said"),
    [
        ("age\tfasting_insulin [pmol/L]\n68\t1,050\n", None, OPEN.format(1050, "1.050")),
        ("age;fasting_insulin [pmol/L]\n68;14.100\n", None, OPEN.format(14100, "14.100")),
        ('age|fasting_insulin [pmol/L]\n68|"<1,050 pmol/L"\n', None, OPEN.format(1050, "1.050")),
        ("age;fasting_insulin [pmol/L];bmi\n68;1,050;\n60;;26.8\n62;;26,8\n", None, OPEN.format(1050, "1.050")),
        ("age\tfasting_insulin [pmol/L]\tbmi\n68\t1,050\t26.8\n", None, "found '1,050.*write '1050.* or '1.050"),
        ('age,fasting_insulin [pmol/L]\n68,"1,050"\n', None, "found '1,050.*write '1050.* or '1.050"),
        ("age;fasting_insulin [pmol/L];bmi\n68;14.100;26,8\n", None, "found '14.100'.*; write 14100 or 14,100"),
        ("age;fasting_insulin [pmol/L]\n68;1,050,000\n", None, "found '1,050,000.*write '1050000"),
        (
            "age;fasting_insulin [pmol/L];bmi\n68;1.050,5;\n60;;26,8\n",
            None,
            "found '1.050,5', expected a decimal comma",
        ),
        ("age\tfasting_insulin [pmol/L]\n68\t1,050\n", ".", "found '1,050.*write '1050.* or '1.050"),
        ("age\tfasting_insulin [pmol/L]\n68\t1.050\n", ",", "found '1.050'.*; write 1050 or 1,050"),
    ],
)
def test_three_digits_behind_a_mark_are_never_taken_for_decimals_unless_something_tells(
    small: bn.RiskModel, tmp_path: Path, text: str, decimal: str | None, said: str
) -> None:
    _, summary = added_to(small, text.encode(), tmp_path, decimal=decimal)
    with pytest.raises(RunError, match=f"line 2: fasting_insulin .pmol/L.: .*{said}"):
        added_to(small, text.encode(), tmp_path, decimal=decimal, strict=True)
    assert re.search(r"1x fasting_insulin \[pmol/L\]: cannot be read \(line 2\)", summary)


def test_a_refused_cell_is_an_error_however_it_is_spelled(small: bn.RiskModel, tmp_path: Path) -> None:
    """Blanks and quotes make other cells of the same text; none of them may pass for a missing value."""
    out, _ = added_to(small, b'age;hscrp\n50;1,050\n50; 1,050\n50;"1,050"\n60;2\n', tmp_path)
    assert [b"say --decimal" in line for line in out.splitlines()[1:]] == [True, True, True, False]


@pytest.mark.parametrize(
    ("text", "decimal", "mda"),
    [
        ("age;mda;bmi\n68;1,234;26,8\n", None, 1.234),
        ("age;mda;bmi\n68;1.234;26.8\n", None, 1.234),
        ("age,mda\n68,1.234\n", None, 1.234),
        ("age;mda\n68;0,823\n", None, 0.823),
        ("age;mda;il6\n68;1,234;\n68;;0,823\n", None, 1.234),
        ("age\tmda\n68\t1,234\n", ",", 1.234),
        ("age\tmda\n68\t1.234\n", ".", 1.234),
    ],
)
def test_they_are_decimals_where_the_file_or_its_user_tells(
    small: bn.RiskModel, tmp_path: Path, text: str, decimal: str | None, mda: float
) -> None:
    out, _ = added_to(small, text.encode(), tmp_path, decimal=decimal)
    header, first, *_ = [line.split(text[3]) for line in out.decode().splitlines()]
    said = {"age": 68, "mda": mda} | ({"bmi": 26.8} if "26" in text else {})
    risk = float(first[header.index("risk")].replace(",", "."))
    assert risk == pytest.approx(small.posterior(said).risk, abs=6e-7)


def test_bytes_that_are_no_characters_come_back(small: bn.RiskModel, tmp_path: Path) -> None:
    """Damaged UTF-8 far from the start, half a character in UTF-16, zeros: none is changed."""
    rows = b"".join(b"50,%d\n" % number for number in range(200_000))
    out, _ = added_to(small, b"age,note\n" + rows + b"50,\xff\xfe\0\n", tmp_path)
    assert out.splitlines()[-1].startswith(b"50,\xff\xfe\0,")
    broken = "age,note\n50,\ud83d\n51,a\udc00b\n".encode("utf-16-le", "surrogatepass")
    out, _ = added_to(small, codecs.BOM_UTF16_LE + broken, tmp_path)
    lines = out.decode("utf-16-le", "surrogatepass").splitlines()
    assert [line[:5] for line in lines[1:]] == ["50,\ud83d,", "51,a\udc00"]


def test_text_is_packed_and_unpacked(small: bn.RiskModel, tmp_path: Path) -> None:
    plain, packed, out = tmp_path / "in.csv", tmp_path / "in.csv.gz", tmp_path / "out.csv.gz"
    data = b"age,bmi\n" + b"".join(b"%d,25\n" % (20 + number % 60) for number in range(100_000))
    plain.write_bytes(data)
    packed.write_bytes(gzip.compress(data))
    score_file(small, str(packed), str(out))
    score_file(small, str(plain), str(tmp_path / "out.csv"))
    assert gzip.decompress(out.read_bytes()) == (tmp_path / "out.csv").read_bytes()
    packed.write_bytes(gzip.compress(data)[:-100])
    with pytest.raises(RunError, match=r"in\.csv\.gz: the packed file is damaged or not whole"):
        score_file(small, str(packed), str(tmp_path / "out2.csv"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "in.csv.gz", "out.csv", "out.csv.gz"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty; expected a header"),
        (b"\xef\xbb\xbf\n\n", "empty; expected a header"),
        (b'"age,bmi\n50,25\n', "header has an unclosed quote"),
        (b"age,age\n50,25\n", "both give age"),
        (b"age,risk\n50,1\n", "risk bear the names of results"),
        (b"age,risk,error\n50,1,\n", "answered already: remove the columns of the results, or take the original"),
        (b"age,hscrp [kg]\n50,1\n", r"hscrp \[kg\]"),
        (b"height\n170\n", "no column is recognized"),
    ],
)
def test_files_that_are_no_table_are_named(small: bn.RiskModel, tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(bn.QuestionError, match=f"in.csv: .*{said}"):
        added_to(small, content, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_line_without_end_is_no_text(small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(textsource, "LONGEST_LINE", 1 << 21)
    with pytest.raises(RunError, match="header is longer"):
        added_to(small, b"\1" * (1 << 22), tmp_path)
    with pytest.raises(RunError, match="line 2 is longer"):
        added_to(small, b"age\n" + b"\1" * (1 << 22), tmp_path)
    with pytest.raises(RunError, match="truncated"):
        added_to(small, codecs.BOM_UTF16_LE + "age\n5".encode("utf-16-le") + b"\0", tmp_path)


def test_a_header_alone_and_columns_named_alike_are_fine(small: bn.RiskModel, tmp_path: Path) -> None:
    out, summary = added_to(small, b"age,x,x,", tmp_path)
    assert out == b"age,x,x,," + ",".join(names(Scorer(small, interval=False))).encode()
    assert summary.startswith("0 of 0 rows scored")


# What the user says


def test_markers_of_a_missing_value_are_those_that_the_readme_lists(small: bn.RiskModel, tmp_path: Path) -> None:
    """`none` is an answer to how active one is, not the lack of one."""
    for marker in ("", "NA", "n/a", "#N/A", ".", "NULL", "NaN"):
        for header in ("physical_activity", "bmi", "diagnosed_diabetes", "p62"):
            out, _ = added_to(small, f"age,{header}\n50,{marker}\n".encode(), tmp_path)
            assert float(out.split(b",")[-len(names(Scorer(small, interval=False)))]) == pytest.approx(
                small.posterior(age=50).risk, abs=6e-7
            )
    for header in ("physical_activity", "bmi", "diagnosed_diabetes", "p62"):
        out, summary = added_to(small, f"age,{header}\n50,none\n".encode(), tmp_path)
        assert summary.startswith("0 of 1 row scored")
        assert b"'none'" in out
        _, summary = added_to(small, f"age,{header}\n50,none\n".encode(), tmp_path, missing=("none",))
        assert "1 of 1 row scored" in summary


def test_rows_without_any_finding_are_counted(small: bn.RiskModel, tmp_path: Path) -> None:
    _, summary = added_to(small, b"id,age,bmi\n1,50,\n2,,NA\n,,\n4,x,\n5,,31\n", tmp_path)
    assert "  3 rows without age: summed over" in summary
    assert "  2 rows without any finding: the risk is anybody's" in summary
    _, summary = added_to(small, b"age\nNA\n50\n", tmp_path)
    assert "  1 row without any finding" in summary
    assert "without any" not in added_to(small, b"age\n50\n", tmp_path)[1]


@pytest.mark.parametrize("said", [{"decimal": ","}, {"delimiter": ";"}, {"encoding": "utf-8"}])
@pytest.mark.parametrize("name", ["in.parquet", "in.arrow"])
def test_how_text_is_written_is_not_said_of_tables(
    small: bn.RiskModel, tmp_path: Path, name: str, said: dict[str, str]
) -> None:
    write_table(a_table(), tmp_path / name)
    with pytest.raises(bn.QuestionError, match=f"{name}: --{next(iter(said))} says how a text file is written"):
        score_file(small, str(tmp_path / name), str(tmp_path / "out.parquet"), Options(**said))  # type: ignore[arg-type]


def test_missing_texts_and_numbers_are_summed_out(small: bn.RiskModel, tmp_path: Path) -> None:
    data = b"age,bmi,sex\n50,-9,f\n-9.0,25,Unknown\n50, unknown ,f\n"
    out, summary = added_to(small, data, tmp_path, missing=("-9", "unknown"))
    risks = [float(line.split(b",")[3]) for line in out.splitlines()[1:]]
    said = [small.posterior(age=50, sex="f"), small.posterior(bmi=25), small.posterior(age=50, sex="f")]
    assert risks == pytest.approx([post.risk for post in said], abs=6e-7)
    assert "3 of 3 rows scored" in summary


def test_a_file_says_what_columns_stand_for(small: bn.RiskModel, tmp_path: Path) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text('"CRP (high)" = "hscrp [mg/dL]"\nAlter = "age"\nage = ""\n', encoding="utf-8")
    out, summary = added_to(small, b"CRP (high),Alter,age\n0.41,60,old\n", tmp_path, meaning=read_meaning(mapping))
    assert float(out.splitlines()[1].split(b",")[3]) == pytest.approx(small.posterior(age=60, hscrp=4.1).risk, abs=6e-7)
    assert "CRP (high) -> hscrp [mg/dL]" in summary
    assert "age passed through" in summary


def test_the_example_of_such_a_file_is_one(small: bn.RiskModel, tmp_path: Path) -> None:
    meaning = read_meaning(Path(__file__).parents[1] / "examples" / "columns.toml")
    data = b"Alter;Geschlecht;CRP (high sens.);Griffkraft links;age\n60;f;0,41;22,5;50\n"
    out, summary = added_to(small, data, tmp_path, meaning=meaning)
    risk = small.posterior(age=60, sex="f", hscrp=4.1, grip_strength=22.5).risk
    assert float(out.splitlines()[1].split(b";")[5].replace(b",", b".")) == pytest.approx(risk, abs=6e-7)
    assert "1 of 1 row scored" in summary


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("Alter = age", "cannot be read as TOML"),
        ("a.b = 'age'", "'a': found {'b': 'age'}, expected a line such as"),
        ("Alter = 'agee'", "unknown observation 'agee'.*did you mean 'age'"),
        ("Altr = 'age'", "no column 'Altr'.*did you mean 'Alter'"),
        ("Alter = 'hscrp [kg]'", "kg"),
        ("Alter = 'age'\nbmi = 'age'", "'Alter' and 'bmi' both give age"),
    ],
)
def test_a_wrong_mapping_is_explained(small: bn.RiskModel, tmp_path: Path, content: str, said: str) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text(content, encoding="utf-8")
    with pytest.raises(bn.QuestionError, match=said):
        added_to(small, b"Alter,bmi\n50,25\n", tmp_path, meaning=read_meaning(mapping))


def test_strict_stops_at_the_first_error_and_leaves_nothing(small: bn.RiskModel, tmp_path: Path) -> None:
    for bad, said in (
        (b"51,300", r"line 4: bmi: found '300', expected 10 to 100 kg/m2, check the unit"),
        (b"1,2,3", r"in\.csv: line 4: 3 cells, expected 2"),
    ):
        with pytest.raises(RunError, match=said):
            added_to(small, b"age,bmi\n50,25\n\n" + bad + b"\nx,y\n", tmp_path, strict=True)
        assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
    added_to(small, b"age,bmi\n50,25\n", tmp_path, strict=True)


def test_a_required_finding_that_is_missing_is_an_error(small: bn.RiskModel, tmp_path: Path) -> None:
    out, _ = added_to(small, b"age,bmi\n,25\n50,\n", tmp_path, require=("age",))
    assert [bool(line.rsplit(b",", 1)[1]) for line in out.splitlines()[1:]] == [True, False]


# Tables that are no text


def a_table() -> pa.Table:
    columns = {
        "id": pa.array([1, 2, 3, 4], pa.int32()),
        "age": pa.array([50, None, 300, -9], pa.int16()),
        "bmi": pa.array([25.5, 31.0, None, 22.0], pa.float32()),
        "sex": pa.array(["f", "male", None, "x"]).dictionary_encode(),
        "hscrp": pa.array(["1.5", "<0.3", " NA ", ""], pa.large_string()),
        "er_stress": pa.array([True, False, None, True]),
        "tags": pa.array([["a"], [], None, ["b", "c"]]),
        "empty": pa.nulls(4),
    }
    return pa.table(columns).replace_schema_metadata({"study": "S1"})


def write_table(table: pa.Table, path: Path) -> None:
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=3)
    elif path.suffix == ".feather":
        pyarrow.feather.write_feather(table, path, chunksize=3)
    else:
        with pa.ipc.new_stream(path, table.schema) as stream:
            stream.write_table(table, max_chunksize=3)


@pytest.mark.parametrize("target", ["out.parquet", "out.arrow"])
@pytest.mark.parametrize("source", ["in.parquet", "in.feather", "in.arrow"])
def test_a_table_keeps_its_columns_and_gets_results_in_full(
    small: bn.RiskModel, tmp_path: Path, source: str, target: str
) -> None:
    table = a_table()
    write_table(table, tmp_path / source)
    summary = score_file(small, str(tmp_path / source), str(tmp_path / target), Options(missing=("-9",)))
    place = tmp_path / target
    found = pq.read_table(place) if place.suffix == ".parquet" else pa.ipc.open_file(place).read_all()
    assert found.schema.names == [*table.schema.names, *names(Scorer(small))]
    assert found.schema.metadata[b"study"] == b"S1"
    for name in table.schema.names:
        kept = found.column(name)
        if name == "sex" and target == "out.arrow" and source != "in.feather":
            assert kept.type == pa.string()
        else:
            assert kept.type == table.column(name).type
        assert kept.to_pylist() == table.column(name).to_pylist()
    post = small.posterior(age=50, bmi=25.5, sex="f", hscrp=1.5, er_stress=True)
    assert found["risk"].to_pylist() == [
        pytest.approx(post.risk, abs=1e-12),
        pytest.approx(small.posterior(bmi=31.0, sex="male", hscrp="<0.3", er_stress=False).risk, abs=1e-12),
        None,
        None,
    ]
    assert found["error"].to_pylist()[:2] == ["", ""]
    assert (summary.failed, summary.place) == (2, "row")
    assert summary.errors["age: out of range"].first == (3,)


def test_kinds_of_files_turn_into_each_other(small: bn.RiskModel, tmp_path: Path) -> None:
    write_table(a_table().drop_columns(["tags"]), tmp_path / "in.parquet")
    score_file(small, str(tmp_path / "in.parquet"), str(tmp_path / "out.csv"))
    text = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert text[1].startswith("1,50,25.5,f,1.5,true,,0.")
    assert text[2].startswith("2,,31,male,<0.3,false,,0.")
    (tmp_path / "in.csv").write_bytes(b'age,bmi,n\n50,25,"a\n""b"""\n60\n\n70,22,a,b,c\n')
    score_file(small, str(tmp_path / "in.csv"), str(tmp_path / "out.parquet"))
    frame = pd.read_parquet(tmp_path / "out.parquet")
    assert frame["n"].tolist()[:1] == ['a\n"b"']
    assert frame["age"].tolist() == ["50", "60", "70"]
    assert frame["bmi"].fillna("none").tolist() == ["25", "none", "22"]
    assert frame["error"].tolist() == [
        "",
        "line 4: 1 cell, expected 3",
        "line 6: 5 cells, expected 3, found also 'b,c'",
    ]
    assert frame["risk"].isna().tolist() == [False, True, True]


def test_what_a_kind_of_file_cannot_hold_is_said(small: bn.RiskModel, tmp_path: Path) -> None:
    write_table(a_table(), tmp_path / "in.parquet")
    with pytest.raises(bn.QuestionError, match="column 'tags' holds list"):
        score_file(small, str(tmp_path / "in.parquet"), str(tmp_path / "out.csv"))
    (tmp_path / "in.csv").write_bytes(b"age,x,x\n50,1,2\n")
    with pytest.raises(bn.QuestionError, match="'x' stands twice"):
        score_file(small, str(tmp_path / "in.csv"), str(tmp_path / "out.parquet"))
    (tmp_path / "no.parquet").write_bytes(b"age\n50\n")
    with pytest.raises(bn.QuestionError, match="no Parquet file"):
        score_file(small, str(tmp_path / "no.parquet"), str(tmp_path / "out.csv"))
    data = (tmp_path / "in.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(data[:8] + b"\xff" * 60 + data[68:])
    with pytest.raises(RunError, match=r"cut\.parquet: the file is damaged"):
        score_file(small, str(tmp_path / "cut.parquet"), str(tmp_path / "out.parquet"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.parquet", "in.csv", "in.parquet", "no.parquet"]


# Which files


def test_several_files_go_into_a_folder(small: bn.RiskModel, tmp_path: Path) -> None:
    for name, rows in (("a.csv", b"50,25\n"), ("b.csv", b"60,25\nx,25\n")):
        (tmp_path / name).write_bytes(b"age,bmi\n" + rows)
    write_table(a_table(), tmp_path / "c.parquet")
    found = list(score_files(small, [f"{tmp_path}/*.csv", f"{tmp_path}/c.parquet"], f"{tmp_path}/out/"))
    assert [(Path(source).name, summary.rows, summary.failed) for source, summary in found] == [
        ("a.csv", 1, 0),
        ("b.csv", 2, 1),
        ("c.parquet", 4, 2),
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.csv", "b.csv", "c.parquet"]


@pytest.mark.parametrize(
    ("sources", "target", "said"),
    [
        (["a.csv"], "a.csv", "also to be read"),
        (["a.csv"], "", "also to be read"),
        (["a.csv", "b.csv"], "b.csv", "2 files to read: expected -o to name a folder"),
        (["a.csv", "b.csv"], "-", "expected -o to name a folder"),
        (["a.csv", "sub/a.csv"], "out/", "would both become"),
        (["*.tsv"], "out/", "no file matches"),
        ([], "out/", "no file to read"),
        (["a.xlsx"], "out.csv", "a.xlsx: unknown kind of file; .*; save the sheet as CSV"),
        (["a.csv"], "out.xlsx", "out.xlsx: unknown kind of file"),
        (["-"], "out/", "standard input has no name"),
        (["a.csv"], "old.csv", "exists; choose another name or pass --force"),
        (["a.csv"], "none/x.csv", "x.csv: folder '.*none' does not exist"),
    ],
)
def test_files_are_not_mixed_up(
    small: bn.RiskModel, tmp_path: Path, sources: list[str], target: str, said: str
) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.csv", "b.csv", "sub/a.csv", "old.csv"):
        (tmp_path / name).write_bytes(b"age\n50\n")
    places = [source if source == "-" else f"{tmp_path}/{source}" for source in sources]
    with pytest.raises(bn.QuestionError, match=said):
        score_files(small, places, target if target == "-" else f"{tmp_path}/{target}")
    assert not list(tmp_path.glob("out*"))
    assert {path.read_bytes() for path in tmp_path.glob("*.csv")} == {b"age\n50\n"}


def test_every_file_that_is_no_table_is_named_before_any_is_scored(small: bn.RiskModel, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"age\n50\n")
    (tmp_path / "b.csv").write_bytes(b"age,age\n50,50\n")
    (tmp_path / "c.csv").write_bytes(b"age,risk\n50,1\n")
    (tmp_path / "d.parquet").write_bytes(b"age\n50\n")
    with pytest.raises(bn.QuestionError) as told:
        score_files(small, [f"{tmp_path}/*.*", f"{tmp_path}/none.csv"], f"{tmp_path}/out/")
    said = str(told.value).splitlines()
    assert said[0] == "4 of 5 files cannot be read, so none was:"
    for line, (name, why) in zip(
        said[1:],
        [
            ("b.csv", "columns 'age' and 'age' both give age; keep one"),
            ("c.csv", "columns risk bear the names of results"),
            ("d.parquet", "no Parquet file"),
            ("none.csv", "No such file or directory"),
        ],
        strict=True,
    ):
        assert line.startswith(f"  {tmp_path}/{name}: {why}")
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="named pipes are those of POSIX")
def test_a_pipe_among_several_files_is_read_once(small: bn.RiskModel, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"age\n50\n")
    os.mkfifo(tmp_path / "b.csv")
    writer = threading.Thread(target=(tmp_path / "b.csv").write_bytes, args=(b"age\n50\n60\n",))
    writer.start()
    found = list(score_files(small, [f"{tmp_path}/a.csv", f"{tmp_path}/b.csv"], f"{tmp_path}/out/"))
    writer.join()
    assert [summary.rows for _, summary in found] == [1, 2]


def test_a_device_is_written_to_as_it_is(small: bn.RiskModel, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"age\n50\n")
    score_file(small, str(tmp_path / "in.csv"), os.devnull)
    assert not Path(os.devnull).is_file()
    if Path("/dev/full").exists():
        with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
            score_file(small, str(tmp_path / "in.csv"), "/dev/full")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="every folder is open to root")
def test_a_folder_that_cannot_be_written_into_is_named(small: bn.RiskModel, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"age\n50\n")
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(bn.QuestionError, match=r"folder '.*closed' cannot be written into"):
        score_file(small, str(tmp_path / "in.csv"), str(tmp_path / "closed" / "x.csv"))


@pytest.mark.skipif(os.name == "nt", reason="limits are those of POSIX")
def test_a_disk_that_is_full_names_the_file(tmp_path: Path) -> None:
    """A limit on the size of files stands for the end of the disk."""
    (tmp_path / "in.csv").write_bytes(b"age\n" + b"50\n" * 20_000)
    command = f"trap '' XFSZ; ulimit -f 8; exec '{sys.executable}' -m bn score in.csv -o out.csv"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "myorisk: File too large: out.csv\n")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


# Complete or not at all


def test_a_failed_run_leaves_nothing_and_an_earlier_one_is_cleaned_up(
    small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(b"age\n50\n")
    target.write_bytes(b"precious")
    partial_of(target).write_bytes(b"left by a killed run")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            score_file(small, str(source), str(target), Options(force=True))
    assert target.read_bytes() == b"precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]
    score_file(small, str(source), str(target), Options(force=True))
    assert target.read_bytes().startswith(b"age,risk")


@pytest.mark.skipif(os.name == "nt", reason="permissions and links are those of POSIX")
def test_what_is_overwritten_keeps_its_permissions_and_a_link_stays_one(small: bn.RiskModel, tmp_path: Path) -> None:
    """Private before the first byte is written, not only when the file is complete."""
    source, target, link = tmp_path / "in.csv", tmp_path / "kept" / "out.csv", tmp_path / "link.csv"
    source.write_bytes(b"age\n50\n")
    target.parent.mkdir()
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to("kept/out.csv")
    with appearing(link, True) as file:
        assert partial_of(target).stat().st_mode & 0o777 == 0o600
        file.write(b"new")
    assert target.read_bytes() == b"new"
    score_file(small, str(source), str(link), Options(force=True))
    assert link.is_symlink()
    assert target.read_bytes().startswith(b"age,risk")
    assert target.stat().st_mode & 0o777 == 0o600
    target.unlink()
    score_file(small, str(source), str(link))
    assert link.is_symlink()
    assert target.is_file()


def test_two_runs_on_one_target_do_not_mix(small: bn.RiskModel, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"

    def write(meanwhile: Callable[[], object]) -> None:
        with appearing(target, False) as file:
            file.write(b"part")
            meanwhile()

    with pytest.raises(RunError, match="another run"):
        write(lambda: (write(lambda: None), target.unlink()))
    assert not list(tmp_path.iterdir())
    with pytest.raises(bn.QuestionError, match="exists"):
        write(lambda: target.write_bytes(b"first"))
    assert target.read_bytes() == b"first"


def start(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "bn", "score", *arguments]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(command, bufsize=0, **pipes)


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_killed_run_never_leaves_a_part_under_the_final_name(tmp_path: Path, sent: signal.Signals) -> None:
    """Killed at random moments from its first written byte on: the target is absent or whole."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    rows = 150_000
    source.write_bytes(b"age,bmi,hscrp\n" + b"".join(b"%d,2%d,1.%d\n" % (20 + n % 60, n % 10, n) for n in range(rows)))
    partial, chance, caught = partial_of(target), random.Random(int(sent)), 0
    for _ in range(4):
        target.unlink(missing_ok=True)
        partial.unlink(missing_ok=True)
        run = start(str(source), "-o", str(target))
        while run.poll() is None and not partial.exists():
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.3))
        run.send_signal(sent)
        _, stderr = run.communicate(timeout=60)
        assert b"Traceback" not in stderr
        assert (b"myorisk: interrupted" in stderr) == (run.returncode == 130)
        if target.exists():
            assert target.read_bytes().count(b"\n") == rows + 1
            assert not partial.exists()
        else:
            caught += 1
            assert run.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[sent]
            assert partial.exists() <= (sent is signal.SIGKILL)
    assert caught


def test_a_pipe_gives_results_while_it_is_still_fed() -> None:
    """The first blocks come out though the input never ends; who stops listening ends the run."""

    def feed(pipe: IO[bytes]) -> None:
        with suppress(BrokenPipeError):
            pipe.write(b"age,bmi\n")
            while True:
                pipe.write(b"50,25\n" * 10_000)

    with start("-", "-o", "-", "--no-interval") as run:
        assert run.stdin
        assert run.stdout
        assert run.stderr
        feeder = threading.Thread(target=feed, args=(run.stdin,))
        feeder.start()
        assert run.stdout.readline().startswith(b"age,bmi,risk,")
        assert run.stdout.readline().startswith(b"50,25,0.")
        run.stdout.close()
        assert run.wait(60) == 1
        feeder.join(60)
        assert b"Traceback" not in run.stderr.read()
