"""A column of raw cells as its distinct texts: what is a plain number, what says nothing, what must be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bn.cohort.files.arrays import booleans, integers, view
from bn.cohort.files.dialect import Dialect
from bn.cohort.files.marks import left_open, told_comma, told_no_comma, told_open
from bn.cohort.files.options import Options
from bn.cohort.reading.cells import Cells
from bn.core.evidence import Indices
from cpds.table import Array
from cpds.text import LONGEST

_NUMBER = r"^[ \t]*[+-]?([0-9]+{mark}?[0-9]*|{mark}[0-9]+)([eE][+-]?[0-9]+)?[ \t]*$"
_CODE = r"^[ \t]*[+-]?[0-9]+{mark}0+[ \t]*$"
_MARKS = {".": r"\.", ",": ","}
_COMMA = re.compile(r"(?<=\d),(?=\d)|^(\D*),(?=\d)")
_COMMA_OF_CODE = re.compile(r"^([+-]?\d+),(?=0+$)")
_NAN = pa.Array.from_buffers(pa.float64(), 1, [None, pa.py_buffer(np.array([np.nan]))])[0]
_ABSENT = integers(np.array([-1], np.int32), np.array([True]))[0]


@dataclass(frozen=True)
class Column:
    """The cells, and what is said of those that are refused for their decimal mark, each with its rows."""

    cells: Cells
    refused: Sequence[tuple[str, Indices]] = ()


@dataclass(frozen=True)
class _Texts(Sequence[str]):
    """Distinct cells as texts, decoded when asked for; a decimal comma, which `comma` finds, becomes a point."""

    found: pa.BinaryArray
    dialect: Dialect
    comma: re.Pattern[str] | None = None

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, place: int) -> str:  # type: ignore[override]  # nobody slices it
        text = self.dialect.encoding.read(self.found[place].as_py()).strip()
        return self.comma.sub(r"\1.", text) if self.comma and not text.startswith(("[", "(")) else text


def read_texts(cells: pa.BinaryArray, dialect: Dialect, numeric: bool, options: Options) -> Column:
    """Cells as they stand in the file, quotes included; null ones say nothing.

    `numeric` says that the column holds numbers, in which the decimal mark matters. In others only a code that was
    written with decimals has one: `1,0` is 1 there, unless a point is known to be the mark.
    """
    encoded = cells.dictionary_encode()
    found = _unquoted(encoded.dictionary)
    comma = None
    numbers = _numbers(found, "." if dialect.decimal == "." or not numeric else ",")
    if numeric and dialect.decimal == ",":
        comma = _COMMA
    elif not numeric and (dialect.decimal == "," or not dialect.settled):
        comma = _COMMA_OF_CODE
        numbers = np.where(np.isnan(numbers), _numbers(found, ",", _CODE), numbers)
    written = _Texts(found, dialect)
    silent = np.isin(numbers, options.empty_numbers)
    refused: dict[int, str] = {}
    doubted = left_open(found) if numeric and not dialect.settled else np.zeros(len(numbers), dtype=bool)
    for code in np.flatnonzero(np.isnan(numbers) | doubted).tolist():
        text = written[code]
        if silent[code] or text.lower() in options.empty:
            silent[code] = True
        elif numeric and (told := _told(text, dialect, doubted[code])):
            silent[code] = True
            refused[code] = told
    said = np.append(np.where(silent, -1, np.arange(len(silent))), -1)
    codes = view(encoded.indices.fill_null(_ABSENT))
    column = Cells(np.take(said, codes), _Texts(found, dialect, comma), numbers, written if comma else None)
    rows = replace(column, codes=codes).rows() if refused else []
    return Column(column, [(told, rows[code]) for code, told in refused.items()])


def _told(text: str, dialect: Dialect, doubted: bool) -> str | None:
    """What is said of a number whose decimal mark is not the file's, or of which that is `doubted`; None of others."""
    if len(text) > LONGEST:  # refused for that when it is read
        return None
    if dialect.decimal == ",":
        return told_no_comma(text)
    if dialect.settled:
        return None
    return told_open(text) if doubted else told_comma(text)


def silence(cells: Cells, options: Options) -> Cells:
    """The cells without the numbers that stand for a missing value."""
    silent = np.isin(cells.numbers, options.empty_numbers)
    if not silent.any():
        return cells
    return replace(cells, codes=np.where((cells.codes >= 0) & ~silent[cells.codes], cells.codes, -1))


def _unquoted(found: pa.BinaryArray) -> pa.BinaryArray:
    several = booleans(view(pc.binary_length(found)) > 1)
    quoted = pc.and_(several, pc.and_(pc.starts_with(found, pattern='"'), pc.ends_with(found, pattern='"')))
    if not pc.any(quoted).as_py():
        return found
    inner = pc.replace_substring(pc.binary_slice(found, 1, -1), pattern='""', replacement='"')
    return pc.if_else(quoted, inner, found)


def _numbers(found: pa.BinaryArray, mark: str, form: str = _NUMBER) -> Array:
    """What is a plain number and no longer than one person's reader takes, NaN for the others."""
    plain = pc.match_substring_regex(found, pattern=form.replace("{mark}", _MARKS[mark]))
    plain = pc.and_(plain, booleans(view(pc.binary_length(found)) <= LONGEST))
    text = pc.if_else(plain, found, pa.nulls(1, found.type)[0]).cast(pa.string())
    if mark != ".":
        text = pc.replace_substring(text, pattern=mark, replacement=".")
    return view(pc.ascii_trim_whitespace(text).cast(pa.float64()).fill_null(_NAN))
