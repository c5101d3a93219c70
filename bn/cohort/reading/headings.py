"""What each column of a table stands for: by its header, by what the user says, and by rows of units under the headers.

Exports of forms and devices have such rows; each unit is read as if it stood in its column's header.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from bn.cohort.reading.cells import Cells
from bn.cohort.reading.meaning import ColumnMeaning, ReadOptions, column_meanings, parse
from bn.core.derive import Derived, PartHeading, derivable, heading_of
from bn.core.errors import QuestionError
from bn.core.evidence import Indices
from bn.core.heading import Heading
from bn.core.lexicon import has_line, toml_line
from bn.core.lexicon import parts as parts_of
from bn.core.names import Names, as_tuple, split_unit
from cpds.knowledge import nearest
from cpds.records import CONTEXT_ROLES, Quantity
from cpds.text import quotable
from cpds.units import RangeError, ReadingError, chosen_unit, conversion

LOOKED_AT = 32
"""In so many rows under the headers rows of units are sought, and no further than the first number."""
NO_UNIT = frozenset({"-", "--", "1", "none", "unitless"})
"""What a row of units holds under what has none."""
_WRAPPED = re.compile(r"\((.*)\)|\[(.*)\]")

Unit = tuple[str, float, float]
"""A unit with factor and offset into the canonical one."""


@dataclass(frozen=True)
class Headings:
    """`columns` maps the position of a recognized column to what it is: findings, then parts; `headers` are all.

    `passed` maps the position of an unrecognized column to its header as it is shown; `required` are the ids without
    which a row is an error. `derived` findings follow from the parts; `unpaired` are parts without their fellows, by
    position, each with its id and why nothing follows from it. `meanings` are what the user says, by header.
    `unit_rows` are the places of rows of units, which are no data.
    """

    names: Names
    headers: tuple[str, ...]
    columns: Mapping[int, Heading | PartHeading]
    passed: Mapping[int, str]
    required: tuple[str, ...]
    derived: tuple[Derived, ...] = ()
    unpaired: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    meanings: Mapping[str, ColumnMeaning] = field(default_factory=dict)
    unit_rows: tuple[int, ...] = ()

    @classmethod
    def of(cls, names: Names, headers: Sequence[str], options: ReadOptions) -> Headings:
        """Read the headers.

        Raises QuestionError when two columns give the same thing, a unit does not fit, a required column or one of
        `options.meaning` is absent, or what that says cannot be.
        """
        meanings = column_meanings(options.meaning)
        for header, meaning in meanings.items():
            if header not in headers:
                hint = nearest(quotable(header), list(map(quotable, headers)))
                raise QuestionError(f"no column '{quotable(header)}' to be read as '{quotable(meaning.name)}'{hint}")
        columns: dict[int, Heading | PartHeading] = {}
        passed: dict[int, str] = {}
        position_of: dict[str, int] = {}
        for position, header in enumerate(headers):
            heading = meanings[header].heading(names) if header in meanings else _heading(names, header)
            if heading is None:
                passed[position] = quotable(header) if header.strip() else f"column {position + 1} (no name)"
                continue
            if heading.id in position_of:
                raise _both_give(heading.id, headers[position_of[heading.id]], header)
            position_of[heading.id] = position
            columns[position] = replace(heading, header=quotable(header), column=header)
        parts = {part.id: part for part in columns.values() if isinstance(part, PartHeading)}
        derived, lonely = derivable(names, parts)
        unpaired: dict[int, tuple[str, str]] = {}
        for position in sorted(position_of[part] for part in lonely):
            part = columns.pop(position)
            passed[position] = part.header
            finding, other = lonely[part.id]
            unpaired[position] = part.id, f"nothing follows from {part.header}: {finding} also needs {other}"
        required = tuple(names.resolve(name) for name in as_tuple(options.require))
        for name in required if columns else ():
            if name not in position_of and name not in {one.derivation.id for one in derived}:
                raise QuestionError(f"no column gives {name}, which is required")
        ordered = dict(sorted(columns.items(), key=lambda column: isinstance(column[1], PartHeading)))
        return cls(names, tuple(headers), ordered, passed, required, derived, unpaired, meanings)

    @cached_property
    def findings(self) -> Mapping[int, Heading]:
        """Columns that give findings themselves, by position."""
        return {position: one for position, one in self.columns.items() if isinstance(one, Heading)}

    @cached_property
    def parts(self) -> Mapping[int, PartHeading]:
        """Columns from which the derived findings follow, by position."""
        return {position: one for position, one in self.columns.items() if isinstance(one, PartHeading)}

    @cached_property
    def position_of(self) -> Mapping[str, int]:
        """The position of the column that gives a finding or a part of one, by its id."""
        return {heading.id: position for position, heading in self.columns.items()}

    @property
    def recognized(self) -> Sequence[tuple[str, str]]:
        """Headers of the columns that give findings, as they are shown, each with name and unit of the finding."""
        found = []
        for heading in self.findings.values():
            unit = heading.unit or heading.numeric.unit if heading.numeric else ""
            found.append((heading.header, f"{heading.id} [{unit}]" if unit else heading.id))
        return found

    @cached_property
    def missed(self) -> tuple[str, ...]:
        """The context variables of which no column speaks."""
        given = [*self.findings.values(), *(one.heading for one in self.derived)]
        spoken = {heading.variable.id for heading in given}
        variables = self.names.knowledge.variables.items()
        return tuple(name for name, one in variables if one.role in CONTEXT_ROLES and name not in spoken)

    def meaning(self, position: int) -> ColumnMeaning | None:
        """What the user says of a column."""
        return self.meanings.get(self.headers[position])

    def read(self, position: int, cells: Cells) -> Cells:
        """The cells of a column as the user says that they are meant."""
        meaning = self.meaning(position)
        return meaning.read(cells) if meaning else cells


def _heading(names: Names, header: str) -> Heading | PartHeading | None:
    """What a header stands for; none where its brackets hold a word, as in `insulin (fasting)`, rather than a unit."""
    try:
        return heading_of(names, header)
    except QuestionError:
        if set(parts_of(split_unit(header)[1] or "")) <= names.lexicon.beside:
            return None
        raise


def _both_give(name: str, one: str, other: str) -> QuestionError:
    sayable = one != other and has_line(other)
    way = f", or leave the other alone in meaning or --columns: {toml_line(other, '')}" if sayable else ""
    return QuestionError(f"columns '{quotable(one)}' and '{quotable(other)}' both give {name}; keep one{way}")


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
        for position, heading in headings.columns.items():
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
        heading = headings.columns[position]
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
    columns = dict(headings.columns)
    for position, (unit, factor, offset) in units.items():
        columns[position] = replace(columns[position], unit=unit, factor=factor, offset=offset)
    parts = {part.id: part for part in columns.values() if isinstance(part, PartHeading)}
    derived = tuple(
        replace(one, parts={argument: parts[part.id] for argument, part in one.parts.items()})
        for one in headings.derived
    )
    return replace(headings, columns=columns, derived=derived, unit_rows=tuple(held))


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
