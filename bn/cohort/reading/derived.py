"""Findings derived from columns of parts fill the gaps of a column that gives them; where both are given they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bn.cohort.kernel.problems import Problems
from bn.cohort.reading.cells import FEW, Cells
from bn.core.derive import Derived
from bn.core.heading import Heading
from cpds.table import Array
from cpds.units import ReadingError


@dataclass(frozen=True)
class Filled:
    """Numbers of one derived finding (canonical unit), NaN where it is given itself or a part is missing.

    `incomplete` counts the rows that are fine but lack one of the parts, and the finding itself. `parts` are the
    numbers of all parts in a few hundred rows that have them.
    """

    heading: Heading
    numbers: Array
    incomplete: int
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
        incomplete = np.any(known, axis=0) & ~np.all(known, axis=0) & ~there & problems.fine
        name = derived.derivation.id
        for row in np.flatnonzero(_outside(derived, numbers)).tolist():
            try:
                derived.refuse(float(numbers[row]))
            except ReadingError as error:
                problems.add(f"{name}: out of range", np.array([row]), str(error))
            numbers[row] = np.nan
        if given:
            exact = _exact(*given)
            for row in np.flatnonzero(derived.differs(exact, numbers)).tolist():
                text = derived.disagreement(float(exact[row]), float(numbers[row]))
                problems.add(f"{name}: differs from what is derived", np.array([row]), text)
        few = np.flatnonzero(np.all(known, axis=0))
        few = few[:: max(1, len(few) // FEW)]
        some = {part.id: parts[part.id][few] for part in derived.parts.values()}
        return cls(derived.heading, np.where(there, np.nan, numbers), int(incomplete.sum()), some)


def _outside(derived: Derived, numbers: Array) -> Array:
    assert derived.heading.numeric is not None
    low, high = derived.heading.numeric.accepted
    return np.asarray((numbers < low) | (numbers > high))


def _exact(heading: Heading, cells: Cells) -> Array:
    """The number that each row gives (canonical unit), NaN for a bound and what is no number."""
    numbers = np.append(cells.numbers * heading.factor + heading.offset, np.nan)
    for place in np.flatnonzero(np.isnan(cells.numbers) & cells.used()).tolist():
        number = heading.exactly(cells.values[place])
        numbers[place] = np.nan if number is None else number
    return np.asarray(numbers[cells.codes])
