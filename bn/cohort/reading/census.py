"""What every recognized column of a table holds, counted block by block: a question that adds nothing to the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np

from bn.cohort.reading.cells import Cells
from bn.cohort.reading.columns import KINDS, Columns
from bn.cohort.reading.question import ERROR
from bn.core.evidence import Indices
from bn.core.names import Names
from cpds.table import Array

KEPT, FEW = 1 << 20, 1 << 8
"""So many numbers of a column are kept at the most for its median; of more, every second, fourth and so on. Of a block
no more than so few distinct values are counted, texts first."""
_REFUSED = {"cannot be read", *KINDS.values()}


@dataclass
class Held:
    """What a column holds: how many cells with a value, `numbers` as they stand, and how often each value.

    Of the plain numbers every first, second, fourth or so on is kept, as `every` says.
    """

    given: int = 0
    every: int = 1
    numbers: list[Array] = field(default_factory=list)
    values: Counter[Any] = field(default_factory=Counter)

    def add(self, cells: Cells) -> None:
        """Count the cells of a block."""
        codes = cells.codes[cells.codes >= 0]
        self.given += len(codes)
        plain = np.asarray(cells.numbers, dtype=float)
        numbers: Array = plain[codes]
        self.numbers.append(numbers[~np.isnan(numbers)][:: self.every])
        if sum(map(len, self.numbers)) > KEPT:
            self.every *= 2
            self.numbers = [np.concatenate(self.numbers)[::2]]
        places, counts = np.unique(codes, return_counts=True)
        texts_first = np.argsort(~np.isnan(plain[places]), kind="stable")[:FEW]
        for place, count in zip(places[texts_first].tolist(), counts[texts_first].tolist(), strict=True):
            if isinstance(value := cells.values[place], Hashable):
                self.values[value] += count

    def all_numbers(self) -> Array:
        """Those that are kept."""
        return np.concatenate(self.numbers) if self.numbers else np.array([])


@dataclass
class Census:
    """What columns hold, by their position; `refused` counts, by header, the rows whose cell cannot be read."""

    names: Names
    held: dict[int, Held] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    added: list[str] = field(default_factory=lambda: [ERROR])
    done: str = "read"
    notes: tuple[str, ...] = ()
    _lock: Any = field(default_factory=Lock)

    def answer(self, columns: Columns, results: Array) -> None:
        """Count a block; there are no results."""
        refused: dict[str, list[Indices]] = {}
        for kind, rows in columns.problems.kinds.items():
            header, _, what = kind.rpartition(": ")
            if what in _REFUSED:
                refused.setdefault(header, []).append(rows)
        with self._lock:
            for position, cells in columns.cells.items():
                self.held.setdefault(position, Held()).add(cells)
            for header, several in refused.items():
                self.refused[header] += len(np.unique(np.concatenate(several)))
