"""One record whose quotes do not follow the rule, read character by character."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

LONGEST = 1 << 20
UNCLOSED = "unclosed quote"
_SHUT = re.compile(rb'[^"]*+(?:""[^"]*+)*+"')
_LINE_END = re.compile(rb"[\r\n]")


@dataclass(frozen=True)
class Odd:
    """A record that was read by itself: where it ends, its delimiters, and what is wrong with it, if anything."""

    end: int
    delimiters: tuple[int, ...]
    fault: str | None = None


def scan(data: bytes, start: int, delimiter: bytes, final: bool) -> Odd | None:
    """The record that begins at `start`; None when more bytes are needed to tell.

    A cell that begins with a quote lasts until the quote that closes it, and so may hold delimiters and
    line ends. After closing, a cell may go on to the next delimiter if it closed on the line where it began.
    If it closed on another line and is followed by something else, or does not close within `LONGEST` bytes of the
    record, its quote is taken to be a stray one: the record is then its first line, and a fault.

    >>> scan(b'1,"a,b",2' + bytes([10]), 0, b",", True)
    Odd(end=9, delimiters=(1, 7), fault=None)
    >>> scan(b'1,"a' + bytes([10]) + b'2,b', 0, b",", True)
    Odd(end=4, delimiters=(1,), fault='unclosed quote')
    """
    delimiters: list[int] = []
    at, spans = start, False
    cell_end = _cell_end(delimiter)
    while True:
        if data.startswith(b'"', at):
            shut = _SHUT.match(data, at + 1)
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
        return None if _undecided(data, end, final) else Odd(end, tuple(delimiters))


def _first_line(data: bytes, start: int, delimiter: bytes, final: bool) -> Odd | None:
    """The record cut at its first line end; quotes that do not close on the line are characters like others."""
    found = _LINE_END.search(data, start)
    end = found.start() if found else len(data)
    if _undecided(data, end, final):
        return None
    line, at = data[start:end], 0
    delimiters: list[int] = []
    cell_end = _cell_end(delimiter)
    while True:
        shut = _SHUT.match(line, at + 1) if line.startswith(b'"', at) else None
        if shut and (shut.end() == len(line) or cell_end.match(line, shut.end())):
            at = shut.end()
        found = cell_end.search(line, at)
        if found is None:
            return Odd(end, tuple(delimiters), UNCLOSED)
        delimiters.append(start + found.start())
        at = found.end()


def _undecided(data: bytes, end: int, final: bool) -> bool:
    """Whether what ends the line may not have come whole: a carriage return whose line feed is still to come."""
    return not final and end >= len(data) - data.endswith(b"\r")


@cache
def _cell_end(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"[\r\n" + re.escape(delimiter) + rb"]")
