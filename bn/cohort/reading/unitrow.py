"""Rows of units under the headers, as exports of forms and devices have them: read as if each stood in its header."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bn.cohort.reading.cells import Cells
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.stated import LOOKED_AT as LOOKED_AT
from bn.cohort.reading.stated import NO_UNIT, stated_unit
from bn.cohort.reading.summary import Summary
from bn.core.derive import PartHeading
from bn.core.errors import QuestionError
from bn.core.evidence import Indices
from bn.core.heading import Heading
from cpds.text import quotable
from cpds.units import RangeError, ReadingError

FirstRows = Callable[[int], Cells]
"""The cells of a column in the first rows, at most `LOOKED_AT`, by its position."""
Unit = tuple[str, float, float]


def with_unit_rows(
    headings: Headings, first: FirstRows, rows: int, place: str, places: Sequence[int] | Indices
) -> Headings:
    """The headings with the units of the rows that hold some, `unit_rows` being their places; else as they were.

    They stand before the first row with a number in a recognized column of numbers. Rows of labels, and rows of data
    without a number, may stand among them. `places` are what each row is called by, behind the word `place`.
    Raises QuestionError where some cells are units and others are none that fits, or differ from the header's.
    """
    shown: dict[int, Cells] = {}
    units: dict[int, Unit] = {}
    held: list[int] = []
    for row in range(min(rows, LOOKED_AT)):
        values: dict[int, Any] = {}
        for position in headings.numeric:
            if position not in shown:
                shown[position] = headings.read(position, first(position))
            values[position] = _value(shown[position], row)
            if _is_number(_heading(headings, position), values[position]):
                return _renamed(headings, units, held)
        found = _units(headings, values, units, f"{place} {places[row]}")
        if found:
            units |= found
            held.append(int(places[row]))
    return _renamed(headings, units, held)


def _value(cells: Cells, row: int) -> Any:
    code = cells.codes[row]
    if code < 0:
        return None
    return cells.numbers[code] if np.isfinite(cells.numbers[code]) else cells.values[code]


def _heading(headings: Headings, position: int) -> Heading | PartHeading:
    return headings.found[position] if position in headings.found else headings.parts[position]


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
        if isinstance(heading, Heading) and heading.says_state:
            heading.weights(value)
        else:
            heading.reading(value)
    except RangeError:
        return True
    except (QuestionError, ReadingError, TypeError):
        return False
    return True


def _units(headings: Headings, values: Mapping[int, Any], before: Mapping[int, Unit], place: str) -> dict[int, Unit]:
    """Unit, factor and offset by position, empty where no cell is a unit of its column or one says a state."""
    found: dict[int, Unit] = {}
    wrong: list[str] = []
    for position, value in values.items():
        heading = _heading(headings, position)
        text = "1" if isinstance(value, float) and value == 1 else "" if value is None else str(value).strip()
        if not text or text.lower() in NO_UNIT:
            continue
        if heading.numeric is None:
            if _is_readable(heading, value):
                return {}
            continue
        header = f"'{quotable(headings.headers[position])}'"
        try:
            unit, factor, offset = stated_unit(heading.numeric, text, heading.unit)
        except ReadingError as error:
            wrong.append(f"{header}: {error}")
            continue
        said = before.get(position, (heading.unit, heading.factor, heading.offset))
        if said[0] and not np.allclose([factor, offset], said[1:]):
            wrong.append(f"{header} is said to be in {said[0]}, not in {unit}")
        found[position] = unit, factor, offset
    if found and wrong:
        raise QuestionError(f"{place} holds units, but {'; '.join(wrong)}; correct them, or remove the row")
    return found


def _renamed(headings: Headings, units: Mapping[int, Unit], held: Sequence[int]) -> Headings:
    if not held:
        return headings
    read = dict(headings.found)
    parts = dict(headings.parts)
    for position, (unit, factor, offset) in units.items():
        if position in read:
            read[position] = replace(read[position], unit=unit, factor=factor, offset=offset)
        else:
            parts[position] = replace(parts[position], unit=unit, factor=factor, offset=offset)
    by_id = {part.id: part for part in parts.values()}
    derived = tuple(
        replace(one, parts={argument: by_id[part.id] for argument, part in one.parts.items()})
        for one in headings.derived
    )
    return replace(headings, found=read, parts=parts, derived=derived, unit_rows=tuple(held))


def unit_row_note(summary: Summary) -> list[str]:
    """What is told of the rows of units, where there are some."""
    places = summary.headings.unit_rows
    if len(places) > 1:
        return [f"{summary.place}s {', '.join(map(str, places))} hold the units; they are not {summary.done}"]
    return [f"{summary.place} {place} holds the units; it is not {summary.done}" for place in places]
