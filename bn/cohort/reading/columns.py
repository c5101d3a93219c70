"""Columns become findings; what cannot be read becomes that row's error and disturbs no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn.cohort.reading.cells import Cells, silenced
from bn.cohort.reading.derived import Filled
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.meaning import ColumnMeaning
from bn.cohort.reading.problems import Problems
from bn.cohort.reading.stated import other_unit
from bn.cohort.reading.wayout import way_out
from bn.core.derive import PartHeading
from bn.core.errors import QuestionError, UnknownNameError
from bn.core.evidence import Distinct, Findings, Indices, Statements
from bn.core.heading import Heading
from bn.core.lexicon import has_line, toml_line
from bn.core.notes import remarks
from cpds.measurement import Readings
from cpds.misfits import misfits
from cpds.table import Array, exact
from cpds.text import quotable
from cpds.units import NotANumberError, RangeError, ReadingError, UnitError

LONGEST_WAY = 160
"""Characters of a line for `--columns` that a row's error shows; the summary shows longer ones, too."""


@dataclass(frozen=True)
class Columns:
    """Findings of some rows, what is wrong with some of them, and which rows hold a value of each finding.

    `remarks` maps what is worth knowing of rows without a problem to these rows, in order; see `bn.core.notes`.
    `computed` counts, of the same rows, those with a product of others. `numbers` are a few plain numbers of each
    marker's column as they stand, `parts` a few of those of the parts (canonical unit), by derived finding.
    `incomplete` counts, by derived finding, the rows that have only some of its parts.
    """

    findings: Findings
    problems: Problems
    given: Mapping[str, NDArray[np.bool_]]
    remarks: Mapping[str, Indices] = field(default_factory=dict)
    computed: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, Array] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    incomplete: Mapping[str, int] = field(default_factory=dict)


def read_columns(headings: Headings, cells: Mapping[int, Cells], rows: int, skipped: Indices | None = None) -> Columns:
    """Read the recognized columns, `cells` by position; rows without a required finding get an error.

    `skipped` rows hold no data: they are neither read nor in error.
    """
    if skipped is not None:
        cells = {position: silenced(column, skipped) for position, column in cells.items()}
    said: dict[str, Statements] = {}
    readings: dict[str, Readings] = {}
    distinct: dict[str, Distinct] = {}
    problems = Problems(rows, skipped)
    given: dict[str, NDArray[np.bool_]] = {}
    numbers: dict[str, Array] = {}
    derived = _derived(headings, cells, problems)
    for position, heading in headings.found.items():
        column, meaning = cells[position], headings.meanings.get(position)
        if heading.id in derived:
            column = silenced(column, np.flatnonzero(derived[heading.id].instead))
        if heading.says_state:
            found = _said(heading, column, problems, meaning)
            name = heading.variable.id
            said[name] = said[name].also(found) if name in said else found
        else:
            different = _readings(heading, column, problems, meaning)
            readings[heading.id] = different.take(column.codes)
            if len(column.values) < rows:
                distinct[heading.id] = Distinct(different, column.codes)
            numbers[heading.id] = column.some_numbers()
        given[heading.id] = column.given
    for name, filled in derived.items():
        _fill(filled, said, readings, problems)
        distinct.pop(name, None)
        given[name] = given.get(name, False) | ~np.isnan(filled.numbers)
    _agree(said, problems)
    for misfit in misfits(headings.names.knowledge, readings):
        for row in np.flatnonzero(misfit.rows).tolist():
            problems.add(f"{misfit.product.id}: does not fit its factors", np.array([row]), misfit.told(row))
    for name in headings.required:
        problems.add(f"{name}: missing, and required", np.flatnonzero(~given[name]))
    findings = Findings(rows, said, readings, distinct)
    incomplete = {name: int((filled.incomplete & problems.fine).sum()) for name, filled in derived.items()}
    parts = {name: filled.parts for name, filled in derived.items()}
    noted, computed = _remarks(headings, findings, given, problems.fine)
    return Columns(findings, problems, given, noted, computed, numbers, parts, incomplete)


def _derived(headings: Headings, cells: Mapping[int, Cells], problems: Problems) -> dict[str, Filled]:
    """What follows from the columns of parts, by the finding."""
    parts = {
        part.id: _readings(part, cells[position], problems, headings.meanings.get(position))
        .take(cells[position].codes)
        .values
        for position, part in headings.parts.items()
    }
    given = {heading.id: (heading, cells[position]) for position, heading in headings.found.items()}
    return {
        one.derivation.id: Filled.of(one, parts, given.get(one.derivation.id), problems) for one in headings.derived
    }


def _remarks(
    headings: Headings, findings: Findings, given: Mapping[str, NDArray[np.bool_]], fine: NDArray[np.bool_]
) -> tuple[dict[str, Indices], dict[str, int]]:
    """What is worth knowing of rows without a problem, and how many have what was computed from other readings."""
    found, computed = {}, {}
    for remark in remarks(headings.names.knowledge, findings, given):
        rows = np.flatnonzero(remark.rows & fine)
        if rows.size and remark.kind == "derived":
            computed[remark.about] = len(rows)
        elif rows.size:
            found[f"{remark.kind}: {remark.about}"] = rows
    return found, computed


def _fill(filled: Filled, said: dict[str, Statements], readings: dict[str, Readings], problems: Problems) -> None:
    """Add what is derived where nothing else gives the finding."""
    heading, numbers = filled.heading, filled.numbers
    if heading.says_state:
        found = _said(heading, Cells.of_numbers(numbers), problems)
        name = heading.variable.id
        said[name] = said[name].also(found) if name in said else found
    else:
        before = readings.get(heading.id, exact(np.full(len(numbers), np.nan)))
        known = ~np.isnan(numbers)
        readings[heading.id] = Readings(
            np.where(known, numbers, before.values), np.where(known, 0, before.censored).astype(np.int8)
        )


def _said(heading: Heading, cells: Cells, problems: Problems, meaning: ColumnMeaning | None = None) -> Statements:
    """Likelihoods of the states: certainty for plain numbers on the variable's scale, ones where nothing is said."""
    numbers, accepted = _accepted(heading, cells)
    states = len(heading.variable.states)
    statement = np.full(len(cells.values) + 1, -1)
    if accepted.any() and heading.variable.scale:
        inner = np.array(heading.variable.scale.edges[1:-1])
        statement[:-1][accepted] = np.searchsorted(inner, numbers[accepted], side="right")
    others = _read(heading, cells, ~accepted, problems, meaning)
    statement[list(others)] = states + np.arange(len(others))
    weights = np.column_stack([np.eye(states), *others.values(), np.ones(states)])
    statement[statement < 0] = weights.shape[1] - 1
    return Statements(weights, statement[cells.codes])


def _readings(
    heading: Heading | PartHeading, cells: Cells, problems: Problems, meaning: ColumnMeaning | None
) -> Readings:
    """The marker's different readings in the order of the distinct cells, and at the end a missing one."""
    numbers, accepted = _accepted(heading, cells)
    values = np.append(np.where(accepted, numbers, np.nan), np.nan)
    censored = np.zeros(len(values), dtype=np.int8)
    for value, found in _read(heading, cells, ~accepted, problems, meaning).items():
        values[value], censored[value] = found
    return Readings(values, censored)


def _accepted(heading: Heading | PartHeading, cells: Cells) -> tuple[Array, NDArray[np.bool_]]:
    """Plain numbers in the canonical unit, and which of them the heading accepts as they are."""
    canonical = cells.numbers * heading.factor + heading.offset
    if heading.numeric is None:
        return canonical, np.zeros(len(canonical), dtype=bool)
    low, high = heading.numeric.accepted
    return canonical, (canonical >= low) & (canonical <= high)


def _read(
    heading: Heading | PartHeading,
    cells: Cells,
    chosen: NDArray[np.bool_],
    problems: Problems,
    meaning: ColumnMeaning | None,
) -> Mapping[int, Any]:
    """What each chosen distinct value says, read as for one person; the unreadable become problems of their rows."""
    read = heading.weights if isinstance(heading, Heading) and heading.says_state else heading.reading
    header = quotable(heading.header)
    found: dict[int, Any] = {}
    failed: dict[int, tuple[str, str]] = {}
    for code in np.flatnonzero(chosen & cells.used()).tolist():
        try:
            found[code] = read(_whole(cells.values[code]))
        except (QuestionError, ReadingError) as error:
            failed[code] = (_kind(error), _told(header, cells.told(code, str(error))))
    if failed:
        rows = cells.rows()
        numbers = np.asarray(cells.numbers, dtype=float)[cells.used()]
        said = way_out(heading, [cells.values[code] for code in failed], numbers, meaning)
        column = heading.column
        way = toml_line(column, said) if said and column is not None and has_line(column) else None
        for code, (kind, text) in failed.items():
            told = f"{text}; to say what it means: {way}" if way and len(way) <= LONGEST_WAY else text
            problems.add(f"{header}: {kind}", rows[code], told)
            unit = other_unit(heading, cells.values[code])
            if unit and column is not None and not (meaning and heading.unit):
                problems.units[column, unit] = rows[code]
        if way and column is not None:
            problems.ways.setdefault(column, said)
    return found


def _agree(said: dict[str, Statements], problems: Problems) -> None:
    """Rows in which findings on one variable exclude each other are problems, and then say nothing of it."""
    for variable, one in said.items():
        possible = np.asarray(one.weights.max(axis=0) > 0)
        if not possible.all():
            problems.add(f"{variable}: findings exclude each other", np.flatnonzero(~possible[one.codes]))
            said[variable] = Statements(np.where(possible, one.weights, 1.0), one.codes)


def _whole(value: Any) -> Any:
    """A whole number without the decimal point that its column gave it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _kind(error: Exception) -> str:
    """A few words for what is wrong with a cell, the same for all cells that fail alike."""
    kinds = {
        RangeError: "out of range",
        UnitError: "unit does not fit",
        NotANumberError: "cannot be read",
        UnknownNameError: "unknown state or level",
    }
    return kinds.get(type(error), "cannot be read")


def _told(header: str, reason: str) -> str:
    """The reason with the column's header in front, unless it starts with that already."""
    return reason if reason.startswith(f"{header}:") else f"{header}: {reason}"
