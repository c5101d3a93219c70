"""Whether a comma or a point is the decimal mark: which cells tell, and which leave it open.

Three digits behind a mark may be a thousand as well as decimals, so `1,050` and `14.100` tell nothing by themselves;
`0,123`, `26,8` and `1.050,5` do.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cpds.text import quotable

_SIGN = r"[\s\"]*(?:[<>]=?|≤|≥)?\s*[+-]?"
_NUMBER = re.compile(_SIGN.encode() + rb"(?P<digits>[\d.,]*\d)")
_TEXT = re.compile(_SIGN + r"(?P<digits>[\d.,]*\d)")
_OPEN = r"[1-9]\d{0,2}[.,]\d{3}"
_THOUSANDS = r"[1-9]\d{0,2}(\.\d{3})+(,\d+)?"
_OPEN_CELL = rf"^{_SIGN}{_OPEN}(?:\s*[^\d\s.,].*|\s*)$"
_TELLS = {
    mark: re.compile(rf"\d*{mark}\d+|[1-9]\d{{0,2}}(?:{other}\d{{3}})+(?:{mark}\d+|{other}\d{{3}})".encode())
    for mark, other in ((",", r"\."), (r"\.", ","))
}


def decimal_mark(cells: Collection[bytes]) -> str | None:
    """The decimal mark of most of the numbers that tell theirs, None where none does or they are divided.

    >>> decimal_mark([b"1,050", b"26,8"]), decimal_mark([b"1,050", b"26.8"]), decimal_mark([b"1,050", b"68"])
    (',', '.', None)
    >>> decimal_mark([b"<0,123"]), decimal_mark([b"1.050,5 pmol/L"]), decimal_mark([b"1,050,000"])
    (',', ',', '.')
    """
    numbers = [number["digits"] for number in map(_NUMBER.match, cells) if number]
    telling = [digits for digits in numbers if not re.fullmatch(_OPEN.encode(), digits)]
    commas, points = (sum(bool(tells.fullmatch(digits)) for digits in telling) for tells in _TELLS.values())
    return None if commas == points else "," if commas > points else "."


def left_open(found: pa.BinaryArray) -> NDArray[np.bool_]:
    """Which cells hold a number that may be of thousands as well as with decimals."""
    return np.asarray(pc.match_substring_regex(found, pattern=_OPEN_CELL).to_pylist(), dtype=bool)


def told_open(text: str) -> str:
    """What is said of such a cell where the others do not tell.

    >>> told_open("<1,050")
    "found '<1,050', which may be 1050 or 1.050, and other cells do not tell; say --decimal , or --decimal ."
    """
    digits = _digits(text)
    whole, decimals = digits.replace(",", "").replace(".", ""), digits.replace(",", ".")
    may_be = f"{whole} or {decimals}"
    return (
        f"found '{quotable(text)}', which may be {may_be}, and other cells do not tell; say --decimal , or --decimal ."
    )


def told_comma(text: str) -> str | None:
    """What is said of a decimal comma where a point is only supposed; None of any other cell.

    >>> told_comma("26,8 kg")
    "found '26,8 kg', but the first records do not settle the decimal mark; for a comma, say --decimal ,"
    >>> told_comma("high"), told_comma("26.8"), told_comma("1,050,000")
    (None, None, None)
    """
    if decimal_mark([text.encode()]) != ",":
        return None
    return (
        f"found '{quotable(text)}', but the first records do not settle the decimal mark; for a comma, say --decimal ,"
    )


def told_no_comma(text: str) -> str | None:
    """What is said of a cell that does not fit among decimal commas: it has a point, or several marks.

    >>> told_no_comma("31,2 kg")
    >>> told_no_comma("23.4")
    "found '23.4', expected a decimal comma as in other cells"
    >>> told_no_comma("14.100")
    "found '14.100', expected a decimal comma as in other cells; write 14100 or 14,100"
    >>> told_no_comma("1.234,56")
    "found '1.234,56', expected a decimal comma as in other cells; thousands take no mark: write 1234,56"
    """
    digits = _digits(text)
    if "." not in digits and digits.count(",") < 2:
        return None
    told = f"found '{quotable(text)}', expected a decimal comma as in other cells"
    if re.fullmatch(_OPEN, digits):
        return f"{told}; write {digits.replace('.', '')} or {digits.replace('.', ',')}"
    if re.fullmatch(_THOUSANDS, digits):
        return f"{told}; thousands take no mark: write {digits.replace('.', '')}"
    return told


def _digits(text: str) -> str:
    number = _TEXT.match(text)
    return number["digits"] if number else ""
