"""What each column of a table stands for: by its header, by what the user says, and by what the file says itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from bn.cohort.reading.cells import Cells
from bn.cohort.reading.dictionaries import said_of
from bn.cohort.reading.joining import boxes_of, joined, refuse_unjoinable, where_answered
from bn.cohort.reading.labels import ValueLabels
from bn.cohort.reading.meaning import ColumnMeaning
from bn.cohort.reading.read_options import ReadOptions
from bn.core.derive import Derived, PartHeading, derivable, heading_of
from bn.core.errors import QuestionError
from bn.core.heading import Heading
from bn.core.lexicon import parts as parts_of
from bn.core.names import Names, as_tuple, split_unit
from bn.core.toml_line import has_line, toml_line
from cpds.records import CONTEXT_ROLES
from cpds.text import quotable


@dataclass(frozen=True)
class Headings:
    """`columns` maps the position of a recognized column to what it is: findings, then parts; `headers` are all.

    `passed` maps the position of an unrecognized column to its header as it is shown; `required` are the ids without
    which a row is an error. `derived` findings follow from the parts; `unpaired` are parts without their fellows, by
    position, each with its id and why nothing follows from it. `meanings` are what the user says, by header.
    `unit_rows` are the places of rows of units, which are no data. `labels` are what the file itself says of codes, by
    position, of columns that were not read too, and `titles` what it calls columns in words. `joined` are the further
    columns that are read together with one of `columns`, by its position; `boxes` the checkboxes beside those that are
    read.
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
    labels: Mapping[int, ValueLabels] = field(default_factory=dict)
    joined: Mapping[int, Mapping[int, Heading | PartHeading]] = field(default_factory=dict)
    boxes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    titles: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Names, headers: Sequence[str], options: ReadOptions) -> Headings:
        """Read the headers.

        Raises QuestionError when two columns give the same thing, a unit does not fit, a required column or one of
        `options.meaning` is absent, or what that says cannot be.
        """
        meanings = said_of(names, headers, options.said)
        columns: dict[int, Heading | PartHeading] = {}
        joined: dict[int, dict[int, Heading | PartHeading]] = {}
        passed: dict[int, str] = {}
        position_of: dict[str, int] = {}
        for position, header in enumerate(headers):
            heading = meanings[header].heading(names) if header in meanings else _heading(names, header)
            if heading is None:
                passed[position] = quotable(header) if header.strip() else f"column {position + 1} (no name)"
                continue
            heading = replace(heading, header=quotable(header), column=header)
            if heading.id in position_of:
                first = position_of[heading.id]
                if not _are_joined(meanings.get(headers[first]), meanings.get(header), heading):
                    raise _both_give(heading.id, headers[first], header)
                joined.setdefault(first, {})[position] = heading
                together = f"{columns[first].header} + {heading.header}"
                columns[first] = replace(columns[first], header=together)
                continue
            position_of[heading.id] = position
            columns[position] = heading
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
        read = {*ordered, *(at for others in joined.values() for at in others)}
        boxes = {position: boxes for position, boxes in boxes_of(headers).items() if position in read}
        return cls(
            names,
            tuple(headers),
            ordered,
            passed,
            required,
            derived,
            unpaired,
            meanings,
            joined={position: several for position, several in joined.items() if position in ordered},
            boxes=boxes,
        )

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
        for position, first in self.findings.items():
            for heading in (first, *self.joined.get(position, {}).values()):
                unit = heading.unit or heading.numeric.unit if heading.numeric else ""
                found.append((quotable(heading.column or ""), f"{heading.id} [{unit}]" if unit else heading.id))
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

    @cached_property
    def every(self) -> Mapping[int, Heading | PartHeading]:
        """All columns that are read, those that are read together with others among them."""
        found = dict(self.columns)
        for several in self.joined.values():
            found |= several
        return found

    @cached_property
    def wanted(self) -> Mapping[int, bool]:
        """Positions of all columns whose cells are needed, and whether they hold numbers."""
        boxes = {box: False for several in self.boxes.values() for box in several}
        return {**boxes, **{position: heading.numeric is not None for position, heading in self.every.items()}}

    def cells(self, found: Mapping[int, Cells]) -> dict[int, Cells]:
        """The cells of the recognized columns, as they are meant, from those of all `wanted` columns as they stand."""
        answered = {
            position: where_answered(cells, [found[box] for box in self.boxes[position]])
            if position in self.boxes
            else cells
            for position, cells in found.items()
        }
        read = {position: self.read(position, answered[position]) for position in self.wanted}
        cells = {position: read[position] for position in self.columns}
        for first, others in self.joined.items():
            how = self.meanings[self.headers[first]].together or "first"
            several = {first: self.columns[first], **others}
            order = [header for header in self.meanings if header in {self.headers[at] for at in several}]
            ranked = sorted(several, key=lambda at: order.index(self.headers[at]))
            cells[first] = joined(how, self.columns[first], [(several[at], read[at]) for at in ranked])
        return cells

    def read(self, position: int, cells: Cells) -> Cells:
        """The cells of a column as the user says that they are meant, and the file where the user says nothing."""
        meaning = self.meaning(position)
        if position in self.labels and (meaning is None or meaning.labels):
            cells = self.labels[position].read(cells, meaning.codes if meaning else ())
        return meaning.read(cells) if meaning else cells


def _heading(names: Names, header: str) -> Heading | PartHeading | None:
    """What a header stands for; none where its brackets hold a word, as in `insulin (fasting)`, rather than a unit."""
    try:
        return heading_of(names, header)
    except QuestionError:
        if set(parts_of(split_unit(header)[1] or "")) <= names.lexicon.beside:
            return None
        raise


def _are_joined(one: ColumnMeaning | None, other: ColumnMeaning | None, heading: Heading | PartHeading) -> bool:
    """Whether both columns are said to be read together. Raises QuestionError where that cannot be."""
    if not (one and other and one.together and one.together == other.together):
        return False
    refuse_unjoinable(one.together, heading, other.where)
    return True


def _both_give(name: str, one: str, other: str) -> QuestionError:
    sayable = one != other and has_line(other)
    way = f", or leave the other alone in meaning or --columns: {toml_line(other, '')}" if sayable else ""
    return QuestionError(f"columns '{quotable(one)}' and '{quotable(other)}' both give {name}; keep one{way}")
