"""Columns that were not read and may matter: what they may be, by their names and their cells, and what is missed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

from bn.cohort.reading.cells import Cells
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.looks import fitting
from bn.core.meant import Meant
from cpds.quoting import quotable
from cpds.records import CONTEXT_ROLES


class Looked(Protocol):
    """The first rows of a table, of which any column can be looked at by its position."""

    def cells(self, position: int, numeric: bool) -> Cells:
        """Its cells; `numeric` says that numbers are expected."""

    def repeats(self, position: int) -> bool:
        """Whether it names somebody more than once."""


@dataclass(frozen=True)
class Proposal:
    """What the column `header` may stand for; without `meant`, `told` says why it is no such thing."""

    header: str
    meant: Meant | None
    told: str = ""

    @property
    def line(self) -> str:
        """The line for a file for `--columns`, with what is to be checked behind it."""
        if self.meant is None:
            return f"# {self._quoted}: {self.told}"
        return self.meant.toml(self.header) + (f"  # {self.told}" if self.told else "")

    @property
    def _quoted(self) -> str:
        return f'"{quotable(self.header)}"'


@dataclass(frozen=True)
class Unread:
    """`proposals` for columns that look like something; `missed` are the context variables where none was read.

    `repeated` are columns that tell people apart and do so for several rows alike.
    """

    proposals: tuple[Proposal, ...] = ()
    missed: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()

    @property
    def meaning(self) -> dict[str, Any]:
        """What `meaning` takes if all columns are what they seem."""
        return {one.header: one.meant.said for one in self.proposals if one.meant}


def look(headings: Headings, rows: Looked | None = None) -> Unread:
    """What is to be said of the columns that were not read; without its first `rows`, by their names alone.

    Two columns are never proposed for the same thing, nor one for what another column gives.
    """
    lexicon = headings.names.lexicon
    taken = {heading.id for heading in headings.found.values()} | {one.derivation.id for one in headings.derived}
    proposals: list[Proposal] = []
    repeated: list[str] = []
    others = 0
    for position, shown in headings.passed.items():
        header = headings.headers[position]
        if lexicon.is_person(header):
            if rows and rows.repeats(position):
                repeated.append(shown)
            continue
        if position in headings.alone:
            continue
        others += 1
        warned = lexicon.warned(header)
        if warned:
            proposals.append(Proposal(header, None, warned))
        elif (meant := lexicon.meant(header)) and meant.id not in taken:
            found = _fitting(headings, meant, position, rows)
            if found:
                taken.add(found.id)
                proposals.append(Proposal(header, found, _to_check(found)))
    return Unread(tuple(proposals), _missed(headings) if others else (), tuple(repeated))


def _fitting(headings: Headings, meant: Meant, position: int, rows: Looked | None) -> Meant | None:
    if rows is None:
        return meant if meant.sure else replace(meant, values={}, missing=())
    numeric = meant.id in headings.names.lexicon.units or meant.unit is not None
    return fitting(headings.names, meant, rows.cells(position, numeric))


def _to_check(meant: Meant) -> str:
    """What a user should check of codes that only a habit explains."""
    return "check what the codes mean" if meant.values and not meant.sure else ""


def _missed(headings: Headings) -> tuple[str, ...]:
    """The context variables, where no column speaks of any of them."""
    context = [name for name, one in headings.names.knowledge.variables.items() if one.role in CONTEXT_ROLES]
    given = [*headings.found.values(), *(one.heading for one in headings.derived)]
    spoken = {heading.variable.id for heading in given}
    return () if spoken & set(context) else tuple(context)
