"""Several columns read as one: the first that has a value, or yes where one of them says yes; and checkboxes.

REDCap exports a checkbox field as a column for each box, `field___code`, in which 0 is a box that nobody checked:
because it does not hold, or because nobody answered. Where no box of the field is checked, none of them says anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn.cohort.reading.cells import Cells
from bn.cohort.reading.codes import code_of
from bn.cohort.reading.meaning import parse
from bn.core.derive import PartHeading
from bn.core.errors import QuestionError
from bn.core.heading import Heading
from cpds.records import Declared
from cpds.table import Array
from cpds.units import ReadingError, typed_unit

AnyHeading = Heading | PartHeading
_CODE = re.compile(r"\w+")
_CHECKED = frozenset({1.0, "checked", "yes", "true", "x"})


def boxes_of(headers: Sequence[str]) -> Mapping[int, tuple[int, ...]]:
    """The positions of all boxes of a field, its own among them, by the position of each box.

    >>> dict(boxes_of(["id", "dx___1", "dx___2", "smoker___1"]))
    {1: (1, 2), 2: (1, 2), 3: (3,)}
    """
    fields: dict[str, list[int]] = {}
    for position, header in enumerate(headers):
        field, _, code = header.partition("___")  # one pattern for both takes hours for a header of many underscores
        if field and _CODE.fullmatch(code):
            fields.setdefault(field, []).append(position)
    return {position: tuple(several) for several in fields.values() for position in several}


def where_answered(cells: Cells, boxes: Sequence[Cells]) -> Cells:
    """The cells of a box, missing in rows where no box of its field is checked; one that is alone says what it says."""
    if len(boxes) == 1:
        return cells
    answered = np.zeros(len(cells.codes), dtype=bool)
    for box in boxes:
        checked = np.array([code_of(value) in _CHECKED for value in box.values] + [False])
        answered |= checked[box.codes]
    return cells.without_rows(np.flatnonzero(~answered))


def joined(how: str, wanted: AnyHeading, columns: Sequence[tuple[AnyHeading, Cells]]) -> Cells:
    """Columns of one thing, the one that counts first in front, as a column of the `wanted` heading."""
    return _first(wanted, columns) if how == "first" else _any(columns)


def refuse_unjoinable(how: str, heading: AnyHeading, where: str) -> None:
    """Raise QuestionError for a column of which `any` cannot be asked."""
    if how == "any" and _ends(heading) is None:
        raise QuestionError(f'{where}: together: "any" takes yes or no, and {heading.id} is no such thing; use "first"')


def _first(wanted: AnyHeading, columns: Sequence[tuple[AnyHeading, Cells]]) -> Cells:
    """In each row the first that has a value; numbers in the unit of the wanted heading."""
    converted = [cells if heading is wanted else _in_unit_of(wanted, heading, cells) for heading, cells in columns]
    chosen = np.full(len(converted[0].codes), -1)
    for number, cells in reversed(list(enumerate(converted))):
        chosen[cells.given] = number
    return _picked(converted, chosen)


def _in_unit_of(wanted: AnyHeading, heading: AnyHeading, cells: Cells) -> Cells:
    if (heading.factor, heading.offset) == (wanted.factor, wanted.offset):
        return cells
    numbers = (np.asarray(cells.numbers) * heading.factor + heading.offset - wanted.offset) / wanted.factor
    values = [
        number if np.isfinite(number) else _with_unit(value, heading)
        for value, number in zip(cells.values, numbers.tolist(), strict=True)
    ]
    return Cells(cells.codes, values, numbers)


def _with_unit(value: Any, heading: AnyHeading) -> Any:
    unit = heading.unit or (heading.numeric.unit if heading.numeric else None)
    return f"{value} {unit}" if isinstance(value, str) and unit and not typed_unit(value) else value


def _any(columns: Sequence[tuple[AnyHeading, Cells]]) -> Cells:
    """In each row a yes where some column says yes, a no where all say no; what cannot be read counts before both."""
    saying: list[Array] = []
    for heading, cells in columns:
        senses = np.append([sense(heading, value) for value in cells.values], np.nan)
        saying.append(np.where(cells.given, senses[cells.codes], np.nan))
    given = [cells.given for _, cells in columns]
    unread = [there & np.isnan(said) for there, said in zip(given, saying, strict=True)]
    chosen = np.where(np.all(given, axis=0), 0, -1)
    for wins in ([said == 1 for said in saying], unread):
        for number, rows in reversed(list(enumerate(wins))):
            chosen[rows] = number
    return _picked([cells for _, cells in columns], chosen)


def sense(heading: AnyHeading, value: Any) -> float:
    """1 for yes, or the last state; 0 for no, or the first; NaN for what cannot be read."""
    ends = _ends(heading)
    if ends is None:
        return np.nan
    try:
        return ends(int(value) if isinstance(value, float) and value.is_integer() else value)
    except (QuestionError, ReadingError):
        return np.nan


def _ends(heading: AnyHeading) -> Callable[[Any], float] | None:
    """What reads yes or no of a column, None where it is no such thing."""
    if isinstance(heading, PartHeading) or heading.numeric is not None:
        return None
    if isinstance(heading.marker, Declared):
        return lambda value: float(parse(heading, value)[0])
    if heading.says_state and len(heading.variable.states) == 2:
        return lambda value: float(parse(heading, value)[1])
    return None


def _picked(columns: Sequence[Cells], chosen: NDArray[Any]) -> Cells:
    """Each row from the column chosen for it, none where that is -1."""
    starts = np.cumsum([0, *(len(cells.values) for cells in columns)])
    codes = np.full(len(chosen), -1)
    for number, cells in enumerate(columns):
        rows = chosen == number
        codes[rows] = np.where(cells.codes[rows] >= 0, cells.codes[rows] + starts[number], -1)
    written = [cells.written for cells in columns]
    return Cells(
        codes,
        [value for cells in columns for value in cells.values],
        np.concatenate([np.asarray(cells.numbers, dtype=float) for cells in columns]),
        None if None in written else [text for texts in written if texts is not None for text in texts],
    )
