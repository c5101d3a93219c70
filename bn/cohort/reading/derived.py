"""Findings derived from columns of parts fill the gaps of a column that gives them; where both are given they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bn.cohort.reading.cells import FEW, Cells
from bn.cohort.reading.problems import Problems
from bn.core.derive import Derived, shown
from bn.core.heading import Heading
from cpds.table import Array
from cpds.units import ReadingError


@dataclass(frozen=True)
class Filled:
    """Numbers of one derived finding (canonical unit), NaN where it is given as exactly itself or a part is missing.

    `instead` marks the rows in which they count instead of a bound, a range or states, `incomplete` those that lack
    one of the parts, and the finding itself. `parts` are the numbers of all parts in a few hundred rows that have
    them.
    """

    heading: Heading
    numbers: Array
    instead: NDArray[np.bool_]
    incomplete: NDArray[np.bool_]
    parts: Mapping[str, Array]

    @classmethod
    def of(
        cls, derived: Derived, parts: dict[str, Array], given: tuple[Heading, Cells] | None, problems: Problems
    ) -> Filled:
        """From the numbers of the parts, by id, and the column that gives the finding itself.

        What nobody could have, and what is too far from what is given, are problems of their rows.
        """
        numbers = derived.numbers(parts)
        known = [~np.isnan(parts[part.id]) for part in derived.parts.values()]
        there = given[1].given if given else np.zeros(len(numbers), dtype=bool)
        incomplete = np.any(known, axis=0) & ~np.all(known, axis=0) & ~there
        name = derived.derivation.id
        for row in np.flatnonzero(_outside(derived, numbers)).tolist():
            try:
                derived.refuse(float(numbers[row]))
            except ReadingError as error:
                problems.add(f"{name}: out of range", np.array([row]), str(error))
            numbers[row] = np.nan
        instead = np.zeros(len(numbers), dtype=bool)
        if given:
            low, high = _allowed(*given)
            for row in np.flatnonzero(derived.differs(low, high, numbers)).tolist():
                value = float(low[row]) if low[row] == high[row] else given[1].values[given[1].codes[row]]
                text = derived.disagreement(shown(value), float(numbers[row]))
                problems.add(f"{name}: differs from what is derived", np.array([row]), text)
            instead = (low < high) & ~np.isnan(numbers)
        few = np.flatnonzero(np.all(known, axis=0))
        few = few[:: max(1, len(few) // FEW)]
        some = {part.id: parts[part.id][few] for part in derived.parts.values()}
        return cls(derived.heading, np.where(there & ~instead, np.nan, numbers), instead, incomplete, some)


def _outside(derived: Derived, numbers: Array) -> Array:
    assert derived.heading.numeric is not None
    low, high = derived.heading.numeric.accepted
    return np.asarray((numbers < low) | (numbers > high))


def _allowed(heading: Heading, cells: Cells) -> tuple[Array, Array]:
    """Least and greatest number that each row allows (canonical unit), NaN for what cannot be read so."""
    low = np.append(cells.numbers * heading.factor + heading.offset, np.nan)
    high = low.copy()
    for place in np.flatnonzero(np.isnan(cells.numbers) & cells.used()).tolist():
        low[place], high[place] = heading.allowed(cells.values[place])
    return low[cells.codes], high[cells.codes]
