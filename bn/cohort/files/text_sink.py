"""Results written after the records they belong to, which stay byte for byte as they came.

Numbers get six decimals, equal to `f"{x:.6f}"`, many at a time: a number times a million is rounded to a whole one,
whose digits are looked up three at a time and stored eight at a time. Where the product lies so near the middle
between two whole numbers that its own rounding may decide, Python's formatting does. Libraries write whole tables
only, and format numbers several times slower.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bn.cohort.files.blocks import Block, Results, binaries, binary, booleans, stretches
from bn.cohort.files.text_format import Dialect
from bn.core.evidence import Indices
from cpds.table import Array

Bytes = NDArray[np.uint8]
LEVEL = 6
DECIMALS = 6
MILLION = 10**DECIMALS
UNIT_WIDTH = 2 + DECIMALS
_AT_ONCE = 1 << 14
_WHOLE, _WIDTH = 8, 8 + 1 + DECIMALS
_POWERS = 10 ** np.arange(1, DECIMALS)
_NEAR, _LESS_NEAR = 2.0**-20, 2.0**-12


@dataclass(frozen=True)
class TextSink:
    """A text file in some dialect; packed with gzip, each block by itself, where `packed` says so."""

    file: BinaryIO
    dialect: Dialect
    packed: bool

    def start(self, header: bytes, ending: bytes, names: Sequence[str]) -> None:
        """Write the header as it came, with the names of the added columns."""
        self.put(self._encoded([header, self.dialect.added(names), ending]))

    def render(self, block: Block, results: Results) -> list[bytes | memoryview]:
        """The bytes to be written for a block."""
        text, ends = block.text(self.dialect)
        lacking = {row: fault.lacking for row, fault in block.faults.items()}
        return self._encoded(append(text, ends, results, lacking, self.dialect))

    def put(self, rendered: Sequence[bytes | memoryview]) -> None:
        """Write what was rendered."""
        for piece in rendered:
            self.file.write(piece)
        self.file.flush()

    def _encoded(self, pieces: Sequence[bytes | memoryview]) -> list[bytes | memoryview]:
        if not (self.dialect.encoding.wide or self.packed):
            return list(pieces)
        text = self.dialect.encoding.outgoing(b"".join(pieces))
        return [gzip.compress(text, LEVEL, mtime=0) if self.packed else text]


def append(
    data: memoryview, ends: Indices, results: Results, lacking: Mapping[int, int], dialect: Dialect
) -> list[memoryview]:
    """`data` with results behind each row, whose last character comes before `ends`; pieces to be written in turn.

    Rows that lack cells get as many empty ones first, so that results come under their headers.
    What lies between two rows (the line ending, blank lines) goes with the second.
    """
    if not len(ends):
        return [data]
    blank = results.blank(len(ends))
    bounds = np.append(0, ends).astype(np.int32)
    numbers = _numbers(results.numbers, blank, dialect)
    errors: pa.Scalar | pa.Array = _constant(dialect.delimiter)
    if results.errors:
        cells = [dialect.delimiter] * len(ends)
        for row, text in results.errors.items():
            cells[row] = dialect.delimiter * lacking.get(row, 0) + dialect.added([text])
        errors = binaries(cells)
    joined = pc.binary_join_element_wise(binary(data, bounds), *numbers, errors, _constant(b""))
    _, places, text = joined.buffers()
    first, last = np.frombuffer(places, np.int32)[[joined.offset, joined.offset + len(joined)]]
    return [memoryview(text)[first:last], data[ends[-1] :]]


def _numbers(numbers: Sequence[Array], blank: NDArray[np.bool_], dialect: Dialect) -> list[pa.BinaryArray]:
    """Texts of the columns, empty where there is no number.

    Neighbors that hold only numbers from 0 to 1, and lack them in the same rows, are formatted together.
    """
    before, after = dialect.around
    absent = [np.isnan(column) & ~blank for column in numbers]
    own = [place if lacks.any() else -1 for place, lacks in enumerate(absent)]
    gone = [blank | lacks if place >= 0 else blank for place, lacks in zip(own, absent, strict=True)]
    values = [np.where(no, 0.0, column) if no.any() else column for no, column in zip(gone, numbers, strict=True)]
    parts: list[pa.BinaryArray] = []
    for (unit, _), group in groupby(range(len(values)), lambda place: (is_unit(values[place]), own[place])):
        places = list(group)
        columns, missing = [values[place] for place in places], gone[places[0]]
        if unit:
            table = unit_texts(columns, before, after, dialect.decimal)
            bounds = np.arange(0, table.size + 1, table.shape[1], dtype=np.int32)
            texts = [(binary(table.reshape(-1), bounds), len(columns))]
        else:
            texts = [(number_texts(column, before, after, dialect.decimal), 1) for column in columns]
        for text, count in texts:
            empty = _constant(dialect.delimiter * count)
            parts.append(pc.if_else(booleans(missing), empty, text) if missing.any() else text)
    return parts


def _constant(text: bytes) -> pa.BinaryScalar:
    """One text, the same for all rows."""
    return binaries([text])[0]


def is_unit(values: Array) -> bool:
    """Whether all lie from 0 to 1, none of them a negative zero: then each takes `UNIT_WIDTH` characters."""
    return not len(values) or bool(values.max() <= 1.0 and not np.signbit(values).any())


def unit_texts(columns: Sequence[Array], before: bytes, after: bytes, mark: str) -> Bytes:
    """Columns of numbers from 0 to 1, each with something before and after; axes (row, character)."""
    rows, width = len(columns[0]), len(before) + UNIT_WIDTH + len(after)
    texts = np.empty((rows, len(columns), width), np.uint8)
    texts[:, :, : len(before)] = np.frombuffer(before, np.uint8)
    texts[:, :, len(before) + UNIT_WIDTH :] = np.frombuffer(after, np.uint8)
    high, low = _unit_starts(mark), _thousand(5)
    for start in range(0, rows, _AT_ONCE):
        eights = _eights(texts[start : start + _AT_ONCE], len(before))
        for place, column in enumerate(columns):
            values = column[start : start + _AT_ONCE]
            scaled = values * MILLION
            rounded = np.rint(scaled)
            digits = rounded.astype(np.int32)
            eights[:, place] = _thousands(digits, high, low)
            apart = np.abs(scaled - rounded)
            if apart.max() > 0.5 - _NEAR:
                for row in np.flatnonzero(apart > 0.5 - _NEAR).tolist():
                    eights[row, place] = _eight(_text(float(values[row]), mark).decode())
    return texts.reshape(rows, -1)


def number_texts(values: Array, before: bytes, after: bytes, mark: str) -> pa.BinaryArray:
    """Any finite numbers, each with something before and after."""
    magnitude = np.abs(values)
    if not (len(values) and magnitude.max() < MILLION - 1):
        return binaries([before + _text(value, mark) + after for value in values.tolist()])
    scaled = magnitude * MILLION
    rounded = np.rint(scaled)
    whole = np.floor(rounded / MILLION).astype(np.int32)
    rest = (rounded - whole * float(MILLION)).astype(np.int32)
    shown = np.empty((len(values), len(before) + 2 * _WHOLE + len(after)), np.uint8)
    start, stop = len(before), len(before) + _WIDTH
    eights = _eights(shown[:, None, :], start), _eights(shown[:, None, :], start + _WHOLE)
    eights[0][:, 0] = _thousands(whole, _thousand(2), _thousand(5))
    eights[1][:, 0] = _thousands(rest, _thousand(0, mark), _thousand(4))
    shown[:, stop : stop + len(after)] = np.frombuffer(after, np.uint8)
    negative = np.signbit(values)
    first = _WHOLE - 1 - np.searchsorted(_POWERS, whole, side="right") - negative
    rows = np.flatnonzero(negative)
    shown[rows, start + first[rows]] = ord("-")
    for row in np.flatnonzero(np.abs(scaled - rounded) > 0.5 - _LESS_NEAR).tolist():
        text = _text(float(values[row]), mark)
        first[row] = _WIDTH - len(text)
        shown[row, stop - len(text) : stop] = np.frombuffer(text, np.uint8)
    for place, character in enumerate(before):
        shown[np.arange(len(values)), first + place] = character
    begins = np.arange(len(values)) * shown.shape[1]
    return stretches(shown.reshape(-1), begins + first, begins + stop + len(after))


def _text(value: float, mark: str) -> bytes:
    return f"{value:.{DECIMALS}f}".replace(".", mark).encode()


def _thousands(numbers: NDArray[np.int32], high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Both parts of numbers below a million, each looked up and put together."""
    thousands = numbers // 1000
    return np.asarray(np.take(high, thousands) | np.take(low, numbers - 1000 * thousands))


def _eights(texts: Bytes, start: int) -> NDArray[np.uint64]:
    """The eight characters of each text that begin at `start`, as one number; axes (row, text)."""
    view: NDArray[np.uint64] = np.ndarray(texts.shape[:2], np.uint64, texts, start, texts.strides[:2])
    return view


@cache
def _unit_starts(mark: str) -> NDArray[np.uint64]:
    """The first five characters of 0.000 to 1.000."""
    return np.append(_thousand(0, f"0{mark}"), np.uint64(_eight(f"1{mark}000")))


@cache
def _thousand(start: int, lead: str = "") -> NDArray[np.uint64]:
    """The numbers 0 to 999 in three digits after `lead`, from place `start` of eight."""
    return np.array([_eight("\0" * start + f"{lead}{number:03d}") for number in range(1000)], np.uint64)


def _eight(text: str) -> int:
    """Up to eight characters as the number that has their bytes in memory."""
    return int(np.frombuffer(text.encode().ljust(8, b"\0"), np.uint64)[0])
