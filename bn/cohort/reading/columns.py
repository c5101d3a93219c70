"""Columns become findings; what cannot be read becomes that row's error and disturbs no other.

Findings derived from columns of parts fill the gaps of a column that gives them; where both are given they agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn.cohort.reading.cells import FEW, Cells
from bn.cohort.reading.codes import accepted, proposed_meaning
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.meaning import ColumnMeaning, parse
from bn.cohort.reading.problems import Problems
from bn.cohort.reading.unit_rows import other_unit
from bn.core.derive import Derived, PartHeading, shown
from bn.core.errors import QuestionError, UnknownNameError
from bn.core.evidence import Distinct, Findings, Indices, Statements
from bn.core.heading import Heading
from bn.core.notes import remarks
from bn.core.toml_line import has_line, toml_line
from cpds.measurement import Readings
from cpds.misfits import misfits
from cpds.table import Array, exact
from cpds.text import quotable
from cpds.units import NotANumberError, RangeError, ReadingError, UnitError

LONGEST_LINE = 160
"""Characters of a line for `--columns` that a row's error shows; the summary shows longer ones, too."""
KINDS: Mapping[type[Exception], str] = {
    RangeError: "out of range",
    UnitError: "unit does not fit",
    UnknownNameError: "unknown state or level",
    NotANumberError: "cannot be read",
}


@dataclass(frozen=True)
class Columns:
    """Findings of some rows, what is wrong with some of them, and which rows hold a value of each finding.

    `remarks` maps what is worth knowing of rows without a problem to these rows, in order; see `bn.core.notes`.
    `computed` counts, of the same rows, those with a product of others. `numbers` are a few plain numbers of each
    marker's column as they stand, `parts` a few of those of the parts (canonical unit), by derived finding.
    `incomplete` counts, by derived finding, the rows that have only some of its parts. `cells` are those of each
    recognized column as they were meant, by its position.
    """

    findings: Findings
    problems: Problems
    given: Mapping[str, NDArray[np.bool_]]
    remarks: dict[str, Indices] = field(default_factory=dict)
    computed: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, Array] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    incomplete: Mapping[str, int] = field(default_factory=dict)
    cells: Mapping[int, Cells] = field(default_factory=dict)

    def remark(self, text: str, rows: NDArray[np.bool_]) -> None:
        """Add what is worth knowing of some rows, a mask, once they were asked."""
        self.remarks[f"caution: {text}"] = np.flatnonzero(rows)


def read_columns(headings: Headings, cells: Mapping[int, Cells], rows: int, skipped: Indices | None = None) -> Columns:
    """Read the recognized columns, `cells` by position; rows without a required finding get an error.

    `skipped` rows hold no data: they are neither read nor in error.
    """
    if skipped is not None:
        cells = {position: column.without_rows(skipped) for position, column in cells.items()}
    said: dict[str, Statements] = {}
    readings: dict[str, Readings] = {}
    distinct: dict[str, Distinct] = {}
    problems = Problems(rows, skipped)
    given: dict[str, NDArray[np.bool_]] = {}
    numbers: dict[str, Array] = {}
    derived = _derived(headings, cells, problems)
    for position, heading in headings.findings.items():
        column, meaning = cells[position], headings.meaning(position)
        if heading.id in derived:
            column = column.without_rows(np.flatnonzero(derived[heading.id].instead))
        if heading.says_state:
            _add_said(said, heading, column, problems, meaning)
        else:
            different = _readings(heading, column, problems, meaning)
            readings[heading.id] = different.take(column.codes)
            if len(column.values) < rows:
                distinct[heading.id] = Distinct(different, column.codes)
            numbers[heading.id] = column.some_numbers()
        given[heading.id] = column.given
    for name, filled in derived.items():
        known = ~np.isnan(filled.numbers)
        if filled.heading.says_state:
            _add_said(said, filled.heading, Cells.of_numbers(filled.numbers), problems)
        else:
            before = readings.get(name, exact(np.full(rows, np.nan)))
            censored = np.where(known, 0, before.censored).astype(np.int8)
            readings[name] = Readings(np.where(known, filled.numbers, before.values), censored)
        distinct.pop(name, None)
        given[name] = given.get(name, False) | known
    _refuse_contradictions(said, problems)
    for misfit in misfits(headings.names.knowledge, readings):
        for row in np.flatnonzero(misfit.rows).tolist():
            problems.add(f"{misfit.product.id}: does not fit its factors", np.array([row]), misfit.told(row))
    for name in headings.required:
        problems.add(f"{name}: missing, and required", np.flatnonzero(~given[name]))
    findings, fine = Findings(rows, said, readings, distinct), problems.fine
    noted: dict[str, Indices] = {}
    computed: dict[str, int] = {}
    for remark in remarks(headings.names.knowledge, findings, given):
        where = np.flatnonzero(remark.rows & fine)
        if where.size and remark.kind == "derived":
            computed[remark.about] = len(where)
        elif where.size:
            noted[f"{remark.kind}: {remark.about}"] = where
    parts = {name: filled.parts for name, filled in derived.items()}
    incomplete = {name: int((filled.incomplete & fine).sum()) for name, filled in derived.items()}
    return Columns(findings, problems, given, noted, computed, numbers, parts, incomplete, cells)


@dataclass(frozen=True)
class _Filled:
    """Numbers of one derived finding (canonical unit), NaN where it is given as exactly itself or a part is missing.

    `instead` marks the rows in which they count instead of a bound, a range or states, `incomplete` those that lack
    one of the parts, and the finding itself. `parts` are the numbers of all parts in a few hundred rows that have
    them.
    """

    heading: Heading
    numbers: Array
    instead: NDArray[np.bool_]
    incomplete: NDArray[np.bool_]
    parts: Mapping[str, Array]


def _derived(headings: Headings, cells: Mapping[int, Cells], problems: Problems) -> dict[str, _Filled]:
    """What follows from the columns of parts, by the finding."""
    parts: dict[str, Array] = {}
    for position, part in headings.parts.items():
        different = _readings(part, cells[position], problems, headings.meaning(position))
        parts[part.id] = different.take(cells[position].codes).values
    given = {heading.id: (heading, cells[position]) for position, heading in headings.findings.items()}
    found = {}
    for derived in headings.derived:
        name = derived.derivation.id
        own = {part.id: parts[part.id] for part in derived.parts.values()}
        found[name] = _filled(derived, own, given.get(name), problems)
    return found


def _filled(
    derived: Derived, parts: Mapping[str, Array], given: tuple[Heading, Cells] | None, problems: Problems
) -> _Filled:
    """From the numbers of the parts, by id, and the column that gives the finding itself.

    What nobody could have, and what is too far from what is given, are problems of their rows.
    """
    numbers, name = derived.numbers(parts), derived.derivation.id
    assert derived.heading.numeric is not None
    for row in np.flatnonzero(~(np.isnan(numbers) | accepted(derived.heading.numeric, numbers))).tolist():
        try:
            derived.refuse(float(numbers[row]))
        except ReadingError as error:
            problems.add(f"{name}: out of range", np.array([row]), str(error))
        numbers[row] = np.nan
    there = instead = np.zeros(len(numbers), dtype=bool)
    if given:
        heading, cells = given
        there = cells.given
        low, high = _allowed(heading, cells)
        for row in np.flatnonzero(derived.differs(low, high, numbers)).tolist():
            value = float(low[row]) if low[row] == high[row] else cells.values[cells.codes[row]]
            text = derived.disagreement(shown(value), float(numbers[row]))
            problems.add(f"{name}: differs from what is derived", np.array([row]), text)
        instead = (low < high) & ~np.isnan(numbers)
    known = ~np.isnan(list(parts.values()))
    few = np.flatnonzero(known.all(axis=0))
    few = few[:: max(1, len(few) // FEW)]
    return _Filled(
        derived.heading,
        np.where(there & ~instead, np.nan, numbers),
        instead,
        known.any(axis=0) & ~known.all(axis=0) & ~there,
        {part: values[few] for part, values in parts.items()},
    )


def _allowed(heading: Heading, cells: Cells) -> tuple[Array, Array]:
    """Least and greatest number that each row allows (canonical unit), NaN for what cannot be read so."""
    low = np.append(cells.numbers * heading.factor + heading.offset, np.nan)
    high = low.copy()
    for place in np.flatnonzero(np.isnan(cells.numbers) & cells.used()).tolist():
        low[place], high[place] = heading.allowed(cells.values[place])
    return low[cells.codes], high[cells.codes]


def _add_said(
    said: dict[str, Statements],
    heading: Heading,
    cells: Cells,
    problems: Problems,
    meaning: ColumnMeaning | None = None,
) -> None:
    """Likelihoods of the states: certainty for plain numbers on the variable's scale, ones for missing cells."""
    numbers, plain = _plain_numbers(heading, cells)
    variable = heading.variable
    states = len(variable.states)
    statement = np.full(len(cells.values) + 1, -1)
    if plain.any() and variable.scale:
        inner = np.array(variable.scale.edges[1:-1])
        statement[:-1][plain] = np.searchsorted(inner, numbers[plain], side="right")
    others = _read(heading, cells, ~plain, problems, meaning)
    statement[list(others)] = states + np.arange(len(others))
    weights = np.column_stack([np.eye(states), *others.values(), np.ones(states)])
    statement[statement < 0] = weights.shape[1] - 1
    found = Statements(weights, statement[cells.codes])
    said[variable.id] = said[variable.id].also(found) if variable.id in said else found


def _readings(
    heading: Heading | PartHeading, cells: Cells, problems: Problems, meaning: ColumnMeaning | None
) -> Readings:
    """The marker's different readings in the order of the distinct cells, and at the end a missing one."""
    numbers, plain = _plain_numbers(heading, cells)
    values = np.append(np.where(plain, numbers, np.nan), np.nan)
    censored = np.zeros(len(values), dtype=np.int8)
    for value, found in _read(heading, cells, ~plain, problems, meaning).items():
        values[value], censored[value] = found
    return Readings(values, censored)


def _plain_numbers(heading: Heading | PartHeading, cells: Cells) -> tuple[Array, NDArray[np.bool_]]:
    """Plain numbers in the canonical unit, and which of them the heading accepts as they are."""
    canonical = cells.numbers * heading.factor + heading.offset
    if heading.numeric is None:
        return canonical, np.zeros(len(canonical), dtype=bool)
    return canonical, accepted(heading.numeric, canonical)


def _read(
    heading: Heading | PartHeading,
    cells: Cells,
    chosen: NDArray[np.bool_],
    problems: Problems,
    meaning: ColumnMeaning | None,
) -> Mapping[int, Any]:
    """What each chosen distinct value says, read as for one person; the unreadable become problems of their rows."""
    header, column = quotable(heading.header), heading.column
    found: dict[int, Any] = {}
    failed: dict[int, tuple[str, str]] = {}
    for code in np.flatnonzero(chosen & cells.used()).tolist():
        value = cells.values[code]
        try:
            found[code] = parse(heading, int(value) if isinstance(value, float) and value.is_integer() else value)
        except (QuestionError, ReadingError) as error:
            reason = cells.quoted(code, str(error))
            text = reason if reason.startswith(f"{header}:") else f"{header}: {reason}"
            failed[code] = KINDS.get(type(error), "cannot be read"), text
    if not failed:
        return found
    rows = cells.rows()
    numbers = np.asarray(cells.numbers, dtype=float)[cells.used()]
    unread = [cells.values[code] for code in failed]
    proposal = proposed_meaning(heading, unread, numbers, meaning.keys if meaning else {})
    line = toml_line(column, proposal) if proposal and column is not None and has_line(column) else None
    for code, (kind, text) in failed.items():
        hint = f"; to say what it means: {line}" if line and len(line) <= LONGEST_LINE else ""
        problems.add(f"{header}: {kind}", rows[code], text + hint)
        unit = other_unit(heading, cells.values[code])
        if unit and column is not None and not (meaning and heading.unit):
            problems.units[column, unit] = rows[code]
    if line and column is not None:
        problems.ways.setdefault(column, proposal)
    return found


def _refuse_contradictions(said: dict[str, Statements], problems: Problems) -> None:
    """Rows in which findings on one variable exclude each other are problems, and then say nothing of it."""
    for variable, one in said.items():
        possible = np.asarray(one.weights.max(axis=0) > 0)
        if not possible.all():
            problems.add(f"{variable}: findings exclude each other", np.flatnonzero(~possible[one.codes]))
            said[variable] = Statements(np.where(possible, one.weights, 1.0), one.codes)
