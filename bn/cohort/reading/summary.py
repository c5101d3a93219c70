"""What became of a cohort: rows answered, what to look at first, errors by kind, columns read and passed through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bn.cohort.reading.columns import Columns
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.suspect import Suspect, better_part_units, better_unit
from bn.cohort.reading.unread import Unread, without_column
from bn.cohort.reading.wording import (
    InAnotherUnit,
    in_summary,
    repeated_ids,
    stated_units,
    suspect_unit,
    unread_columns,
)
from bn.core.evidence import Indices
from bn.core.heading import Heading
from bn.core.lexicon import toml_line
from cpds.records import Quantity
from cpds.table import Array
from cpds.text import quotable

SHOWN, LISTED = 8, 12
FIRST = 3
NUMBERS = 1 << 14


@dataclass
class Kind:
    """Rows of which one kind of thing is said: how many, and the first few."""

    count: int = 0
    first: tuple[int, ...] = ()

    def add(self, places: Indices) -> None:
        """Count further rows, which stand at `places` in rising order."""
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
    `incomplete`, by derived finding, the rows with only some of its parts; `said` is, by header, what `meaning` would
    take for cells that could not be read. `place` is what the first rows of an error are called by: row (counted
    from 1) or line, `done` what became of the others. `unread` is said of columns that were not read, `numbers` are
    some of each marker's column, by its id, `parts` of the columns of parts, by the finding derived from them, a
    mapping for each block. `units` maps header and unit to the rows that hold this unit instead of a value, where the
    column is read in another. `notes` say how the file was read.
    """

    headings: Headings
    place: str = "row"
    done: str = "scored"
    rows: int = 0
    failed: int = 0
    silent: int = 0
    errors: dict[str, Kind] = field(default_factory=dict)
    remarks: dict[str, Kind] = field(default_factory=dict)
    without: dict[str, int] = field(default_factory=dict)
    spoken: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    computed: dict[str, int] = field(default_factory=dict)
    incomplete: dict[str, int] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    unread: Unread = field(default_factory=Unread)
    numbers: dict[str, list[Array]] = field(default_factory=dict)
    parts: dict[str, list[Mapping[str, Array]]] = field(default_factory=dict)
    units: dict[tuple[str, str], Kind] = field(default_factory=dict)

    def add(self, columns: Columns, places: Indices | None = None) -> None:
        """Count a block whose rows stand at `places`; by default they follow those counted before."""
        problems = columns.problems
        if places is None:
            places = np.arange(self.rows + 1, self.rows + 1 + problems.rows)
        self.rows += problems.rows - len(problems.skipped)
        self.failed += len(problems.texts)
        for kind, rows in problems.kinds.items():
            self.errors.setdefault(kind, Kind()).add(places[rows])
        for stated, rows in problems.units.items():
            self.units.setdefault(stated, Kind()).add(places[rows])
        for remark, rows in columns.remarks.items():
            self.remarks.setdefault(remark, Kind()).add(places[rows])
        for heading in self.headings.found.values():
            if columns.given[heading.id].any():
                self.spoken.add(heading.variable.id)
        self.said = {**problems.ways, **self.said}
        for about, count in columns.computed.items():
            self.computed[about] = self.computed.get(about, 0) + count
        for name, count in columns.incomplete.items():
            self.incomplete[name] = self.incomplete.get(name, 0) + count
        for name, numbers in columns.numbers.items():
            kept = self.numbers.setdefault(name, [])
            if sum(map(len, kept)) < NUMBERS:
                kept.append(numbers)
        fine = problems.fine
        for name, parts in columns.parts.items():
            blocks = self.parts.setdefault(name, [])
            if sum(len(next(iter(block.values()))) for block in blocks) < NUMBERS:
                blocks.append(parts)
        self.silent += int((fine & ~np.any(list(columns.given.values()), axis=0)).sum())
        for name, variable in self.headings.names.knowledge.variables.items():
            if variable.role == "root":
                said = columns.findings.statements.get(name)
                silent = fine & said.silent if said is not None else fine
                self.without[name] = self.without.get(name, 0) + int(silent.sum())

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes that were themselves measured among the inputs."""
        variables = self.headings.names.knowledge.variables
        return tuple(name for name in variables if name in self.spoken and variables[name].role == "outcome")

    @property
    def absent(self) -> tuple[str, ...]:
        """The context variables that no column gives, without those of which the warnings tell."""
        markers = self.headings.names.knowledge.biomarkers
        told = set(self.unread.missed)
        for one in self.unread.proposals:
            name = one.meant.id if one.meant else ""
            told.add(markers[name].variable if name in markers else name)
        return tuple(name for name in without_column(self.headings) if name not in told)

    @property
    def derived(self) -> tuple[str, ...]:
        """What follows from parts or readings, in how many rows or not, and from which parts nothing follows."""
        told = []
        for one in self.headings.derived:
            count = self.incomplete.get(one.derivation.id, 0)
            told.append(one.title + (f" ({counted(count, 'row')} without one of them)" if count else ""))
        told += (f"{about} ({counted(count, 'row')})" for about, count in self.computed.items())
        return (*told, *self.headings.wanting)

    @property
    def passed(self) -> Mapping[str, str]:
        """Unrecognized columns, each with the line that would have it read if it is what it seems, or nothing."""
        lines = {one.header: one.line for one in self.unread.proposals}
        return {shown: lines.get(self.headings.headers[at], "") for at, shown in self.headings.passed.items()}

    @property
    def suspects(self) -> Mapping[str, Suspect]:
        """Findings, by id, whose column's numbers suit another unit than the one in which they are read.

        A unit that a header or its meaning states is taken at its word.
        """
        read = {heading.id: heading for heading in self.headings.found.values() if _supposed(heading)}
        found = {}
        for name, numbers in self.numbers.items():
            marker = self.headings.names.knowledge.biomarkers.get(name)
            if name in read and isinstance(marker, Quantity):
                suspect = better_unit(marker, None, np.concatenate(numbers))
                if suspect:
                    found[name] = suspect
        for derived in self.headings.derived:
            blocks = self.parts.get(derived.derivation.id, [])
            some = {one.id: np.concatenate([block[one.id] for block in blocks]) for one in derived.parts.values()}
            for part, suspect in better_part_units(derived, derived.heading.variable, some).items():
                found[part] = suspect
        return found

    @property
    def in_another_unit(self) -> list[InAnotherUnit]:
        """What is told of columns that are probably in another unit: a cell says so, or else their numbers.

        All that is to be said of their columns stands with it.
        """
        places = {stated: f"{self.place} {kind}" for stated, kind in self.units.items()}
        told = stated_units(self.headings, places, self.said)
        by_cells = {one.header for one in told}
        others = suspect_unit(self.headings, self.suspects, self.said)
        return told + [one for one in others if one.header not in by_cells]

    @property
    def ways(self) -> Mapping[str, str]:
        """By header the line of a columns file that would say what unread cells mean, one a column."""
        told = {self.headings.column_of(name) for name in self.suspects} | {header for header, _ in self.units}
        return {header: toml_line(header, one) for header, one in self.said.items() if header not in told}

    def to_dict(self) -> dict[str, Any]:
        """The same as texts, numbers, lists and mappings: for JSON, and for the `attrs` of a frame."""
        return {
            "rows": self.rows,
            "failed": self.failed,
            "silent": self.silent,
            "without": dict(self.without),
            "warnings": [
                *unread_columns(self.unread),
                *map(str, self.in_another_unit),
                *repeated_ids(self.unread),
            ],
            "meaning": _with_text_keys(self.unread.meaning),
            "errors": {kind: {"count": one.count, "first": list(one.first)} for kind, one in self.errors.items()},
            "remarks": {kind: {"count": one.count, "first": list(one.first)} for kind, one in self.remarks.items()},
            "read": {quotable(one.header): one.spelled for one in self.headings.recognized},
            "passed": list(self.headings.passed.values()),
            "outcomes": list(self.outcomes),
            "notes": [*self.derived, *self.notes],
        }

    def __str__(self) -> str:
        lines = [f"{self.rows - self.failed} of {counted(self.rows, 'row')} {self.done}, {self.failed} with errors"]
        lines += in_summary(self.unread, self.in_another_unit)
        for name, kind in list(self.errors.items())[:SHOWN]:
            lines.append(f"  {kind.count}x {name} ({self.place} {kind})")
        if len(self.errors) > SHOWN:
            lines.append(f"  and {len(self.errors) - SHOWN} other kinds of error")
        if ways := self.ways:
            lines.append(
                "  to say what such cells mean, put these lines into the file for --columns, in place of older ones:"
            )
            lines += (f"    {way}" for way in ways.values())
        for name, kind in self.remarks.items():
            lines.append(f"  {kind.count}x {name} ({self.place} {kind})")
        lines += (f"  {quotable(column.header)} -> {column.spelled}" for column in self.headings.recognized)
        lines += (f"  {text}" for text in self.derived)
        proposed = {one.header for one in self.unread.proposals}
        others = [text for at, text in self.headings.passed.items() if self.headings.headers[at] not in proposed]
        if others:
            more = f" and {len(others) - LISTED:,} more" if len(others) > LISTED else ""
            lines.append(f"  passed through: {', '.join(others[:LISTED])}{more}")
        if absent := self.absent:
            lines.append(f"  no column gives {', '.join(absent)}: summed over the population's")
        for name, count in self.without.items():
            if count and name not in absent:
                lines.append(f"  {counted(count, 'row')} without {name}: summed over the population's")
        if self.silent:
            lines.append(f"  {counted(self.silent, 'row')} without any finding: the risk is anybody's")
        for outcome in self.outcomes:
            lines.append(f"  note: {outcome} was itself measured in this file")
        lines += [f"  {note}" for note in self.notes]
        return "\n".join(lines)


def _supposed(heading: Heading) -> bool:
    """Whether nobody said in which unit the numbers are."""
    return heading.unit is None


def _with_text_keys(value: Any) -> Any:
    return {str(key): _with_text_keys(one) for key, one in value.items()} if isinstance(value, dict) else value


def counted(number: int, thing: str) -> str:
    """So many of a thing.

    >>> counted(1, "row"), counted(2, "row")
    ('1 row', '2 rows')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
