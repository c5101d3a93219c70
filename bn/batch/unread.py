"""Columns that were not read and may matter: what they may be, by their names and their cells, and what is missed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bn.batch.cells import Cells
from bn.batch.headings import Headings
from bn.batch.looks import fitting
from bn.meant import Meant
from cpds.quoting import quotable
from cpds.records import CONTEXT_ROLES

LOOKED, COMPARED = 1 << 14, 1 << 17
"""How many rows are looked at for what a column may be, and for whether ids repeat."""

CellsOf = Callable[[int, bool, int], Cells]
"""Cells of a column by its position, whether numbers are expected in it, and of how many rows (or more) from the first.
"""


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


def look(headings: Headings, cells_of: CellsOf | None = None) -> Unread:
    """What is to be said of the columns that were not read; without their cells, by their names alone.

    Two columns are never proposed for the same thing, nor one for what another column gives.
    """
    lexicon = headings.names.lexicon
    taken = {heading.id for heading in headings.found.values()}
    proposals: list[Proposal] = []
    repeated: list[str] = []
    others = 0
    for position, shown in headings.passed.items():
        header = headings.headers[position]
        if lexicon.is_person(header):
            if cells_of and _repeats(cells_of(position, False, COMPARED)):
                repeated.append(shown)
            continue
        if position in headings.alone:
            continue
        others += 1
        warned = lexicon.warned(header)
        if warned:
            proposals.append(Proposal(header, None, warned))
        elif (meant := lexicon.meant(header)) and meant.id not in taken:
            found = _fitting(headings, meant, position, cells_of)
            if found:
                taken.add(found.id)
                proposals.append(Proposal(header, found, _to_check(found)))
    return Unread(tuple(proposals), _missed(headings) if others else (), tuple(repeated))


def _fitting(headings: Headings, meant: Meant, position: int, cells_of: CellsOf | None) -> Meant | None:
    if cells_of is None:
        return meant if meant.sure else replace(meant, values={}, missing=())
    numeric = meant.id in headings.names.lexicon.units or meant.unit is not None
    return fitting(headings.names, meant, cells_of(position, numeric, LOOKED))


def _to_check(meant: Meant) -> str:
    """What a user should check of codes that only a habit explains."""
    return "check what the codes mean" if meant.values and not meant.sure else ""


def _missed(headings: Headings) -> tuple[str, ...]:
    """The context variables, where no column speaks of any of them."""
    context = [name for name, one in headings.names.knowledge.variables.items() if one.role in CONTEXT_ROLES]
    spoken = {heading.variable.id for heading in headings.found.values()}
    return () if spoken & set(context) else tuple(context)


def _repeats(cells: Cells) -> bool:
    """Whether some row says what another one said before."""
    codes = cells.codes[cells.codes >= 0]
    numbers = np.asarray(cells.numbers, dtype=float)[codes]
    said = codes if np.isnan(numbers).any() else numbers
    return len(np.unique(said)) < len(said)
