"""Blocks of rows: what sources of every kind give and sinks take, and Arrow arrays over their memory.

pyarrow's own constructors of arrays would do, but they import pandas first, for longer than a small file takes to
score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bn.cohort.reading.cells import Cells
from bn.cohort.reading.headings import Headings
from bn.core.evidence import Indices
from cpds.table import Array

if TYPE_CHECKING:
    from bn.cohort.files.places import Options
    from bn.cohort.files.text_format import Dialect

Buffer = bytes | memoryview | NDArray[np.uint8]


@dataclass(frozen=True)
class Column:
    """The cells, and messages on those that are refused for their decimal mark, each with its rows."""

    cells: Cells
    refused: Sequence[tuple[str, Indices]] = ()


@dataclass(frozen=True)
class Fault:
    """A row whose shape is not the header's: the kind of fault, and its text with the line.

    `lacking` is the number of cells that it has less than the header, `surplus` the text after the header's cells.
    """

    kind: str
    text: str
    lacking: int = 0
    surplus: str = ""


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


class Block(Protocol):
    """Some rows of a file."""

    @property
    def rows(self) -> int:
        """Number of rows."""

    @property
    def places(self) -> Indices:
        """Line or number of each row."""

    @property
    def faults(self) -> Mapping[int, Fault]:
        """Rows whose shape is wrong."""

    @property
    def blank_lines(self) -> int:
        """Number of blank lines that are no rows."""

    def column(self, position: int, numeric: bool, options: Options) -> Column:
        """The cells of one column; `numeric` says that it holds numbers, whose decimal mark matters in text."""

    def ids(self, position: int) -> pa.Array:
        """The cells of one column as they came."""

    def text(self, dialect: Dialect) -> tuple[memoryview, Indices]:
        """The rows as text, and the position after each row's last character."""

    def table(self) -> pa.RecordBatch:
        """The rows as columns."""


@dataclass
class Source:
    """An open file whose columns are known; `place` is what rows are called by, `title` how the file is read.

    Written as text, its rows follow `dialect`, and `header` has the line ending `ending`. In a table its columns have
    `schema`, and `one_dictionary` says that all blocks share the dictionary of a column of categories. `taken` is how
    much was read so far, of `size` where that is known.
    """

    headings: Headings
    title: str
    place: str
    dialect: Dialect
    header: bytes
    ending: bytes
    schema: pa.Schema
    one_dictionary: bool
    size: int | None
    taken: int = field(default=0, init=False)

    def blocks(self) -> Iterator[Block]:
        """Its rows in order. Raises RunError for damaged data."""
        raise NotImplementedError


class Sink(Protocol):
    """An open file that takes rows with their results."""

    def render(self, block: Block, results: Results) -> Any:
        """What is to be written for a block; several threads may render at once."""

    def put(self, rendered: Any) -> None:
        """Write what was rendered."""


def view(array: pa.Array) -> NDArray[Any]:
    """The values of an array of numbers without nulls, not copied."""
    kind = np.dtype(array.type.to_pandas_dtype())
    return np.frombuffer(array.buffers()[1], kind)[array.offset : array.offset + len(array)]


def binary(data: Buffer, bounds: NDArray[np.int32]) -> pa.BinaryArray:
    """The stretches of `data` between one of the sorted `bounds` and the next."""
    return pa.Array.from_buffers(pa.binary(), len(bounds) - 1, [None, pa.py_buffer(bounds), pa.py_buffer(data)])


def stretches(data: Buffer, starts: Indices, ends: Indices, there: NDArray[np.bool_] | None = None) -> pa.BinaryArray:
    """The stretches of `data` from each start to its end, in order but not back to back; null where not `there`.

    Arrow wants bytes that follow one another: here every second of its values is what lies between two stretches.
    """
    bounds = np.full(2 * len(starts) + 1, len(data), np.int32)
    bounds[:-1:2], bounds[1::2] = starts, ends
    return binary(data, bounds).take(integers(np.arange(0, 2 * len(starts), 2, dtype=np.int32), there))


def binaries(texts: Sequence[bytes]) -> pa.BinaryArray:
    """Some texts."""
    bounds = np.zeros(len(texts) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, texts), np.int32, len(texts)), out=bounds[1:])
    return binary(b"".join(texts), bounds)


def booleans(values: NDArray[np.bool_]) -> pa.BooleanArray:
    """A mask."""
    bits = np.packbits(values, bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])


def integers(values: NDArray[np.int32], there: NDArray[np.bool_] | None = None) -> pa.Int32Array:
    """Integers, null where not `there`."""
    bits = None if there is None else pa.py_buffer(np.packbits(there, bitorder="little"))
    return pa.Array.from_buffers(pa.int32(), len(values), [bits, pa.py_buffer(values)])
