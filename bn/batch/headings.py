"""The columns of a table that are understood, settled once from its headers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bn.errors import QuestionError
from bn.names import Names, each
from bn.observe import Heading
from cpds.knowledge import nearest
from cpds.quoting import quotable
from cpds.records import CONTEXT_ROLES


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
    those that are left alone on purpose; `required` are the ids without which a row is an error.
    """

    names: Names
    headers: tuple[str, ...]
    found: Mapping[int, Heading]
    passed: Mapping[int, str]
    required: tuple[str, ...]
    alone: frozenset[int] = frozenset()

    @classmethod
    def of(
        cls,
        names: Names,
        headers: Sequence[str],
        meaning: Mapping[str, str] | None = None,
        require: str | Iterable[str] = (),
    ) -> Headings:
        """Read the headers; `meaning` maps a header to the name (and unit) that it stands for, empty to leave it alone.

        Raises QuestionError when two columns give the same thing, a unit does not fit, a required column or
        one of `meaning` is absent, or no column is recognized.
        """
        meaning = meaning or {}
        for header in meaning:
            if header not in headers:
                hint = nearest(quotable(header), list(map(quotable, headers)))
                raise QuestionError(f"no column '{quotable(header)}' to be read as '{quotable(meaning[header])}'{hint}")
        found: dict[int, Heading] = {}
        passed: dict[int, str] = {}
        position_of: dict[str, int] = {}
        for position, header in enumerate(headers):
            heading = Heading.of(names, meaning.get(header, header))
            if heading is None:
                if meaning.get(header):
                    raise names.unknown(meaning[header])
                passed[position] = quotable(header) if header.strip() else f"column {position + 1} (no name)"
            elif heading.id in position_of:
                other = headers[position_of[heading.id]]
                both = f"columns '{quotable(other)}' and '{quotable(header)}'"
                raise QuestionError(f"{both} both give {heading.id}; keep one")
            else:
                position_of[heading.id] = position
                found[position] = replace(heading, header=quotable(header))
        if not found:
            raise QuestionError(f"no column is recognized; expected names such as {_examples(names)}")
        required = tuple(names.resolve(name) for name in each(require))
        for name in required:
            if name not in position_of:
                raise QuestionError(f"no column gives {name}, which is required")
        alone = frozenset(position for position in passed if headers[position] in meaning)
        return cls(names, tuple(headers), found, passed, required, alone)

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


def _examples(names: Names) -> str:
    knowledge = names.knowledge
    some = [name for name, variable in knowledge.variables.items() if variable.role in CONTEXT_ROLES]
    return ", ".join([*some, *list(knowledge.biomarkers)[:6]])
