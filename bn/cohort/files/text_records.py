"""Where the records of delimited text begin and end, whatever their cells hold.

A quote opens a quoted cell only where a cell begins. As long as every quote stands where such a cell opens or
closes, a line ending ends a record when the number of quotes before it is even: records are found by counting.
Where some quote stands elsewhere, lines that begin no cell with a quote are records each; any other record is read by
itself (`scan`). Counting then starts afresh.

Readers of libraries (csv, pyarrow, pandas) give cells, not the bytes where records lie, and one bad quote makes them
fail or swallow the records that follow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bn.core.evidence import Indices

QUOTE, LF, CR = b'"', 10, 13
LONGEST = 1 << 20
"""Bytes of the longest record that spans lines."""
UNCLOSED = "unclosed quote"
# No possessive quantifiers here or below: in Python 3.11.2, which Debian 12 ships, they match wrongly.
_CLOSING = re.compile(rb'[^"]*(?:""[^"]*)*"(?!")')
_LINE_END = re.compile(rb"[\r\n]")


@dataclass(frozen=True)
class Scanned:
    """A record that was read by itself: where it ends, its delimiters, and what is wrong with it, if anything."""

    end: int
    delimiters: tuple[int, ...]
    fault: str | None = None


@dataclass(frozen=True)
class Records:
    """Records of a text that begins with one; what follows the last is the start of a record not yet whole.

    `ends` and `stops` (record) are the positions after each record's last character and after its line ending;
    a record begins where the one before it stopped. `lines` counts the line endings before each, and
    `line_endings` those of all. `scanned` holds the records that were read by themselves, by position; in the
    stretches `bare` (from, to) quotes are characters like others.
    """

    ends: Indices
    stops: Indices
    lines: Indices
    line_endings: int
    scanned: Mapping[int, Scanned]
    bare: Sequence[tuple[int, int]] = ()

    @property
    def length(self) -> int:
        """Number of bytes that the records take."""
        return int(self.stops[-1]) if len(self.stops) else 0


def frame(data: bytes, delimiter: bytes, final: bool) -> Records:
    """The records of `data`; `final` when nothing comes after it, so that its last line needs no ending."""
    text = np.frombuffer(data, np.uint8)
    ends, stops = _line_endings(data, text, final)
    if QUOTE not in data:
        return Records(ends, stops, np.arange(len(ends)), len(ends), {})
    chosen, scanned, bare = _among_quotes(data, text, ends, stops, delimiter, final)
    lines = np.concatenate([[0], chosen[:-1] + 1]) if len(chosen) else chosen
    return Records(ends[chosen], stops[chosen], lines, int(chosen[-1]) + 1 if len(chosen) else 0, scanned, bare)


def _line_endings(data: bytes, text: NDArray[np.uint8], final: bool) -> tuple[Indices, Indices]:
    """Positions before and after every line ending: LF, CR LF, or CR; the end of the last line is one."""
    last = np.flatnonzero(text == LF)
    ends = last
    if b"\r" in data:
        returns = np.flatnonzero(text == CR)
        following = np.append(text[1:], 0 if final else LF)[returns]
        last = np.sort(np.concatenate([last, returns[following != LF]]))
        ends = last - ((text[last] == LF) & (last > 0) & (text[last - 1] == CR))
    stops = last + 1
    if final and len(data) > (stops[-1] if len(stops) else 0):
        ends, stops = np.append(ends, len(data)), np.append(stops, len(data))
    return ends, stops


def _among_quotes(
    data: bytes, text: NDArray[np.uint8], ends: Indices, stops: Indices, delimiter: bytes, final: bool
) -> tuple[Indices, dict[int, Scanned], list[tuple[int, int]]]:
    """The line endings that end a record, the records that were read by themselves, and stretches of bare lines.

    By `phase`, whether the quotes of even (0) or odd (1) number open a cell: `stray` are the quotes that break the
    rule, `outside` the line endings outside of cells, and `long` the places among these whose record spans lines
    and is longer than a record may be. `quoted` are the lines in which some cell begins with a quote.
    """
    quotes = np.flatnonzero(text == QUOTE[0])
    edge = np.zeros(256, dtype=bool)
    edge[[LF, CR, delimiter[0]]] = True
    begins = (quotes == 0) | edge[text[quotes - 1]]
    edge_or_quote = edge.copy()
    edge_or_quote[QUOTE[0]] = True
    opens = begins | edge_or_quote[text[quotes - 1]]
    closes = (quotes == len(text) - 1) | edge_or_quote[text[np.minimum(quotes + 1, len(text) - 1)]]
    even = np.arange(len(quotes)) % 2 == 0
    stray = [np.flatnonzero(~np.where(even == first, opens, closes)) for first in (True, False)]
    before = np.searchsorted(quotes, ends)
    outside = [np.flatnonzero(before % 2 == phase) for phase in (0, 1)]
    long = [_long(ends, stops, endings) for endings in outside]
    quoted = np.unique(np.searchsorted(ends, quotes[begins]))
    parts: list[Indices] = [np.zeros(0, dtype=np.int64)]
    scanned: dict[int, Scanned] = {}
    bare: list[tuple[int, int]] = []
    start = quote = ending = count = 0
    while ending < len(ends):
        phase = quote % 2
        first, last = _place(outside[phase], ending), len(outside[phase])
        if (wrong := _place(stray[phase], quote)) < len(stray[phase]):
            last = _place(outside[phase], _place(ends, quotes[stray[phase][wrong]]))
        if first < last and outside[phase][first] > ending and ends[outside[phase][first]] - start > LONGEST:
            last = first
        if (over := _place(long[phase], first + 1)) < len(long[phase]):
            last = min(last, long[phase][over])
        next_quoted = _place(quoted, ending)
        bare_until = min(int(quoted[next_quoted]), len(ends)) if next_quoted < len(quoted) else len(ends)
        if first < last:
            parts.append(outside[phase][first:last])
        elif bare_until > ending:
            parts.append(np.arange(ending, bare_until))
            bare.append((start, int(stops[bare_until - 1])))
        elif record := scan(data, start, delimiter, final):
            scanned[count] = record
            parts.append(np.array([_place(ends, record.end)]))
        else:
            break
        count += len(parts[-1])
        ending = int(parts[-1][-1]) + 1
        quote, start = int(before[ending - 1]), int(stops[ending - 1])
    return np.concatenate(parts), scanned, bare


def _place(positions: Indices, value: int) -> int:
    """Number of sorted positions before `value`."""
    return int(positions.searchsorted(value))


def _long(ends: Indices, stops: Indices, outside: Indices) -> Indices:
    """Places in `outside` whose record, from the one before, spans lines and is longer than a record may be."""
    spans = np.diff(outside) > 1
    return np.flatnonzero(spans & (ends[outside[1:]] - stops[outside[:-1]] > LONGEST)) + 1


def scan(data: bytes, start: int, delimiter: bytes, final: bool) -> Scanned | None:
    """The record that begins at `start`, read cell by cell; None when more bytes are needed to tell where it ends.

    A cell that begins with a quote lasts until the quote that closes it, and so may hold delimiters and
    line ends. After closing, a cell may go on to the next delimiter if it closed on the line where it began.
    If it closed on another line and is followed by something else, or does not close within `LONGEST` bytes of the
    record, its quote is taken to be a stray one: the record is then its first line, and a fault.

    >>> scan(b'1,"a,b",2' + bytes([10]), 0, b",", True)
    Scanned(end=9, delimiters=(1, 7), fault=None)
    >>> scan(b'1,"a' + bytes([10]) + b'2,b', 0, b",", True)
    Scanned(end=4, delimiters=(1,), fault='unclosed quote')
    """
    delimiters: list[int] = []
    at, spans = start, False
    cell_end = _cell_end(delimiter)
    while True:
        if data.startswith(b'"', at):
            shut = _CLOSING.match(data, at + 1)
            line_end = _LINE_END.search(data, at + 1, shut.end() if shut else len(data))
            spans = spans or line_end is not None
            enough = final or (spans and len(data) - start > LONGEST)
            if shut is None or (shut.end() == len(data) and not final):
                return _first_line(data, start, delimiter, final) if enough else None
            if line_end and not cell_end.match(data, shut.end()) and shut.end() < len(data):
                return _first_line(data, start, delimiter, final)
            at = shut.end()
        found = cell_end.search(data, at)
        if found is None and not final:
            return _first_line(data, start, delimiter, final) if spans and len(data) - start > LONGEST else None
        if found and found[0] == delimiter:
            delimiters.append(found.start())
            at = found.end()
            continue
        end = found.start() if found else len(data)
        if spans and end - start > LONGEST:
            return _first_line(data, start, delimiter, final)
        return None if _undecided(data, end, final) else Scanned(end, tuple(delimiters))


def _first_line(data: bytes, start: int, delimiter: bytes, final: bool) -> Scanned | None:
    """The record cut at its first line end; quotes that do not close on the line are characters like others."""
    found = _LINE_END.search(data, start)
    end = found.start() if found else len(data)
    if _undecided(data, end, final):
        return None
    delimiters: list[int] = []
    cell, at = _cell_of_line(delimiter), start
    while (match := cell.match(data, at, end)) and match.end() < end:
        delimiters.append(match.end())
        at = match.end() + 1
    return Scanned(end, tuple(delimiters), UNCLOSED)


def _undecided(data: bytes, end: int, final: bool) -> bool:
    """Whether what ends the line may not have come whole: a carriage return whose line feed is still to come."""
    return not final and end >= len(data) - data.endswith(b"\r")


@cache
def _cell_of_line(delimiter: bytes) -> re.Pattern[bytes]:
    """A cell up to its delimiter or the end of the line; quotes around all of it may hold delimiters."""
    mark = re.escape(delimiter)
    return re.compile(rb'(?:"[^"]*(?:""[^"]*)*"(?=' + mark + rb"|\Z))?[^" + mark + rb"]*")


@cache
def _cell_end(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"[\r\n" + re.escape(delimiter) + rb"]")
