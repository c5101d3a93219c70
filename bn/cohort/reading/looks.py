"""Whether the cells of a column look like what its name may mean, tried on a few of its different values."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bn.cohort.reading.cells import Cells, silenced
from bn.cohort.reading.meaning import as_code, code_of
from bn.cohort.reading.missing import is_missing, standing_apart
from bn.cohort.reading.stated import LOOKED_AT, stated_unit
from bn.cohort.reading.suspect import better_unit, distance
from bn.core.derive import PartHeading, heading_of
from bn.core.errors import QuestionError
from bn.core.heading import Heading
from bn.core.lexicon import NameGuess
from bn.core.names import Names
from cpds.records import Quantity
from cpds.table import Array
from cpds.text import quotable
from cpds.units import ReadingError, accepted_units

TRIED, READABLE = 64, 0.8
"""How many different values are tried, and the share of them that must be readable; assumed."""

_FLAGS = frozenset({"0", "1", "yes", "no", "y", "n", "true", "false"})


def fitting(names: Names, meant: NameGuess, cells: Cells, unit_rows: Sequence[int] = ()) -> NameGuess | None:
    """What the name may mean in the unit, or with the codes, that make the cells readable; None where nothing does.

    A number is no flag: a column of 0 and 1, or of yes and no, is no concentration. Where no cell says anything, only
    a name that is sure counts. A unit in one of `unit_rows`, or above the numbers, is that of the column.
    """
    heading = heading_of(names, meant.name)
    if heading is None:
        return None
    unit, row = _stated(heading, cells, unit_rows or range(LOOKED_AT))
    cells = silenced(cells, np.array([*unit_rows, *([] if row is None else [row])], dtype=np.int64))
    meant = replace(meant, unit=unit) if unit and meant.id in names.lexicon.units else meant
    codes, counts = _different(cells)
    values = [cells.values[code] for code in codes]
    if not values:
        return meant if meant.sure else None
    numeric = heading.numeric
    if numeric is not None and len(cells.codes) > 1 and {_plain(value) for value in values} <= _FLAGS:
        return None
    if numeric is None:
        uncoded = replace(meant, values={}, missing=())
        coded = (_with_missing(names, one, values) for one in (uncoded, meant))
        return next((one for one in coded if _readable(names, one, values, counts) >= READABLE), None)
    column = _Column(names, numeric, np.asarray(cells.numbers, dtype=float)[codes], values, counts)
    fine = [one] if (one := column.readable(meant)) else []
    if not fine and not meant.unit:
        others = (replace(meant, unit=unit) for unit in accepted_units(numeric)[1:] if "@" not in unit)
        fine = [found for one in others if (found := column.readable(one))]
    marker = heading.marker if isinstance(heading, Heading) else None
    if not fine or meant.unit or not isinstance(marker, Quantity):
        return fine[0] if fine else None
    some = cells.some_numbers()
    some = some[~np.isin(some, [float(code) for one in fine for code in one.missing])]
    best = min(fine, key=lambda one: distance(marker, one.unit, some))
    other = better_unit(marker, best.unit, some)
    return replace(best, unit=other.unit) if other else best


def _stated(heading: Heading | PartHeading, cells: Cells, rows: Sequence[int]) -> tuple[str | None, int | None]:
    """The unit that a cell of some rows above the first number is, and its row."""
    for row in rows if heading.numeric is not None else ():
        code = cells.codes[row] if row < len(cells.codes) else -1
        if code >= 0 and not np.isnan(cells.numbers[code]):
            break
        value = cells.values[code] if code >= 0 else None
        if heading.numeric is not None and isinstance(value, str):
            with suppress(ReadingError):
                return stated_unit(heading.numeric, value)[0], row
    return None, None


def _different(cells: Cells) -> tuple[list[int], Array]:
    """Some of the different values, by code, and how many cells hold each."""
    codes, counts = np.unique(cells.codes[cells.codes >= 0], return_counts=True)
    few = slice(None, None, max(1, len(codes) // TRIED))
    return codes[few].tolist(), counts[few].astype(float)


@dataclass(frozen=True)
class _Column:
    """Some different values of a column of `marker`, which of them are plain numbers, and how often each stands."""

    names: Names
    marker: Quantity
    numbers: Array
    values: Sequence[Any]
    counts: Array

    def readable(self, meant: NameGuess) -> NameGuess | None:
        """What is meant, and by which codes nothing, where most other cells can then be read as numbers or texts."""
        heading = heading_of(self.names, meant.name)
        if heading is None or heading.numeric is None:
            return None
        apart = standing_apart(heading.numeric, self.numbers, meant.unit)
        left = ~np.isin(self.numbers, list(apart))
        if not left.any():
            return None
        low, high = heading.numeric.accepted
        canonical = self.numbers * heading.factor + heading.offset
        fine = float(self.counts[left & (canonical >= low) & (canonical <= high)].sum())
        texts = np.flatnonzero(np.isnan(self.numbers)).tolist()
        others = [self.values[place] for place in texts]
        fine += _readable(self.names, meant, others, self.counts[texts]) * self.counts[texts].sum() if others else 0
        if fine / self.counts[left].sum() < READABLE:
            return None
        return replace(meant, missing=(*meant.missing, *(str(as_code(code)) for code in sorted(apart))))


def _readable(names: Names, meant: NameGuess, values: Sequence[Any], counts: Array) -> float:
    """The share of cells that can be read, by one person's rules, once codes are put in words; others are left out.

    Cells that say nothing by such a code do not count.
    """
    heading = heading_of(names, meant.name)
    if heading is None:
        return 0.0
    read = heading.weights if isinstance(heading, Heading) and heading.says_state else heading.reading
    fine = said = 0.0
    for value, count in zip(values, counts.tolist(), strict=True):
        code = _plain(value)
        if code in meant.missing:
            continue
        said += count
        try:
            read(meant.values.get(code, int(value) if isinstance(value, float) and value.is_integer() else value))
            fine += count
        except (QuestionError, ReadingError, TypeError):
            continue
    return fine / said if said else 0.0


def _with_missing(names: Names, meant: NameGuess, values: Sequence[Any]) -> NameGuess:
    """The same, saying nothing also where a code or word that cannot be read looks like a missing value."""
    unread = [
        value for value in values if is_missing(code_of(value)) and not _readable(names, meant, [value], np.ones(1))
    ]
    if len(unread) == len(values):
        return meant
    return replace(meant, missing=(*meant.missing, *sorted({_plain(value) for value in unread})))


def _plain(value: Any) -> str:
    """A value as a code: `1.0` is `1`."""
    return quotable(value).strip().lower().removesuffix(".0")
