"""Results put behind the records they belong to, which stay byte for byte as they came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bn.cohort.files.arrays import binaries, binary, booleans, constant
from bn.cohort.files.dialect import Dialect
from bn.cohort.files.digits import is_unit, texts, unit_texts
from bn.core.evidence import Indices
from cpds.table import Array


@dataclass(frozen=True)
class Results:
    """Columns to be added: `numbers`, each with axis (row), and the texts of the rows that have an error instead.

    `skipped` are rows that are no data and have neither.
    """

    numbers: Sequence[Array]
    errors: Mapping[int, str]
    skipped: Indices

    def blank(self, rows: int) -> NDArray[np.bool_]:
        """Rows without numbers."""
        blank = np.zeros(rows, dtype=bool)
        blank[list(self.errors)] = True
        blank[self.skipped] = True
        return blank


def append(
    data: memoryview, ends: Indices, results: Results, lacking: Mapping[int, int], dialect: Dialect
) -> list[memoryview]:
    """`data` with results behind each row, whose last character stands before `ends`; pieces to be written in turn.

    Rows that lack cells get as many empty ones first, so that results come under their headers.
    What stands between two rows (the line ending, blank lines) goes with the second.
    """
    if not len(ends):
        return [data]
    blank = results.blank(len(ends))
    bounds = np.append(0, ends).astype(np.int32)
    numbers = _numbers(results.numbers, blank, dialect)
    errors = _errors(results.errors, lacking, len(ends), dialect)
    joined = pc.binary_join_element_wise(binary(data, bounds), *numbers, errors, constant(b""))
    _, places, text = joined.buffers()
    first, last = np.frombuffer(places, np.int32)[[joined.offset, joined.offset + len(joined)]]
    return [memoryview(text)[first:last], data[ends[-1] :]]


def _numbers(numbers: Sequence[Array], blank: NDArray[np.bool_], dialect: Dialect) -> list[pa.BinaryArray]:
    """Texts of the columns; neighbors that hold only numbers from 0 to 1 are formatted together."""
    before, after = dialect.sides
    some = bool(blank.any())
    parts: list[pa.BinaryArray] = []
    together: list[Array] = []

    def close() -> None:
        if together:
            table = unit_texts(together, before, after, dialect.decimal)
            bounds = np.arange(0, table.size + 1, table.shape[1], dtype=np.int32)
            parts.append(_blanked(binary(table.reshape(-1), bounds), blank, len(together), dialect))
            together.clear()

    for column in numbers:
        values = np.where(blank, 0.0, column) if some else column
        if is_unit(values):
            together.append(values)
        else:
            close()
            parts.append(_blanked(texts(values, before, after, dialect.decimal), blank, 1, dialect))
    close()
    return parts


def _blanked(texts: pa.BinaryArray, blank: NDArray[np.bool_], columns: int, dialect: Dialect) -> pa.BinaryArray:
    if not blank.any():
        return texts
    return pc.if_else(booleans(blank), constant(dialect.delimiter * columns), texts)


def _errors(errors: Mapping[int, str], lacking: Mapping[int, int], rows: int, dialect: Dialect) -> pa.Scalar | pa.Array:
    if not errors:
        return constant(dialect.delimiter)
    cells = [dialect.delimiter] * rows
    for row, text in errors.items():
        cells[row] = dialect.delimiter * lacking.get(row, 0) + dialect.delimiter + dialect.cell(text)
    return binaries(cells)
