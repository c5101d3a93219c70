"""Rows and cells of a stretch of text by their positions; no byte is looked at twice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bn.cohort.files.arrays import stretches
from bn.cohort.files.framing import QUOTE, Records
from bn.core.evidence import Indices


@dataclass(frozen=True)
class Grid:
    """The rows among `records` of `data`, cut at `delimiter` (one byte).

    Each record is a row, except that a blank line is one only where the table has a single column.
    """

    data: bytes
    records: Records
    delimiter: bytes
    columns: int

    @cached_property
    def is_row(self) -> NDArray[np.bool_]:
        """Which records are rows."""
        return np.asarray((self.records.ends > self._begins) | (self.columns == 1))

    @cached_property
    def starts(self) -> Indices:
        """Position of the first character of each row."""
        return self._begins[self.is_row]

    @cached_property
    def ends(self) -> Indices:
        """Position after the last character of each row."""
        return self.records.ends[self.is_row]

    @cached_property
    def first(self) -> Indices:
        """Place of each row's first delimiter among all."""
        if self._is_even:
            return np.arange(0, len(self._delimiters), self.columns - 1)
        return np.searchsorted(self._delimiters, self.starts)

    @cached_property
    def count(self) -> Indices:
        """Number of cells of each row."""
        if self._is_even:
            return np.full(len(self.ends), self.columns)
        return np.searchsorted(self._delimiters, self.ends) - self.first + 1

    def cells(self, position: int, there: NDArray[np.bool_]) -> pa.BinaryArray:
        """Cells of one column as they came, null where not `there`; rows that are `there` must have one."""
        starts, ends = self._bounds(position)
        if not there.all():
            starts, ends = (np.where(there, bounds, self.ends) for bounds in (starts, ends))
        return stretches(self.data, starts, ends, there)

    def without_noops(self, row: int) -> bytes:
        """What stands in a row behind the header's columns."""
        if self.count[row] <= self.columns:
            return b""
        return self.data[self._delimiters[self.first[row] + self.columns - 1] + 1 : self.ends[row]]

    def _bounds(self, position: int) -> tuple[Indices, Indices]:
        """Where the cells of one column begin and end, for rows that have one."""
        last = position == self.columns - 1
        if self._is_even:
            table = self._delimiters.reshape(len(self.ends), -1)
            return table[:, position - 1] + 1 if position else self.starts, self.ends if last else table[:, position]
        after = np.append(self._delimiters, 0)
        at = np.minimum(self.first + position, len(self._delimiters))
        begin = after[at - 1] + 1 if position else self.starts
        return begin, np.where(self.count - 1 > position, after[at], self.ends)

    @cached_property
    def _begins(self) -> Indices:
        return np.append(0, self.records.stops[:-1])[: len(self.records.stops)]

    @cached_property
    def _is_even(self) -> bool:
        """Whether every row has as many cells as the header, more than one: the delimiters then make a table."""
        each, rows = self.columns - 1, len(self.ends)
        if not (each and rows and len(self._delimiters) == each * rows):
            return False
        table = self._delimiters.reshape(rows, each)
        return bool((table[:, 0] >= self.starts).all() and (table[:, -1] < self.ends).all())

    @cached_property
    def _delimiters(self) -> Indices:
        """Positions of the delimiters that stand between cells."""
        text = np.frombuffer(self.data, np.uint8)[: self.records.length]
        found = np.flatnonzero(text == self.delimiter[0])
        if QUOTE not in self.data:
            return found
        quotes, free = text == QUOTE[0], np.ones(len(text), dtype=bool)
        apart: list[int] = []
        for start, stop in self.records.bare:
            quotes[start:stop] = False
        for record, odd in self.records.odd.items():
            quotes[self._begins[record] : odd.end] = False
            free[self._begins[record] : odd.end] = False
            apart += odd.delimiters
        inside = np.cumsum(quotes, dtype=np.uint8)[found] % 2
        kept = found[(inside == 0) & free[found]]
        return np.sort(np.append(kept, np.array(apart, dtype=np.int64)))
