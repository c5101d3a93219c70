"""The columns of a table that are understood, settled once from its headers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bn.cohort.reading.cells import Cells
from bn.cohort.reading.meaning import ColumnMeaning, Meaning, meanings
from bn.core.derive import Derived, PartHeading, derivable, heading_of
from bn.core.errors import QuestionError
from bn.core.heading import Heading
from bn.core.lexicon import has_line, toml_line
from bn.core.lexicon import parts as parts_of
from bn.core.names import Names, as_tuple, split_unit
from cpds.knowledge import nearest
from cpds.text import quotable


@dataclass(frozen=True)
class Recognized:
    """A column that was understood: its header, what it is, and the unit in which it is read."""

    header: str
    name: str
    unit: str | None

    @property
    def spelled(self) -> str:
        """The name with the unit behind it."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True)
class Headings:
    """`found` maps the position of a recognized column to what it is, `headers` holds all as they came.

    `passed` maps the position of an unrecognized column to its header as it is shown, `alone` are the positions of
    those that are left alone on purpose; `required` are the ids without which a row is an error. `parts` are columns
    from which the `derived` findings follow, `meanings` what the user says of columns, both by position; `single`
    are parts without their fellows, and `wanting` says why nothing follows from them. `unit_rows` are the places of
    rows of units, which are no data.
    """

    names: Names
    headers: tuple[str, ...]
    found: Mapping[int, Heading]
    passed: Mapping[int, str]
    required: tuple[str, ...]
    alone: frozenset[int] = frozenset()
    parts: Mapping[int, PartHeading] = field(default_factory=dict)
    derived: tuple[Derived, ...] = ()
    meanings: Mapping[int, ColumnMeaning] = field(default_factory=dict)
    single: Mapping[int, PartHeading] = field(default_factory=dict)
    wanting: tuple[str, ...] = ()
    unit_rows: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        names: Names,
        headers: Sequence[str],
        meaning: Meaning | None = None,
        require: str | Iterable[str] = (),
    ) -> Headings:
        """Read the headers; `meaning` says what some of them stand for, see `bn.cohort.reading.meaning`.

        Raises QuestionError when two columns give the same thing, a unit does not fit, a required column or
        one of `meaning` is absent, or what `meaning` says cannot be.
        """
        said = meanings(meaning)
        for header, one in said.items():
            if header not in headers:
                hint = nearest(quotable(header), list(map(quotable, headers)))
                raise QuestionError(f"no column '{quotable(header)}' to be read as '{quotable(one.name)}'{hint}")
        found: dict[int, Heading] = {}
        parts: dict[int, PartHeading] = {}
        passed: dict[int, str] = {}
        position_of: dict[str, int] = {}
        for position, header in enumerate(headers):
            heading = said[header].heading(names) if header in said else _heading(names, header)
            if heading is None:
                passed[position] = quotable(header) if header.strip() else f"column {position + 1} (no name)"
            elif heading.id in position_of:
                other = headers[position_of[heading.id]]
                both = f"columns '{quotable(other)}' and '{quotable(header)}'"
                sayable = header != other and has_line(header)
                way = f", or leave the other alone in meaning or --columns: {toml_line(header, '')}" if sayable else ""
                raise QuestionError(f"{both} both give {heading.id}; keep one{way}")
            else:
                position_of[heading.id] = position
                if isinstance(heading, Heading):
                    found[position] = replace(heading, header=quotable(header), column=header)
                else:
                    parts[position] = replace(heading, header=quotable(header), column=header)
        derived, lonely = derivable(names, {part.id: part for part in parts.values()})
        single = {position: part for position, part in parts.items() if part.id in lonely}
        wanting = []
        for position, part in single.items():
            finding, other = lonely[part.id]
            wanting.append(f"nothing follows from {part.header}: {finding} also needs {other}")
            passed[position] = parts.pop(position).header
        alone = frozenset(position for position in passed if headers[position] in said)
        required = tuple(names.resolve(name) for name in as_tuple(require))
        for name in required if found or derived else ():
            if name not in position_of and name not in {one.derivation.id for one in derived}:
                raise QuestionError(f"no column gives {name}, which is required")
        by_position = {position: said[header] for position, header in enumerate(headers) if header in said}
        return cls(
            names, tuple(headers), found, passed, required, alone, parts, derived, by_position, single, tuple(wanting)
        )

    @property
    def numeric(self) -> Mapping[int, bool]:
        """Positions of the columns that are read, and whether each holds numbers."""
        columns: dict[int, Heading | PartHeading] = {**self.found, **self.parts}
        return {position: heading.numeric is not None for position, heading in columns.items()}

    def column_of(self, name: str) -> str:
        """The header, as it came, of the column that gives a finding or a part of one."""
        read: dict[int, Heading | PartHeading] = {**self.found, **self.parts}
        return next(self.headers[position] for position, heading in read.items() if heading.id == name)

    def read(self, position: int, cells: Cells) -> Cells:
        """The cells of a column as the user says that they are meant."""
        return self.meanings[position].read(cells) if position in self.meanings else cells

    @property
    def recognized(self) -> tuple[Recognized, ...]:
        """The columns that were understood, in order."""
        return tuple(
            Recognized(
                self.headers[position],
                heading.id,
                (heading.unit or heading.numeric.unit) if heading.numeric else None,
            )
            for position, heading in self.found.items()
        )


def _heading(names: Names, header: str) -> Heading | PartHeading | None:
    """What a header stands for; none where its brackets hold a word, as in `insulin (fasting)`, rather than a unit."""
    try:
        return heading_of(names, header)
    except QuestionError:
        if set(parts_of(split_unit(header)[1] or "")) <= names.lexicon.beside:
            return None
        raise
