"""Some records of a text file: their cells column by column, and what is wrong with their shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bn.batch.files.dialect import Dialect
from bn.batch.files.framing import QUOTE, Records
from bn.batch.files.options import Options
from bn.batch.files.texts import Column, read_texts
from bn.evidence import Indices


@dataclass(frozen=True)
class Fault:
    """A record whose shape is not the header's: the kind of fault, and its text with the line."""

    kind: str
    text: str


@dataclass(frozen=True)
class TextBlock:
    """`records` of `data`, the first of them on line `line` (from 1) of a file with these `headers`.

    Each record is a row, except that a blank line is one only where the table has a single column.
    """

    data: bytes
    records: Records
    line: int
    headers: tuple[str, ...]
    dialect: Dialect

    @property
    def text(self) -> memoryview:
        """The records as they came."""
        return memoryview(self.data)[: self.records.length]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.ends)

    @property
    def blank_lines(self) -> int:
        """Number of blank lines that are no rows."""
        return len(self.records.ends) - self.rows

    @cached_property
    def places(self) -> Indices:
        """Line of each row."""
        return self.line + self.records.lines[self._chosen]

    @cached_property
    def ends(self) -> Indices:
        """Position after the last character of each row."""
        return self.records.ends[self._chosen]

    @cached_property
    def faults(self) -> Mapping[int, Fault]:
        """Rows with an unclosed quote, or with more or fewer cells than the header."""
        row_of = np.cumsum(self._is_row) - 1
        odd = {int(row_of[record]): found.fault for record, found in self.records.odd.items() if found.fault}
        expected = len(self.headers)
        faults = {}
        for row in sorted({*np.flatnonzero(self._layout[1] != expected).tolist(), *odd}):
            line, count = int(self.places[row]), int(self._layout[1][row])
            if row in odd:
                faults[row] = Fault(odd[row], f"line {line}: {odd[row]}")
            else:
                kind = "too few cells" if count < expected else "too many cells"
                faults[row] = Fault(kind, f"line {line}: {count} cell{'s' * (count != 1)}, expected {expected}")
        return faults

    def lacking(self, row: int) -> int:
        """Number of cells that the row has less than the header."""
        return max(0, len(self.headers) - int(self._layout[1][row]))

    def column(self, position: int, numeric: bool, options: Options) -> Column:
        """The cells under one header; rows with a fault say nothing."""
        whole = self._layout[1] == len(self.headers)
        whole[list(self.faults)] = False
        return read_texts(self._cells(position, whole), self.dialect, numeric, options)

    def distinct(self, position: int) -> list[bytes]:
        """The different cells under one header, as they came."""
        found: list[bytes] = self._cells(position, self._layout[1] > position).drop_null().unique().to_pylist()
        return found

    def table(self) -> pa.RecordBatch:
        """Every column as text, null where a row has no such cell."""
        columns = []
        for position in range(len(self.headers)):
            encoded = self._cells(position, self._layout[1] > position).dictionary_encode()
            texts = pa.array([self.dialect.read(cell) for cell in encoded.dictionary.to_pylist()], pa.string())
            columns.append(texts.take(encoded.indices))
        return pa.RecordBatch.from_arrays(columns, names=list(self.headers))

    def surplus(self, row: int) -> str:
        """What stands in the row beyond the header's cells, as it came."""
        first, count = self._layout
        if count[row] <= len(self.headers):
            return ""
        last = self._delimiters[first[row] + len(self.headers) - 1]
        return self.dialect.encoding.read(self.data[last + 1 : self.ends[row]])

    def _cells(self, position: int, there: NDArray[np.bool_]) -> pa.BinaryArray:
        """Raw cells of one column, null where not `there`."""
        first, count = self._layout
        after = np.append(self._delimiters, 0)
        at = np.minimum(first + position, len(self._delimiters))
        begin = after[at - 1] + 1 if position else self._starts
        end = np.where(count - 1 > position, after[at], self.ends)
        bounds = np.full(2 * self.rows + 1, len(self.data), np.int32)
        bounds[:-1:2] = np.where(there, begin, self.ends)
        bounds[1::2] = np.where(there, end, self.ends)
        buffers = [None, pa.py_buffer(bounds), pa.py_buffer(self.data)]
        cells_and_gaps = pa.Array.from_buffers(pa.binary(), 2 * self.rows, buffers)
        return cells_and_gaps.take(pa.array(2 * np.arange(self.rows, dtype=np.int32), mask=~there))

    @cached_property
    def _is_row(self) -> NDArray[np.bool_]:
        starts = np.append(0, self.records.stops[:-1])
        return np.asarray((self.records.ends > starts) | (len(self.headers) == 1))

    @cached_property
    def _chosen(self) -> Indices:
        return np.flatnonzero(self._is_row)

    @cached_property
    def _starts(self) -> Indices:
        return np.append(0, self.records.stops[:-1])[self._chosen]

    @cached_property
    def _layout(self) -> tuple[Indices, Indices]:
        """Place of each row's first delimiter, and the number of its cells."""
        each, rows = len(self.headers) - 1, self.rows
        if each and rows and len(self._delimiters) == each * rows:
            table = self._delimiters.reshape(rows, each)
            if (table[:, 0] >= self._starts).all() and (table[:, -1] < self.ends).all():
                return np.arange(0, each * rows, each), np.full(rows, each + 1)
        first = np.searchsorted(self._delimiters, self._starts)
        return first, np.searchsorted(self._delimiters, self.ends) - first + 1

    @cached_property
    def _delimiters(self) -> Indices:
        """Positions of the delimiters that stand between cells."""
        text = np.frombuffer(self.data, np.uint8)[: self.records.length]
        found = np.flatnonzero(text == self.dialect.delimiter[0])
        if QUOTE not in self.data:
            return found
        quotes = text == QUOTE[0]
        apart: list[int] = []
        free = np.ones(len(text), dtype=bool)
        for record, odd in self.records.odd.items():
            start = int(self.records.stops[record - 1]) if record else 0
            quotes[start : odd.end] = False
            free[start : odd.end] = False
            apart += odd.delimiters
        inside = np.cumsum(quotes, dtype=np.uint8)[found] % 2
        kept = found[(inside == 0) & free[found]]
        return np.sort(np.append(kept, apart).astype(np.int64)) if apart else kept
