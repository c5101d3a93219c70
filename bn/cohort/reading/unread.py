"""Columns that were not read and may matter: what they may be, by their names and their cells, and what is missed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from bn.cohort.reading.cells import Cells
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.looks import fitting
from bn.cohort.reading.meaning import Meaning
from bn.core.errors import NothingReadError
from bn.core.lexicon import NameGuess, has_line, toml_line
from bn.core.names import Names
from cpds.records import CONTEXT_ROLES
from cpds.text import quotable


class Looked(Protocol):
    """The first rows of a table, of which any column can be looked at by its position."""

    def cells(self, position: int, numeric: bool) -> Cells:
        """Its cells; `numeric` says that numbers are expected."""

    def repeats(self, position: int) -> bool:
        """Whether it names somebody more than once."""

    @property
    def unit_rows(self) -> Sequence[int]:
        """The places among the cells of the rows of units, which are no data."""


@dataclass(frozen=True)
class Proposal:
    """What the column `header` may stand for; without `meant`, `told` says why it is no such thing.

    Of columns with the same name, which are `alike`, nothing can be said.
    """

    header: str
    meant: NameGuess | None
    told: str = ""
    alike: bool = False

    @property
    def line(self) -> str:
        """The line for a file for `--columns`, with what is to be checked behind it; a remark where there is none."""
        if self.alike or not has_line(self.header):
            return f"# {quotable(self.header)} {self.told}"
        return toml_line(self.header, self.said) + (f"  # {self.told}" if self.told else "")

    @property
    def said(self) -> str | dict[str, Any]:
        """What `meaning` takes; an empty text leaves alone what is no such thing."""
        return self.meant.said if self.meant else ""


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
        return {one.header: one.said for one in self.proposals if not one.alike}


def look(headings: Headings, rows: Looked | None = None) -> Unread:
    """What is to be said of the columns that were not read; without its first `rows`, by their names alone.

    Two columns are never proposed for the same thing, nor one for what another column gives, nor a part from which
    nothing would follow.
    """
    lexicon = headings.names.lexicon
    parts = {part.id for part in (*headings.parts.values(), *headings.single.values())}
    taken = parts | {one.id for one in headings.found.values()} | {one.derivation.id for one in headings.derived}
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
        if position in headings.single:
            continue
        warned = headings.names.latent(header) or lexicon.warned(header)
        if warned:
            proposals.append(Proposal(header, None, warned))
        elif (meant := lexicon.guess(header)) and meant.id not in taken:
            found = _fitting(headings, meant, position, rows)
            if found:
                taken.add(found.id)
                proposals.append(_proposal(headings, header, found))
    useful = _useful(headings, taken, proposals)
    return Unread(useful, _missed(headings) if others else (), tuple(repeated))


def _useful(headings: Headings, taken: set[str], proposals: list[Proposal]) -> tuple[Proposal, ...]:
    """The proposals without parts whose finding is given or proposed itself, or that lack their fellows."""
    knowledge = headings.names.knowledge
    of_use = {
        part
        for one in knowledge.derivations.values()
        if one.id not in taken and taken >= set(one.of.values())
        for part in one.of.values()
    }
    return tuple(
        one for one in proposals if one.meant is None or one.meant.id in of_use or one.meant.id not in knowledge.parts
    )


def _fitting(headings: Headings, meant: NameGuess, position: int, rows: Looked | None) -> NameGuess | None:
    if rows is None:
        return meant if meant.sure else replace(meant, values={}, missing=())
    numeric = meant.id in headings.names.lexicon.units or meant.unit is not None
    return fitting(headings.names, meant, rows.cells(position, numeric), rows.unit_rows)


def _proposal(headings: Headings, header: str, meant: NameGuess) -> Proposal:
    if headings.headers.count(header) > 1:
        told = f"stands above several columns; give each its own name, one may be {meant.name}"
        return Proposal(header, meant, told, alike=True)
    return Proposal(header, meant, _to_check(meant))


def _to_check(meant: NameGuess) -> str:
    """What a user should check of codes that only a habit explains."""
    return "check what the codes mean" if meant.values and not meant.sure else ""


def _missed(headings: Headings) -> tuple[str, ...]:
    """The context variables, where no column speaks of any of them."""
    missed = without_column(headings)
    context = [one for one in headings.names.knowledge.variables.values() if one.role in CONTEXT_ROLES]
    return missed if len(missed) == len(context) else ()


def without_column(headings: Headings) -> tuple[str, ...]:
    """The context variables of which no column speaks."""
    given = [*headings.found.values(), *(one.heading for one in headings.derived)]
    spoken = {heading.variable.id for heading in given}
    variables = headings.names.knowledge.variables.items()
    return tuple(name for name, one in variables if one.role in CONTEXT_ROLES and name not in spoken)


def known_headings(
    names: Names, headers: Sequence[str], meaning: Meaning | None = None, require: str | Iterable[str] = ()
) -> Headings:
    """The headings of a table of which some column is known; raises QuestionError as `Headings.of`.

    Where none is known it is a NothingReadError, which says what the columns may be by their names.
    """
    headings = Headings.of(names, headers, meaning, require)
    if headings.found or headings.derived:
        return headings
    unread = look(headings)
    said = unread.meaning
    expected = f"expected names such as {_examples(names)}"
    way = f"if they are what they seem, pass meaning={said!r}" if said else expected
    raise NothingReadError(f"no column is recognized; {way}", [one.line for one in unread.proposals])


def _examples(names: Names) -> str:
    knowledge = names.knowledge
    some = [name for name, variable in knowledge.variables.items() if variable.role in CONTEXT_ROLES]
    return ", ".join([*some, *list(knowledge.biomarkers)[:6]])
