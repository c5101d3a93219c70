"""Rows of units under the headers of a table: exports of forms and devices have such rows.

Each unit is read as if it stood in its column's header.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from bn.cohort.reading.cells import Cells
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.meaning import parse
from bn.core.derive import PartHeading
from bn.core.errors import QuestionError
from bn.core.evidence import Indices
from bn.core.heading import Heading
from cpds.records import Quantity
from cpds.units import RangeError, ReadingError, chosen_unit, conversion

LOOKED_AT = 32
"""In so many rows under the headers rows of units are sought, and no further than the first number."""
NO_UNIT = frozenset({"-", "--", "1", "none", "unitless"})
"""What a row of units holds under what has none."""
_WRAPPED = re.compile(r"\((.*)\)|\[(.*)\]")

Unit = tuple[str, float, float]
"""A unit with factor and offset into the canonical one."""


def with_unit_rows(
    headings: Headings, first: Callable[[int], Cells], place: str, places: Sequence[int] | Indices
) -> Headings:
    """The headings with the units of the rows that hold some, `unit_rows` being their places; else as they were.

    They come before the first row with a number in a recognized column of numbers. Rows of labels, and rows of data
    without a number, may lie among them. `first` gives the cells of a column in the first rows by its position;
    `places` are what each row is called by, after the word `place`.
    Raises QuestionError where some cells are units and others are none that fits, or differ from the header's.
    """
    cells = cache(lambda position: headings.read(position, first(position)))
    units: dict[int, Unit] = {}
    held: list[int] = []
    for row, at in enumerate(places[:LOOKED_AT]):
        values: dict[int, Any] = {}
        for position, heading in headings.every.items():
            values[position] = _value(cells(position), row)
            if _is_number(heading, values[position]):
                return _in_units(headings, units, held)
        if found := _units(headings, values, units, f"{place} {at}"):
            units |= found
            held.append(int(at))
    return _in_units(headings, units, held)


def _value(cells: Cells, row: int) -> Any:
    code = cells.codes[row]
    if code < 0:
        return None
    return cells.numbers[code] if np.isfinite(cells.numbers[code]) else cells.values[code]


def _is_number(heading: Heading | PartHeading, value: Any) -> bool:
    """Whether a column of numbers holds one; `1` under what has no unit may stand for that."""
    if heading.numeric is None or value is None:
        return False
    if not isinstance(value, str):
        return not (isinstance(value, float) and value == 1 and heading.numeric.unit == "1")
    return any(map(str.isdigit, value)) and _is_readable(heading, value)


def _is_readable(heading: Heading | PartHeading, value: Any) -> bool:
    """Whether the column can hold the value, or one of its kind that is out of range."""
    try:
        parse(heading, value)
    except RangeError:
        return True
    except (QuestionError, ReadingError, TypeError):
        return False
    return True


def _units(headings: Headings, values: Mapping[int, Any], before: Mapping[int, Unit], place: str) -> dict[int, Unit]:
    """The units of a row by position, empty where no cell is a unit of its column or one says a state."""
    found: dict[int, Unit] = {}
    wrong: list[str] = []
    for position, value in values.items():
        heading = headings.every[position]
        text = "1" if isinstance(value, float) and value == 1 else "" if value is None else str(value).strip()
        if not text or text.lower() in NO_UNIT:
            continue
        if heading.numeric is None:
            if _is_readable(heading, value):
                return {}
            continue
        try:
            unit, factor, offset = stated_unit(heading.numeric, text, heading.unit)
        except ReadingError as error:
            wrong.append(f"'{heading.header}': {error}")
            continue
        known = before.get(position, (heading.unit, heading.factor, heading.offset))
        if known[0] and not np.allclose([factor, offset], known[1:]):
            wrong.append(f"'{heading.header}' is said to be in {known[0]}, not in {unit}")
        found[position] = unit, factor, offset
    if found and wrong:
        raise QuestionError(f"{place} holds units, but {'; '.join(wrong)}; correct them, or remove the row")
    return found


def _in_units(headings: Headings, units: Mapping[int, Unit], held: Sequence[int]) -> Headings:
    every = dict(headings.every)
    for position, (unit, factor, offset) in units.items():
        every[position] = replace(every[position], unit=unit, factor=factor, offset=offset)
    columns = {position: every[position] for position in headings.columns}
    joined = {first: {at: every[at] for at in others} for first, others in headings.joined.items()}
    parts = {part.id: part for part in columns.values() if isinstance(part, PartHeading)}
    derived = tuple(
        replace(one, parts={argument: parts[part.id] for argument, part in one.parts.items()})
        for one in headings.derived
    )
    return replace(headings, columns=columns, joined=joined, derived=derived, unit_rows=tuple(held))


def stated_unit(numeric: Quantity, text: str, known: str | None = None) -> Unit:
    """The unit that a text is, perhaps in brackets; `known` is that of the header.

    Raises ReadingError where it is none.
    """
    text = text.strip()
    if wrapped := _WRAPPED.fullmatch(text):
        with suppress(ReadingError):  # `[in_i]` is a unit with its brackets
            return _chosen(numeric, text, known)
        text = (wrapped[1] or wrapped[2] or "").strip()
    return _chosen(numeric, text, known)


def _chosen(numeric: Quantity, text: str, known: str | None) -> Unit:
    unit = chosen_unit(text, known) or text
    return unit, *conversion(numeric, unit)


def other_unit(heading: Heading | PartHeading, value: Any) -> str | None:
    """The unit that a cell holds, where it is one of the column and not the one in which the column is read."""
    if heading.numeric is None or not isinstance(value, str) or value.strip().lower() in NO_UNIT:
        return None
    try:
        unit, factor, offset = stated_unit(heading.numeric, value, heading.unit)
    except ReadingError:
        return None
    return None if np.allclose([factor, offset], [heading.factor, heading.offset]) else unit
