"""Some records of a text file: their cells column by column, and what is wrong with their shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bn.cohort.files.dialect import Dialect
from bn.cohort.files.framing import Records
from bn.cohort.files.grid import Grid
from bn.cohort.files.options import Options
from bn.cohort.files.texts import Column, read_texts
from bn.cohort.reading.cells import Cells
from bn.cohort.reading.repeats import arrow_repeats
from bn.core.evidence import Indices


@dataclass(frozen=True)
class Fault:
    """A row whose shape is not the header's: the kind of fault, and its text with the line."""

    kind: str
    text: str


@dataclass(frozen=True)
class TextBlock:
    """`records` of `data`, the first of them on line `line` (from 1) of a file with these `headers`."""

    data: bytes
    records: Records
    line: int
    headers: tuple[str, ...]
    dialect: Dialect

    @cached_property
    def grid(self) -> Grid:
        """Its rows and cells."""
        return Grid(self.data, self.records, self.dialect.delimiter, len(self.headers))

    @property
    def text(self) -> memoryview:
        """The records as they came."""
        return memoryview(self.data)[: self.records.length]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.grid.ends)

    @property
    def blank_lines(self) -> int:
        """Number of blank lines that are no rows."""
        return len(self.records.ends) - self.rows

    @cached_property
    def places(self) -> Indices:
        """Line of each row."""
        return self.line + self.records.lines[self.grid.is_row]

    @cached_property
    def faults(self) -> Mapping[int, Fault]:
        """Rows with an unclosed quote, or with more or fewer cells than the header."""
        row_of = np.cumsum(self.grid.is_row) - 1
        odd = {int(row_of[record]): found.fault for record, found in self.records.odd.items() if found.fault}
        uneven = np.flatnonzero(self.grid.count != len(self.headers)).tolist()
        return {row: self._fault(row, odd.get(row)) for row in sorted({*uneven, *odd})}

    def lacking(self, row: int) -> int:
        """Number of cells that the row has less than the header."""
        return max(0, len(self.headers) - int(self.grid.count[row]))

    def surplus(self, row: int) -> str:
        """What stands in the row beyond the header's cells."""
        return self.dialect.encoding.read(self.grid.without_noops(row))

    def column(self, position: int, numeric: bool, options: Options) -> Column:
        """The cells under one header; rows with a fault say nothing."""
        return read_texts(self.grid.cells(position, self._whole), self.dialect, numeric, options)

    def ragged(self, position: int, options: Options) -> Cells:
        """The cells under one header of every row that has it, as texts."""
        return read_texts(self.grid.cells(position, self.grid.count > position), self.dialect, False, options).cells

    def repeats(self, position: int, options: Options) -> bool:
        """Whether a cell that says something stands under the header again."""
        return arrow_repeats(self.ids(position), options.empty)

    def ids(self, position: int) -> pa.BinaryArray:
        """The cells under one header as they came."""
        return self.grid.cells(position, self._whole).drop_null()

    def distinct(self, position: int) -> list[bytes]:
        """The different cells under one header, as they came."""
        found: list[bytes] = self.ids(position).unique().to_pylist()
        return found

    def table(self) -> pa.RecordBatch:
        """Every column as text, null where a row has no such cell."""
        columns = []
        for position in range(len(self.headers)):
            encoded = self.grid.cells(position, self.grid.count > position).dictionary_encode()
            texts = pa.array([self.dialect.read(cell) for cell in encoded.dictionary.to_pylist()], pa.string())
            columns.append(texts.take(encoded.indices))
        return pa.RecordBatch.from_arrays(columns, names=list(self.headers))

    @cached_property
    def _whole(self) -> NDArray[np.bool_]:
        whole = np.ones(self.rows, dtype=bool)
        whole[list(self.faults)] = False
        return whole

    def _fault(self, row: int, odd: str | None) -> Fault:
        line, count, expected = int(self.places[row]), int(self.grid.count[row]), len(self.headers)
        if odd:
            return Fault(odd, f"line {line}: {odd}")
        cells = f"{count} cell{'s' * (count != 1)}"
        return Fault(
            "too few cells" if count < expected else "too many cells", f"line {line}: {cells}, expected {expected}"
        )
