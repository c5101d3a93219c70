"""Numbers as text with six decimals, equal to `f"{x:.6f}"`, many at a time.

A number times a million is rounded to a whole one, whose digits are looked up three at a time and stored eight at a
time. Where the product lies so near the middle between two whole numbers that its own rounding may decide, Python's
formatting does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bn.cohort.files.arrays import binaries, stretches
from cpds.table import Array

Bytes = NDArray[np.uint8]
DECIMALS = 6
MILLION = 10**DECIMALS
UNIT_WIDTH = 2 + DECIMALS
_AT_ONCE = 1 << 14
_WHOLE, _WIDTH = 8, 8 + 1 + DECIMALS
_POWERS = 10 ** np.arange(1, DECIMALS)
_NEAR, _LESS_NEAR = 2.0**-20, 2.0**-12


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


def texts(values: Array, before: bytes, after: bytes, mark: str) -> pa.BinaryArray:
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
