"""Columns become findings; what cannot be read becomes that row's error and disturbs no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn.batch.cells import Cells
from bn.batch.findings import Distinct, Findings, Said
from bn.batch.headings import Headings
from bn.batch.problems import Problems
from bn.errors import QuestionError, UnknownNameError
from bn.evidence import Indices
from bn.notes.remarks import remarks
from bn.observe import Heading
from cpds.measurement import Readings
from cpds.products import misfits
from cpds.quoting import quotable
from cpds.table import Array
from cpds.units import NotANumberError, RangeError, ReadingError, UnitError


@dataclass(frozen=True)
class Columns:
    """Findings of some rows, what is wrong with some of them, and which rows hold a value of each column.

    `remarks` maps what is worth knowing of rows without a problem to these rows, in order; see `bn.notes`.
    `numbers` are a few plain numbers of each marker's column as they stand.
    """

    findings: Findings
    problems: Problems
    given: Mapping[str, NDArray[np.bool_]]
    remarks: Mapping[str, Indices] = field(default_factory=dict)
    numbers: Mapping[str, Array] = field(default_factory=dict)


def read_columns(headings: Headings, cells: Mapping[int, Cells], rows: int) -> Columns:
    """Read the recognized columns, `cells` by position; rows without a required finding get an error."""
    said: dict[str, Said] = {}
    readings: dict[str, Readings] = {}
    distinct: dict[str, Distinct] = {}
    problems = Problems(rows)
    given: dict[str, NDArray[np.bool_]] = {}
    numbers: dict[str, Array] = {}
    for position, heading in headings.found.items():
        column = cells[position]
        if heading.says_state:
            found = _said(heading, column, problems)
            name = heading.variable.id
            said[name] = said[name].also(found) if name in said else found
        else:
            different = _readings(heading, column, problems)
            readings[heading.id] = different.take(column.codes)
            if len(column.values) < rows:
                distinct[heading.id] = Distinct(different, column.codes)
            numbers[heading.id] = column.some_numbers()
        given[heading.id] = column.given
    _agree(said, problems)
    for misfit in misfits(headings.names.knowledge, readings):
        for row in np.flatnonzero(misfit.rows).tolist():
            problems.add(f"{misfit.product.id}: does not fit its factors", np.array([row]), misfit.told(row))
    for name in headings.required:
        problems.add(f"{name}: missing, and required", np.flatnonzero(~given[name]))
    findings = Findings(rows, said, readings, distinct)
    return Columns(findings, problems, given, _remarks(headings, findings, given, problems.fine), numbers)


def _remarks(
    headings: Headings, findings: Findings, given: Mapping[str, NDArray[np.bool_]], fine: NDArray[np.bool_]
) -> dict[str, Indices]:
    """What is worth knowing of rows without a problem."""
    found = {}
    for remark in remarks(headings.names.knowledge, findings, given):
        if (rows := np.flatnonzero(remark.rows & fine)).size:
            found[f"{remark.kind}: {remark.about}"] = rows
    return found


def _said(heading: Heading, cells: Cells, problems: Problems) -> Said:
    """Likelihoods of the states: certainty for plain numbers on the variable's scale, ones where nothing is said."""
    numbers, accepted = _accepted(heading, cells)
    states = len(heading.variable.states)
    statement = np.full(len(cells.values) + 1, -1)
    if accepted.any() and heading.variable.scale:
        inner = np.array(heading.variable.scale.edges[1:-1])
        statement[:-1][accepted] = np.searchsorted(inner, numbers[accepted], side="right")
    others = _read(heading, cells, ~accepted, problems)
    statement[list(others)] = states + np.arange(len(others))
    weights = np.column_stack([np.eye(states), *others.values(), np.ones(states)])
    statement[statement < 0] = weights.shape[1] - 1
    return Said(weights, statement[cells.codes])


def _readings(heading: Heading, cells: Cells, problems: Problems) -> Readings:
    """The marker's different readings in the order of the distinct cells, and at the end a missing one."""
    numbers, accepted = _accepted(heading, cells)
    values = np.append(np.where(accepted, numbers, np.nan), np.nan)
    censored = np.zeros(len(values), dtype=np.int8)
    for value, found in _read(heading, cells, ~accepted, problems).items():
        values[value], censored[value] = found
    return Readings(values, censored)


def _accepted(heading: Heading, cells: Cells) -> tuple[Array, NDArray[np.bool_]]:
    """Plain numbers in the canonical unit, and which of them the heading accepts as they are."""
    canonical = cells.numbers * heading.factor + heading.offset
    if heading.numeric is None:
        return canonical, np.zeros(len(canonical), dtype=bool)
    low, high = heading.numeric.accepted
    return canonical, (canonical >= low) & (canonical <= high)


def _read(heading: Heading, cells: Cells, chosen: NDArray[np.bool_], problems: Problems) -> Mapping[int, Any]:
    """What each chosen distinct value says, read as for one person; the unreadable become problems of their rows."""
    read = heading.weights if heading.says_state else heading.reading
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
        for code, (kind, text) in failed.items():
            problems.add(f"{header}: {kind}", rows[code], text)
    return found


def _agree(said: dict[str, Said], problems: Problems) -> None:
    """Rows in which findings on one variable exclude each other are problems, and then say nothing of it."""
    for variable, one in said.items():
        possible = np.asarray(one.weights.max(axis=0) > 0)
        if not possible.all():
            problems.add(f"{variable}: findings exclude each other", np.flatnonzero(~possible[one.codes]))
            said[variable] = Said(np.where(possible, one.weights, 1.0), one.codes)


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
