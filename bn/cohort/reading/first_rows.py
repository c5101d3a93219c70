"""The first rows of a table, which tell what a column may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bn.cohort.reading.cells import Cells


@dataclass(frozen=True)
class FirstRows:
    """The first rows of a table, of which any column can be looked at by its position.

    `cells` gives its cells, its flag saying that numbers are expected; `repeats` whether it names somebody more than
    once. `unit_rows` are the places among the cells of the rows of units, which are no data.
    """

    cells: Callable[[int, bool], Cells]
    repeats: Callable[[int], bool]
    unit_rows: Sequence[int]
