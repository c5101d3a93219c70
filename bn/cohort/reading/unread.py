"""Columns that were not read and may matter: what they may be, by their names and a few of their cells.

A name alone proposes; the cells decide whether it fits, in which unit and with which codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bn.cohort.reading.cells import Cells
from bn.cohort.reading.codes import accepted, as_code, code_of, looks_missing, missing_codes
from bn.cohort.reading.first_rows import FirstRows
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.meaning import parse
from bn.cohort.reading.read_options import ReadOptions
from bn.cohort.reading.suspect_units import better_unit, distance
from bn.cohort.reading.unit_rows import LOOKED_AT, stated_unit
from bn.core.derive import PartHeading, heading_of
from bn.core.errors import NothingReadError, QuestionError
from bn.core.evidence import Indices
from bn.core.heading import Heading
from bn.core.lexicon import NameGuess
from bn.core.names import Names
from bn.core.toml_line import has_line, toml_line
from cpds.records import CONTEXT_ROLES, Quantity
from cpds.table import Array
from cpds.text import quotable
from cpds.units import ReadingError, accepted_units

TRIED, READABLE = 64, 0.8
"""How many different values are tried, and the share of them that must be readable; assumed."""
_FLAGS = frozenset({"0", "1", "yes", "no", "y", "n", "true", "false"})


@dataclass(frozen=True)
class Proposal:
    """What the column `header` may stand for; without `meant`, `remark` says why it is no such thing.

    Of columns with the same name, which are `ambiguous`, nothing can be said.
    """

    header: str
    meant: NameGuess | None
    remark: str = ""
    ambiguous: bool = False

    @property
    def line(self) -> str:
        """The line for a file for `--columns`, with what is to be checked behind it; a remark where there is none."""
        if self.ambiguous or not has_line(self.header):
            return f"# {quotable(self.header)} {self.remark}"
        return toml_line(self.header, self.said) + (f"  # {self.remark}" if self.remark else "")

    @property
    def said(self) -> str | dict[str, Any]:
        """What `meaning` takes; an empty text leaves alone what is no such thing."""
        return self.meant.said if self.meant else ""


@dataclass(frozen=True)
class Unread:
    """`proposals` for columns that look like something; `missed` are the context variables where none was read.

    `repeated` are columns that name people and name some of them in several rows, `visits` those that tell these rows
    apart.
    """

    proposals: tuple[Proposal, ...] = ()
    missed: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    visits: tuple[str, ...] = ()

    @property
    def meaning(self) -> dict[str, Any]:
        """What `meaning` takes if all columns are what they seem."""
        return {one.header: one.said for one in self.proposals if not one.ambiguous}

    @property
    def unread_columns(self) -> list[str]:
        """What the rows were answered without, in words."""
        texts = []
        if self.proposals:
            several = len(self.proposals) > 1
            what = f"{len(self.proposals)} columns that look" if several else "a column that looks"
            texts.append(f"{what} like findings {'were' if several else 'was'} not read; rows are answered without")
        if self.missed:
            texts.append(f"no column gives any of {', '.join(self.missed)}; they are summed over the population's")
        return texts

    @property
    def repeated_ids(self) -> list[str]:
        """That rows of one person count as several, in words."""
        if self.visits:
            how = f"a row a visit ({', '.join(self.visits)}): each is answered by itself, and nothing is carried over"
            return [f"{header} repeats, {how} from one to another" for header in self.repeated]
        return [f"{header} repeats: its rows are answered as those of independent people" for header in self.repeated]


def review(headings: Headings, rows: FirstRows | None = None) -> Unread:
    """What is to be said of the columns that were not read; without its first `rows`, by their names alone.

    Two columns are never proposed for the same thing, nor one for what another column gives, nor a part from which
    nothing would follow.
    """
    lexicon, knowledge = headings.names.lexicon, headings.names.knowledge
    taken = {*headings.position_of, *(one.derivation.id for one in headings.derived)}
    taken |= {part for part, _ in headings.unpaired.values()}
    proposals: list[Proposal] = []
    repeated: list[str] = []
    others = False
    for position, shown in headings.passed.items():
        header = headings.headers[position]
        if lexicon.is_person(header):
            if rows and rows.repeats(position):
                repeated.append(shown)
        elif header not in headings.meanings:
            others = True
            if position in headings.unpaired:
                continue
            if warning := headings.names.latent(header) or lexicon.warned(header):
                proposals.append(Proposal(header, None, warning))
            elif (
                (meant := lexicon.guess(header) or lexicon.guess(headings.titles.get(position, "")))
                and meant.id not in taken
                and (fitting := _fitting(headings, meant, position, rows))
            ):
                taken.add(fitting.id)
                proposals.append(_proposal(headings, header, fitting))
    of_use = {
        part
        for one in knowledge.derivations.values()
        if one.id not in taken and taken >= set(one.of.values())
        for part in one.of.values()
    }
    useful = (
        one for one in proposals if one.meant is None or one.meant.id in of_use or one.meant.id not in knowledge.parts
    )
    context = [one.id for one in knowledge.variables.values() if one.role in CONTEXT_ROLES]
    missed = headings.missed if others and len(headings.missed) == len(context) else ()
    visits = tuple(shown for at, shown in headings.passed.items() if lexicon.is_visit(headings.headers[at]))
    return Unread(tuple(useful), missed, tuple(repeated), visits)


def _proposal(headings: Headings, header: str, meant: NameGuess) -> Proposal:
    if headings.headers.count(header) > 1:
        remark = f"is the name of several columns; give each its own name, one may be {meant.name}"
        return Proposal(header, meant, remark, ambiguous=True)
    return Proposal(header, meant, "check what the codes mean" if meant.values and not meant.sure else "")


def known_headings(names: Names, headers: Sequence[str], options: ReadOptions) -> Headings:
    """The headings of a table of which some column is known; raises QuestionError as `Headings.of`.

    Where none is known it is a NothingReadError, which says what the columns may be by their names.
    """
    headings = Headings.of(names, headers, options)
    if headings.columns:
        return headings
    unread = review(headings)
    variables, biomarkers = names.knowledge.variables, names.knowledge.biomarkers
    examples = [name for name, variable in variables.items() if variable.role in CONTEXT_ROLES]
    hint = f"expected names such as {', '.join([*examples, *list(biomarkers)[:6]])}"
    if unread.meaning:
        hint = f"if they are what they seem, pass meaning={unread.meaning!r}"
    raise NothingReadError(f"no column is recognized; {hint}", [one.line for one in unread.proposals])


def _fitting(headings: Headings, meant: NameGuess, position: int, rows: FirstRows | None) -> NameGuess | None:
    """What the name may mean in the unit, or with the codes, that make the cells readable; None where nothing does.

    A number is no flag: a column of 0 and 1, or of yes and no, is no concentration. Where no cell has a value, only
    a name that is sure counts. A unit in a row of units, or above the numbers, is that of the column.
    """
    names = headings.names
    if rows is None:
        return meant if meant.sure else replace(meant, values={}, missing=())
    heading = heading_of(names, meant.name)
    if heading is None:
        return None
    cells = rows.cells(position, meant.id in names.lexicon.units or meant.unit is not None)
    unit, row = _stated(heading, cells, rows.unit_rows or range(LOOKED_AT))
    cells = cells.without_rows(np.array([*rows.unit_rows, *([] if row is None else [row])], dtype=np.int64))
    if unit and meant.id in names.lexicon.units:
        meant = replace(meant, unit=unit)
    sample = _Sample.of(names, cells)
    if not sample.values:
        return meant if meant.sure else None
    if heading.numeric is None:
        return sample.as_states(replace(meant, values={}, missing=())) or sample.as_states(meant)
    if len(cells.codes) > 1 and {_plain(value) for value in sample.values} <= _FLAGS:
        return None
    fitting = [one] if (one := sample.as_numbers(meant)) else []
    if not fitting and not meant.unit:
        others = (replace(meant, unit=unit) for unit in accepted_units(heading.numeric)[1:] if "@" not in unit)
        fitting = [found for one in others if (found := sample.as_numbers(one))]
    marker = heading.marker if isinstance(heading, Heading) else None
    if not fitting or meant.unit or not isinstance(marker, Quantity):
        return fitting[0] if fitting else None
    some = cells.some_numbers()
    some = some[~np.isin(some, [float(code) for one in fitting for code in one.missing])]
    best = min(fitting, key=lambda one: distance(marker, one.unit, some))
    other = better_unit(marker, best.unit, some)
    return replace(best, unit=other.unit) if other else best


def _stated(heading: Heading | PartHeading, cells: Cells, rows: Sequence[int]) -> tuple[str | None, int | None]:
    """The unit that a cell of some rows above the first number is, and its row."""
    for row in rows if heading.numeric else ():
        code = cells.codes[row] if row < len(cells.codes) else -1
        if code >= 0 and not np.isnan(cells.numbers[code]):
            break
        if heading.numeric and code >= 0 and isinstance(cells.values[code], str):
            with suppress(ReadingError):
                return stated_unit(heading.numeric, cells.values[code])[0], row
    return None, None


@dataclass(frozen=True)
class _Sample:
    """Some different values of a column, which of them are plain numbers, and how many cells hold each."""

    names: Names
    values: Sequence[Any]
    numbers: Array
    counts: Array

    @classmethod
    def of(cls, names: Names, cells: Cells) -> _Sample:
        codes, counts = np.unique(cells.codes[cells.codes >= 0], return_counts=True)
        few = slice(None, None, max(1, len(codes) // TRIED))
        numbers = np.asarray(cells.numbers, dtype=float)[codes[few]]
        return cls(names, [cells.values[code] for code in codes[few].tolist()], numbers, counts[few].astype(float))

    def as_numbers(self, meant: NameGuess) -> NameGuess | None:
        """What is meant, and by which codes nothing, where most other cells can then be read as numbers or texts."""
        heading = heading_of(self.names, meant.name)
        if heading is None or heading.numeric is None:
            return None
        missing = missing_codes(heading.numeric, self.numbers, meant.unit)
        left, texts = ~np.isin(self.numbers, list(missing)), np.flatnonzero(np.isnan(self.numbers))
        if not left.any():
            return None
        fine = self.counts[left & accepted(heading.numeric, self.numbers, heading.unit)].sum()
        fine += _share(self._readable(meant, texts), self.counts[texts]) * self.counts[texts].sum()
        if fine / self.counts[left].sum() < READABLE:
            return None
        return replace(meant, missing=(*meant.missing, *(str(as_code(code)) for code in sorted(missing))))

    def as_states(self, meant: NameGuess) -> NameGuess | None:
        """The same of words and codes; those that cannot be read and look like missing values are taken as such."""
        every = np.arange(len(self.values))
        readable = zip(self.values, self._readable(meant, every), strict=True)
        unread = [value for value, fine in readable if fine != 1 and looks_missing(code_of(value))]
        if len(unread) < len(self.values):
            meant = replace(meant, missing=(*meant.missing, *sorted({_plain(value) for value in unread})))
        return meant if _share(self._readable(meant, every), self.counts) >= READABLE else None

    def _readable(self, meant: NameGuess, places: Indices) -> Array:
        """Which values can be read, by one person's rules, once codes are put in words: 1, else 0, NaN for missing."""
        readable = np.zeros(len(places))
        heading = heading_of(self.names, meant.name)
        if heading is None:
            return readable
        for number, place in enumerate(places.tolist()):
            value = self.values[place]
            code = _plain(value)
            if code in meant.missing:
                readable[number] = np.nan
                continue
            with suppress(QuestionError, ReadingError, TypeError):
                value = int(value) if isinstance(value, float) and value.is_integer() else value
                parse(heading, meant.values.get(code, value))
                readable[number] = 1
        return readable


def _share(readable: Array, counts: Array) -> float:
    """The share of cells that can be read, of those that are not missing."""
    there = ~np.isnan(readable)
    return float(np.average(readable[there], weights=counts[there])) if there.any() else 0.0


def _plain(value: Any) -> str:
    """A value as a code: `1.0` is `1`."""
    return quotable(value).strip().lower().removesuffix(".0")
