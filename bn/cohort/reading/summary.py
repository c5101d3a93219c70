"""What became of a cohort: rows answered, what to look at first, errors by kind, columns read and passed through.

It is printed, turned into a dictionary, or given to a caller of Python as warnings.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bn.cohort.reading.columns import Columns
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.suspect_units import InAnotherUnit, in_another_unit
from bn.cohort.reading.unread import Unread
from bn.core.errors import SuspectUnitWarning, UnreadColumnsWarning
from bn.core.evidence import Indices
from bn.core.toml_line import toml_line
from cpds.table import Array
from cpds.text import quotable

SHOWN, LISTED, PROPOSED = 8, 12, 20
"""How many kinds of error, columns passed through and proposed lines are shown."""
FIRST = 3
NUMBERS = 1 << 14


@dataclass
class Tally:
    """Rows that share an error or a remark: how many, and the first few."""

    count: int = 0
    first: tuple[int, ...] = ()

    def add(self, places: Indices) -> None:
        """Count further rows, which lie at `places` in rising order."""
        self.count += len(places)
        self.first = tuple(sorted((*self.first, *places[:FIRST].tolist()))[:FIRST])

    def __str__(self) -> str:
        return ", ".join(map(str, self.first)) + (", ..." if self.count > len(self.first) else "")


@dataclass
class Summary:
    """Counts of one run, gathered block by block.

    `errors` maps a kind of error to its rows; a row may have several. `remarks` do the same for what is worth knowing
    of rows that were answered: findings not used, at odds, or with a caution. `without` counts the rows that were
    answered without the root variable, by its name, `silent` those that were answered without any finding; `spoken`
    are the variables of which some row says something. `computed` counts the rows with a product of other readings,
    `incomplete`, by derived finding, the rows with only some of its parts; `proposed` is, by header, what `meaning`
    would take for cells that could not be read. `place` is what the first rows of an error are called by: row (counted
    from 1) or line, `done` what became of the others. `unread` are the columns that were not read, `numbers` are some
    of each marker's column, by its id, `parts` of the columns of parts, by the finding derived from them, a mapping
    for each block. `units` maps header and unit to the rows that hold this unit instead of a value, where the column
    is read in another. `notes` say how the file was read.
    """

    headings: Headings
    place: str = "row"
    done: str = "scored"
    rows: int = 0
    failed: int = 0
    silent: int = 0
    errors: dict[str, Tally] = field(default_factory=dict)
    remarks: dict[str, Tally] = field(default_factory=dict)
    without: Counter[str] = field(default_factory=Counter)
    spoken: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    computed: Counter[str] = field(default_factory=Counter)
    incomplete: Counter[str] = field(default_factory=Counter)
    proposed: dict[str, Any] = field(default_factory=dict)
    unread: Unread = field(default_factory=Unread)
    numbers: dict[str, list[Array]] = field(default_factory=dict)
    parts: dict[str, list[Mapping[str, Array]]] = field(default_factory=dict)
    units: dict[tuple[str, str], Tally] = field(default_factory=dict)

    def add(self, columns: Columns, places: Indices) -> None:
        """Count a block whose rows lie at `places`."""
        problems = columns.problems
        fine = problems.fine
        self.rows += problems.rows - len(problems.skipped)
        self.failed += len(problems.texts)
        for kind, rows in problems.kinds.items():
            self.errors.setdefault(kind, Tally()).add(places[rows])
        for stated, rows in problems.units.items():
            self.units.setdefault(stated, Tally()).add(places[rows])
        for remark, rows in columns.remarks.items():
            self.remarks.setdefault(remark, Tally()).add(places[rows])
        self.proposed = {**problems.ways, **self.proposed}
        self.computed.update(columns.computed)
        self.incomplete.update(columns.incomplete)
        for name, numbers in columns.numbers.items():
            kept = self.numbers.setdefault(name, [])
            if sum(map(len, kept)) < NUMBERS:
                kept.append(numbers)
        for name, parts in columns.parts.items():
            blocks = self.parts.setdefault(name, [])
            if sum(len(next(iter(block.values()))) for block in blocks) < NUMBERS:
                blocks.append(parts)
        given = columns.given
        self.spoken |= {one.variable.id for one in self.headings.findings.values() if given[one.id].any()}
        self.silent += int((fine & ~np.any(list(given.values()), axis=0)).sum())
        for name, variable in self.headings.names.knowledge.variables.items():
            if variable.role == "root":
                said = columns.findings.statements.get(name)
                self.without[name] += int((fine & said.silent if said is not None else fine).sum())

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes that were themselves measured among the inputs."""
        variables = self.headings.names.knowledge.variables
        return tuple(name for name in variables if name in self.spoken and variables[name].role == "outcome")

    @property
    def absent(self) -> tuple[str, ...]:
        """The context variables that no column gives, without those that the warnings name."""
        markers = self.headings.names.knowledge.biomarkers
        proposed = [one.meant.id for one in self.unread.proposals if one.meant]
        named = {*self.unread.missed, *(markers[name].variable if name in markers else name for name in proposed)}
        return tuple(name for name in self.headings.missed if name not in named)

    @property
    def derived(self) -> tuple[str, ...]:
        """What follows from parts or readings, in how many rows or not, and from which parts nothing follows."""
        titles = []
        for one in self.headings.derived:
            count = self.incomplete[one.derivation.id]
            titles.append(one.title + (f" ({counted(count, 'row')} without one of them)" if count else ""))
        computed = [f"{about} ({counted(count, 'row')})" for about, count in self.computed.items()]
        return (*titles, *computed, *(reason for _, reason in self.headings.unpaired.values()))

    @property
    def passed(self) -> Mapping[str, str]:
        """Unrecognized columns, each with the line that would have it read if it is what it seems, or nothing."""
        lines = {one.header: one.line for one in self.unread.proposals}
        return {shown: lines.get(self.headings.headers[at], "") for at, shown in self.headings.passed.items()}

    @property
    def in_another_unit(self) -> list[InAnotherUnit]:
        """Columns that are probably in another unit than they are read in."""
        stated = {column: f"{self.place} {rows}" for column, rows in self.units.items()}
        return in_another_unit(self.headings, stated, self.numbers, self.parts, self.proposed)

    @property
    def ways(self) -> Mapping[str, str]:
        """By header the line of a columns file that would say what unread cells mean, one a column."""
        others = {one.header for one in self.in_another_unit}
        return {header: toml_line(header, one) for header, one in self.proposed.items() if header not in others}

    @property
    def reading_notes(self) -> list[str]:
        """Notes on the rows of units, and on checkboxes that stand alone, where there are some."""
        places, headings = self.headings.unit_rows, self.headings
        notes = [f"{self.place} {place} holds the units; it is not {self.done}" for place in places]
        if len(places) > 1:
            notes = [f"{self.place}s {', '.join(map(str, places))} hold the units; they are not {self.done}"]
        alone = (quotable(headings.headers[at]) for at, boxes in headings.boxes.items() if len(boxes) == 1)
        return [
            *notes,
            *(f"{box}: unchecked is read as no, and may be a question that nobody answered" for box in alone),
        ]

    def to_dict(self) -> dict[str, Any]:
        """The same as texts, numbers, lists and mappings: for JSON, and for the `attrs` of a frame."""
        units = map(str, self.in_another_unit)
        return {
            "rows": self.rows,
            "failed": self.failed,
            "silent": self.silent,
            "without": dict(self.without),
            "warnings": [*self.unread.unread_columns, *units, *self.unread.repeated_ids],
            "meaning": _with_text_keys(self.unread.meaning),
            "errors": {kind: {"count": one.count, "first": list(one.first)} for kind, one in self.errors.items()},
            "remarks": {kind: {"count": one.count, "first": list(one.first)} for kind, one in self.remarks.items()},
            "read": dict(self.headings.recognized),
            "passed": list(self.headings.passed.values()),
            "outcomes": list(self.outcomes),
            "notes": [*self.derived, *self.notes],
        }

    def __str__(self) -> str:
        first = f"{self.rows - self.failed} of {counted(self.rows, 'row')} {self.done}, {self.failed} with errors"
        return "\n".join([first, *(f"  {line}" for line in self._lines())])

    def _lines(self) -> Iterator[str]:
        yield from self._warnings()
        errors = [f"{rows.count}x {kind} ({self.place} {rows})" for kind, rows in self.errors.items()]
        yield from errors[:SHOWN]
        if len(errors) > SHOWN:
            yield f"and {len(errors) - SHOWN} other kinds of error"
        if ways := self.ways:
            yield "to say what such cells mean, put these lines into the file for --columns, in place of older ones:"
            yield from (f"  {line}" for line in ways.values())
        yield from (f"{rows.count}x {remark} ({self.place} {rows})" for remark, rows in self.remarks.items())
        yield from (f"{header} -> {name}" for header, name in self.headings.recognized)
        yield from self.derived
        proposed = {one.header for one in self.unread.proposals}
        others = [text for at, text in self.headings.passed.items() if self.headings.headers[at] not in proposed]
        if others:
            more = f" and {len(others) - LISTED:,} more" if len(others) > LISTED else ""
            yield f"passed through: {', '.join(others[:LISTED])}{more}"
        if absent := self.absent:
            yield f"no column gives {', '.join(absent)}: summed over the population's"
        for name, count in self.without.items():
            if count and name not in absent:
                yield f"{counted(count, 'row')} without {name}: summed over the population's"
        if self.silent:
            yield f"{counted(self.silent, 'row')} without any finding: baseline risk"
        yield from (f"note: {outcome} was itself measured in this file" for outcome in self.outcomes)
        yield from self.notes

    def _warnings(self) -> Iterator[str]:
        proposals = self.unread.proposals
        for number, text in enumerate(self.unread.unread_columns):
            yield f"WARNING: {text}"
            if proposals and not number:
                yield "  if they are what they seem, put these lines into a file and pass it with --columns;"
                yield '  an empty text, "NAME" = "", leaves a column alone'
                yield from (f"  {proposal.line}" for proposal in proposals[:PROPOSED])
                if len(proposals) > PROPOSED:
                    yield f"  and {len(proposals) - PROPOSED} more"
        for one in self.in_another_unit:
            yield f"WARNING: {one.reason}" + ("; if so, the line for --columns is" if one.line else "")
            yield from [f"  {one.line}"] if one.line else []
        yield from (f"WARNING: {text}" for text in self.unread.repeated_ids)


def _with_text_keys(value: Any) -> Any:
    return {str(key): _with_text_keys(one) for key, one in value.items()} if isinstance(value, dict) else value


def counted(number: int, thing: str) -> str:
    """So many of a thing.

    >>> counted(1, "row"), counted(2, "row")
    ('1 row', '2 rows')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def warn(summary: Summary) -> None:
    """Warn a caller of Python of all that is to be said of the columns."""
    warn_unread(summary.unread)
    warn_suspect(summary)


def warn_unread(unread: Unread) -> None:
    """Warn a caller of Python of what was not read, with the way out."""
    texts = unread.unread_columns
    if not texts:
        return
    meaning = dict(list(unread.meaning.items())[:PROPOSED])
    if meaning:
        texts.append(f"if they are what they seem, pass meaning={meaning!r}")
    texts += (f"{quotable(one.header)} is {one.remark}" for one in unread.proposals if one.meant is None)
    texts += (f"{quotable(one.header)} {one.remark}" for one in unread.proposals if one.ambiguous)
    if meaning:
        texts.append("to leave one alone, give it an empty text")
    _warn("; ".join(texts), UnreadColumnsWarning)


def warn_suspect(summary: Summary, already: set[str] | None = None) -> None:
    """Warn a caller of Python of columns that are probably in another unit, except those `already` warned of."""
    already = set() if already is None else already
    for one in summary.in_another_unit:
        if one.header not in already:
            already.add(one.header)
            _warn(one.argument, SuspectUnitWarning)


def _warn(text: str, kind: type[Warning]) -> None:
    """A warning at the line of the caller outside this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == "bn":
        level, frame = level + 1, frame.f_back
    warnings.warn(text, kind, stacklevel=level)
