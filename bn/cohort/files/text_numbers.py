"""Numbers in cells of text: which are plain, and whether a comma or a point is their decimal mark.

Three digits behind a mark may be a thousand as well as decimals, so `1,050` and `14.100` tell nothing by themselves;
`0,123`, `26,8` and `1.050,5` do. Readers of libraries take one mark for granted and refuse a whole column for one cell.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bn.cohort.files.blocks import Column, booleans, integers, view
from bn.cohort.files.places import Options
from bn.cohort.files.text_format import Dialect
from bn.cohort.reading.cells import Cells
from cpds.table import Array
from cpds.text import LONGEST, quotable

_SIGNED = r"[\s\"]*(?:[<>]=?|≤|≥)?\s*[+-]?"
_DIGITS = _SIGNED + r"(?P<digits>[\d.,]*\d)"
_AMBIGUOUS = r"[1-9]\d{0,2}[.,]\d{3}"
_AMBIGUOUS_CELL = rf"^{_SIGNED}{_AMBIGUOUS}(?:\s*[^\d\s.,].*|\s*)$"
_THOUSANDS = r"[1-9]\d{0,2}(\.\d{3})+(,\d+)?"
_SHOWS = {
    mark: re.compile(rf"\d*{mark}\d+|[1-9]\d{{0,2}}(?:{other}\d{{3}})+(?:{mark}\d+|{other}\d{{3}})".encode())
    for mark, other in ((",", r"\."), (r"\.", ","))
}
_NUMBER = r"^[ \t]*[+-]?([0-9]+{mark}?[0-9]*|{mark}[0-9]+)([eE][+-]?[0-9]+)?[ \t]*$"
_CODE = r"^[ \t]*[+-]?[0-9]+{mark}0+[ \t]*$"
_COMMA = re.compile(r"(?<=\d),(?=\d)|^(\D*),(?=\d)")
_COMMA_OF_CODE = re.compile(r"^([+-]?\d+),(?=0+$)")
_NAN = pa.Array.from_buffers(pa.float64(), 1, [None, pa.py_buffer(np.array([np.nan]))])[0]
_ABSENT = integers(np.array([-1], np.int32), np.array([True]))[0]


def decimal_mark(cells: Collection[bytes]) -> str | None:
    """The decimal mark of most of the numbers that tell theirs, None where none does or they are divided.

    >>> decimal_mark([b"1,050", b"26,8"]), decimal_mark([b"1,050", b"26.8"]), decimal_mark([b"1,050", b"68"])
    (',', '.', None)
    >>> decimal_mark([b"<0,123"]), decimal_mark([b"1.050,5 pmol/L"]), decimal_mark([b"1,050,000"])
    (',', ',', '.')
    """
    pattern, ambiguous = re.compile(_DIGITS.encode()), re.compile(_AMBIGUOUS.encode())
    numbers = [number["digits"] for number in map(pattern.match, cells) if number]
    clear = [digits for digits in numbers if not ambiguous.fullmatch(digits)]
    commas, points = (sum(bool(shows.fullmatch(digits)) for digits in clear) for shows in _SHOWS.values())
    return None if commas == points else "," if commas > points else "."


def wrong_mark(text: str, mark: str | None, ambiguous: bool = False) -> str | None:
    """What is wrong with a cell's decimal mark where that of the file is `mark`, None where it is not known.

    Where it is not known, a cell may be `ambiguous`, or have a comma while a point is supposed.

    >>> wrong_mark("<1,050", None, ambiguous=True)
    "found '<1,050', which may be 1050 or 1.050, and other cells do not tell; say --decimal , or --decimal ."
    >>> wrong_mark("26,8 kg", None)
    "found '26,8 kg', but the first records do not settle the decimal mark; for a comma, say --decimal ,"
    >>> wrong_mark("high", None), wrong_mark("26.8", None), wrong_mark("1,050,000", None), wrong_mark("1.5", ".")
    (None, None, None, None)
    >>> wrong_mark("31,2 kg", ",")
    >>> wrong_mark("23.4", ",")
    "found '23.4', expected a decimal comma as in other cells"
    >>> wrong_mark("14.100", ",")
    "found '14.100', expected a decimal comma as in other cells; write 14100 or 14,100"
    >>> wrong_mark("1.234,56", ",")
    "found '1.234,56', expected a decimal comma as in other cells; thousands take no mark: write 1234,56"
    """
    number = re.match(_DIGITS, text)
    digits, found = number["digits"] if number else "", f"found '{quotable(text)}'"
    without_points = digits.replace(".", "")
    if mark == ",":
        if "." not in digits and digits.count(",") < 2:
            return None
        expected = f"{found}, expected a decimal comma as in other cells"
        if re.fullmatch(_AMBIGUOUS, digits):
            return f"{expected}; write {without_points} or {digits.replace('.', ',')}"
        if re.fullmatch(_THOUSANDS, digits):
            return f"{expected}; thousands take no mark: write {without_points}"
        return expected
    if ambiguous:
        may_be = f"{without_points.replace(',', '')} or {digits.replace(',', '.')}"
        return f"{found}, which may be {may_be}, and other cells do not tell; say --decimal , or --decimal ."
    if mark is None and decimal_mark([text.encode()]) == ",":
        return f"{found}, but the first records do not settle the decimal mark; for a comma, say --decimal ,"
    return None


@dataclass(frozen=True)
class _Texts(Sequence[str]):
    """Distinct cells as texts, decoded when asked for; a decimal comma, which `comma` finds, becomes a point."""

    cells: pa.BinaryArray
    dialect: Dialect
    comma: re.Pattern[str] | None = None

    def __len__(self) -> int:
        return len(self.cells)

    def __getitem__(self, place: int) -> str:  # type: ignore[override]  # nobody slices it
        text = self.dialect.encoding.read(self.cells[place].as_py()).strip()
        return self.comma.sub(r"\1.", text) if self.comma and not text.startswith(("[", "(")) else text


def read_texts(cells: pa.BinaryArray, dialect: Dialect, numeric: bool, options: Options) -> Column:
    """Cells as they stand in the file, quotes included; null ones are missing.

    `numeric` says that the column holds numbers, in which the decimal mark matters. In others only a code that was
    written with decimals has one: `1,0` is 1 there, unless a point is known to be the mark.
    """
    encoded = cells.dictionary_encode()
    distinct = _unquoted(encoded.dictionary)
    comma = None
    numbers = _numbers(distinct, "." if dialect.decimal == "." or not numeric else ",")
    if numeric and dialect.decimal == ",":
        comma = _COMMA
    elif not numeric and (dialect.decimal == "," or not dialect.settled):
        comma = _COMMA_OF_CODE
        numbers = np.where(np.isnan(numbers), _numbers(distinct, ",", _CODE), numbers)
    written = _Texts(distinct, dialect)
    missing = np.isin(numbers, options.missing_numbers)
    ambiguous = np.zeros(len(numbers), dtype=bool)
    if numeric and not dialect.settled:
        ambiguous[:] = pc.match_substring_regex(distinct, pattern=_AMBIGUOUS_CELL).to_pylist()
    mark = dialect.decimal if dialect.settled or dialect.decimal == "," else None
    refused: dict[int, str] = {}
    for place in np.flatnonzero(np.isnan(numbers) | ambiguous).tolist():
        text = written[place]
        if missing[place] or text.lower() in options.missing_texts:
            missing[place] = True
        elif numeric and len(text) <= LONGEST and (wrong := wrong_mark(text, mark, bool(ambiguous[place]))):
            missing[place] = True
            refused[place] = wrong
    codes = view(encoded.indices.fill_null(_ABSENT)).astype(np.int64)
    column = Cells(codes, _Texts(distinct, dialect, comma), numbers, written if comma else None)
    rows = column.rows() if refused else []
    return Column(column.without(missing), [(wrong, rows[place]) for place, wrong in refused.items()])


def _unquoted(cells: pa.BinaryArray) -> pa.BinaryArray:
    several = booleans(view(pc.binary_length(cells)) > 1)
    quoted = pc.and_(several, pc.and_(pc.starts_with(cells, pattern='"'), pc.ends_with(cells, pattern='"')))
    if not pc.any(quoted).as_py():
        return cells
    inner = pc.replace_substring(pc.binary_slice(cells, 1, -1), pattern='""', replacement='"')
    return pc.if_else(quoted, inner, cells)


def _numbers(cells: pa.BinaryArray, mark: str, form: str = _NUMBER) -> Array:
    """What is a plain number and no longer than one person's reader takes, NaN for the others."""
    plain = pc.match_substring_regex(cells, pattern=form.replace("{mark}", re.escape(mark)))
    plain = pc.and_(plain, booleans(view(pc.binary_length(cells)) <= LONGEST))
    text = pc.if_else(plain, cells, pa.nulls(1, cells.type)[0]).cast(pa.string())
    if mark != ".":
        text = pc.replace_substring(text, pattern=mark, replacement=".")
    return view(pc.ascii_trim_whitespace(text).cast(pa.float64()).fill_null(_NAN))
