"""The records of a text are found whatever quotes stand in it; a stray one disturbs its own line at most."""

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import bn
from bn.cohort.files import Options, score_file, text_records
from bn.cohort.files.text_records import frame, scan


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
            odd = records.scanned.get(record)
            found.append((base + end, base + stop, odd.fault if odd else None))
        rest, base, line = rest[records.length :], base + records.length, line + records.line_endings
        if place >= len(data):
            assert rest == b""
            return found


@pytest.mark.parametrize("longest", [1 << 20, 9])
def test_counting_quotes_finds_what_reading_character_by_character_finds(
    longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_records, "LONGEST", longest)

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
    assert not any(odd.fault for odd in records.scanned.values())


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
    assert [record for record, odd in records.scanned.items() if odd.fault] == faults


def delimiters_of(line: bytes) -> tuple[int, ...]:
    """Commas between the cells of one line, read a character at a time; only quotes around a whole cell hide them."""
    found, start = [], 0
    while start <= len(line):
        end, at = None, start + 1
        while line[start : start + 1] == b'"' and end is None and at < len(line):
            doubled = line[at : at + 2] == b'""'
            if line[at] == ord('"') and not doubled:
                end = at + 1 if line[at + 1 : at + 2] in (b"", b",") else len(line) + 1
            at += 1 + doubled
        if end is None or end > len(line):
            end = line.find(b",", start) if b"," in line[start:] else len(line)
        if end < len(line):
            found.append(end)
        start = end + 1
    return tuple(found)


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from([b"a", b",", b'"', b'""', b'"b"']), max_size=20))
def test_the_cells_of_a_line_with_an_unclosed_quote_are_told_apart(parts: list[bytes]) -> None:
    line = b'"open,' + b"".join(parts)
    read = scan(line + b"\n", 0, b",", True)
    assume(read is not None and read.fault is not None)
    assert read is not None
    assert (read.end, read.delimiters) == (len(line), delimiters_of(line))


def test_an_unclosed_quote_does_not_wait_for_the_end_of_the_file(small: bn.RiskModel, tmp_path: Path) -> None:
    """Without another quote in the file, it is given up after a while, and the rows behind it are scored."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    rows = b"50,22,x\n" * 300_000
    source.write_bytes(b'age,bmi,note\n60,25,"open\n' + rows)
    summary = score_file(small, str(source), str(target), Options(interval=False))
    assert (summary.rows, summary.failed) == (300_001, 1)
    assert summary.errors["unclosed quote"].first == (2,)
