"""A row of units under the headers, as exports of forms and devices have it: read as if each stood in its header."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bn.cohort.reading.cells import Cells
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.looks import LOOKED_AT as LOOKED_AT
from bn.cohort.reading.summary import Summary
from bn.core.derive import PartHeading
from bn.core.errors import QuestionError
from bn.core.evidence import Indices
from bn.core.heading import Heading
from cpds.quoting import quotable
from cpds.units import ReadingError, chosen_unit, conversion

NO_UNIT = frozenset({"-", "--", "1", "none", "unitless"})
FirstRows = Callable[[int], Cells]
"""The cells of a column in the first rows, at most `LOOKED_AT`, by its position."""


def with_unit_row(
    headings: Headings, first: FirstRows, rows: int, place: str, places: Sequence[int] | Indices
) -> Headings:
    """The headings with the units of the first row that holds some, `unit_row` being its place; else as they were.

    Only rows of labels may stand before it: a number, a state, or anything else that a recognized column can hold
    makes a row data, after which nothing is sought. `places` are what each row is called by, behind the word `place`.
    Raises QuestionError where some cells are units and others are none that fits, or differ from the header's.
    """
    shown: dict[int, Cells] = {}
    for row in range(min(rows, LOOKED_AT)):
        texts: dict[int, str] = {}
        for position in headings.numeric:
            if position not in shown:
                shown[position] = headings.read(position, first(position))
            value = _value(shown[position], row)
            if value is not None and _is_data(_heading(headings, position), value):
                return headings
            texts[position] = "" if value is None else str(value).strip()
        found = _units(headings, texts, f"{place} {places[row]}")
        if found:
            return _renamed(headings, found, int(places[row]))
    return headings


def _value(cells: Cells, row: int) -> Any:
    code = cells.codes[row]
    if code < 0:
        return None
    return cells.numbers[code] if np.isfinite(cells.numbers[code]) else cells.values[code]


def _heading(headings: Headings, position: int) -> Heading | PartHeading:
    return headings.found[position] if position in headings.found else headings.parts[position]


def _is_data(heading: Heading | PartHeading, value: Any) -> bool:
    """Whether a recognized column can hold the value, or at least a number of it."""
    if heading.numeric is not None and not isinstance(value, str):
        return not (value == 1 and _without_unit(heading))
    if heading.numeric is not None and str(value).lstrip("<>=≤≥+- ")[:1].isdigit():
        return True
    try:
        if isinstance(heading, Heading) and heading.says_state:
            heading.weights(value)
        else:
            heading.reading(value)
    except (QuestionError, ReadingError):
        return False
    return True


def _without_unit(heading: Heading | PartHeading) -> bool:
    return heading.numeric is not None and heading.numeric.unit == "1"


def _units(headings: Headings, texts: Mapping[int, str], place: str) -> dict[int, tuple[str, float, float]]:
    """Unit, factor and offset by position, empty where no cell is a unit of its column."""
    found: dict[int, tuple[str, float, float]] = {}
    wrong: list[str] = []
    for position, text in texts.items():
        heading = _heading(headings, position)
        unit = chosen_unit(text.strip("()[] "), heading.unit) or ""
        if heading.numeric is None or not unit or unit.lower() in NO_UNIT:
            continue
        try:
            factor, offset = conversion(heading.numeric, unit)
        except ReadingError as error:
            wrong.append(f"'{quotable(headings.headers[position])}': {error}")
            continue
        if heading.unit and not np.allclose([factor, offset], [heading.factor, heading.offset]):
            wrong.append(f"'{quotable(headings.headers[position])}' is said to be in {heading.unit}, not in {unit}")
        found[position] = unit, factor, offset
    if found and wrong:
        raise QuestionError(f"{place} holds units, but {'; '.join(wrong)}; correct them, or remove the row")
    return found


def _renamed(headings: Headings, found: Mapping[int, tuple[str, float, float]], place: int) -> Headings:
    read = dict(headings.found)
    parts = dict(headings.parts)
    for position, (unit, factor, offset) in found.items():
        if position in read:
            read[position] = replace(read[position], unit=unit, factor=factor, offset=offset)
        else:
            parts[position] = replace(parts[position], unit=unit, factor=factor, offset=offset)
    by_id = {part.id: part for part in parts.values()}
    derived = tuple(
        replace(one, parts={argument: by_id[part.id] for argument, part in one.parts.items()})
        for one in headings.derived
    )
    return replace(headings, found=read, parts=parts, derived=derived, unit_row=place)


def unit_row_note(summary: Summary) -> list[str]:
    """What is told of the row of units, where there is one."""
    place = summary.headings.unit_row
    return [] if place is None else [f"{summary.place} {place} holds the units; it is not {summary.done}"]
