"""A first look at a scored file: its columns with some of their cells, its first people, and how risks are distributed.

The scored text is read here as a table for people to look at; what is downloaded is the text itself.
"""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bn.core.observe import is_missing

CELLS, PEOPLE, FAULTY = 3, 20, 10
BARS = 10
SHOWN = ("risk", "low", "high", "before", "after", "difference")
_MARKS = ",;\t|"
_WIDEST = 1 << 26


@dataclass(frozen=True)
class Row:
    """The cells of a record as it came, the numbers that were added (None where there are none), and its error."""

    line: int
    cells: list[str]
    numbers: list[float | None]
    error: str


def look(name: str, size: int, text: bytes, told: Mapping[str, Any]) -> dict[str, Any]:
    """What the explorer shows of a file; `told` is what `bn.web.scoring` tells of it."""
    added: Sequence[str] = told["added"]
    rows = list(_rows(text, added))
    risks = [row.numbers[0] for row in rows if row.numbers[0] is not None]
    people = [{"line": row.line, "cells": row.cells[:CELLS], **_named(row, added)} for row in rows[:PEOPLE]]
    shown = {person["line"] for person in people}
    faulty = [row for row in rows if row.error and row.line not in shown][:FAULTY]
    people += ({"line": row.line, "cells": row.cells[:CELLS], **_named(row, added)} for row in faulty)
    summary = told["summary"]
    return {
        "name": name,
        "size": size,
        "rows": summary["rows"],
        "scored": summary["rows"] - summary["failed"],
        "failed": summary["failed"],
        "mean": statistics.fmean(risks) if risks else None,
        "histogram": {"edges": [bar / BARS for bar in range(BARS + 1)], "counts": _counts(risks)},
        "read_as": next((note for note in summary["notes"] if note.startswith("read as ")), ""),
        "columns": [_column(at, one, rows, summary["errors"]) for at, one in enumerate(told["columns"])],
        "people": people,
        "text": told["text"],
        "summary": summary,
    }


def _named(row: Row, added: Sequence[str]) -> dict[str, Any]:
    """The added numbers by name: risk, low and high, or before, after and difference."""
    named = {name.removeprefix("risk_"): number for name, number in zip(added, row.numbers, strict=False)}
    return {**{name: named[name] for name in SHOWN if name in named}, "error": row.error}


def _column(at: int, column: Mapping[str, Any], rows: Sequence[Row], errors: Mapping[str, Any]) -> dict[str, Any]:
    cells = [row.cells[at] for row in rows if at < len(row.cells)]
    said = [f"{one['count']} x {kind}" for kind, one in errors.items() if kind.startswith(f"{column['header']}:")]
    empty = sum(map(is_missing, cells))
    return {**column, "first": cells[:CELLS], "empty": empty, "told": said}


def _counts(risks: Sequence[float]) -> list[int]:
    counts = [0] * BARS
    for risk in risks:
        counts[min(int(risk * BARS), BARS - 1)] += 1
    return counts


def _rows(text: bytes, added: Sequence[str]) -> Iterator[Row]:
    """The records behind the header, whose last cells are the `added` names."""
    whole = _decoded(text)
    delimiter = next((mark for mark in _MARKS if mark.join(added) in whole), ",")
    csv.field_size_limit(_WIDEST)
    reader = csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter)
    headed = False
    for record in reader:
        end = record[-len(added) :]
        if headed and record:
            yield Row(reader.line_num, record[: -len(added)], [*map(_number, end[:-1])], end[-1])
        headed = headed or end == list(added)


def _decoded(text: bytes) -> str:
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return text.decode("utf-16", errors="replace")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _number(cell: str) -> float | None:
    return float(cell.replace(",", ".")) if cell else None
