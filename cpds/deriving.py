"""The rules by which findings are derived from their parts, and dates as numbers of days."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from inspect import signature
from typing import Any

import numpy as np

from cpds.records import Part
from cpds.table import Array
from cpds.text import quotable
from cpds.units import NotANumberError, as_text

_DAY = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)|(\d{4})/(\d\d?)/(\d\d?)|(\d{4})(\d\d)(\d\d)")
_TIME = re.compile(r"[T ]\d\d?:\d\d(:\d\d(\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?")
_OTHER = re.compile(r"(\d\d?)[/.\-](\d\d?)[/.\-](\d{4})")


def over_square(over: Array, square: Array) -> Array:
    """One number over the square of another.

    >>> over_square(np.array([70.0]), np.array([2.0]))
    array([17.5])
    """
    return over / square**2


def greater(one: Array, other: Array) -> Array:
    """The greater of two numbers, missing where one of them is.

    >>> greater(np.array([30.0, 30.0]), np.array([34.0, np.nan]))
    array([34., nan])
    """
    return np.maximum(one, other)


def completed_years(start: Array, end: Array) -> Array:
    """Whole years between two dates in days, as birthdays count them; negative where the end lies before the start.

    >>> start, before, after = (np.array([day_number(day)]) for day in ("1950-03-04", "2018-03-03", "2018-03-04"))
    >>> completed_years(np.append(start, start), np.append(before, after))
    array([67., 68.])
    """
    known = ~(np.isnan(start) | np.isnan(end))
    (first, birthday), (last, day) = (_year_and_day(np.where(known, days, 0.0)) for days in (start, end))
    return np.where(known, last - first - (day < birthday), np.nan)


def _year_and_day(days: Array) -> tuple[Array, Array]:
    """The year, and the day within it as 100 times the month and the day of the month."""
    dates = days.astype("datetime64[D]")
    years, months = dates.astype("datetime64[Y]"), dates.astype("datetime64[M]")
    of_month = (dates - months).astype(float) + 1
    return years.astype(float) + 1970, 100 * ((months - years).astype(float) + 1) + of_month


RULES: Mapping[str, Callable[..., Array]] = {rule.__name__: rule for rule in (over_square, greater, completed_years)}
OF_DATES = frozenset({"completed_years"})


def arguments(rule: str) -> tuple[str, ...]:
    """Names of a rule's arguments."""
    return tuple(signature(RULES[rule]).parameters)


def day_number(value: Any, part: Part | None = None) -> float:
    """Days from 1970-01-01 to a date: a date or time of any library, ISO text with or without a time, or YYYYMMDD.

    Raises NotANumberError for anything else, such as a text that may be of two dates.

    >>> day_number("1970-01-03"), day_number(19700103), day_number(datetime(1970, 1, 3, 15))
    (2.0, 2.0, 2.0)
    """
    if isinstance(value, np.datetime64):
        return float(value.astype("datetime64[D]").astype(int))
    if isinstance(value, date):
        with suppress(NotImplementedError):  # pandas has times in the year 10000, but no such day
            return float(np.datetime64(value.date() if isinstance(value, datetime) else value, "D").astype(int))
    text = as_text(value, part.id if part else "date")
    text = text.removesuffix(".0") if isinstance(value, float) else text
    match = _DAY.match(text)
    if match and (match.end() == len(text) or _TIME.fullmatch(text, match.end())):
        year, month, day = (int(group) for group in match.groups() if group is not None)
        try:
            return float(np.datetime64(date(year, month, day), "D").astype(int))
        except ValueError:
            pass
    name = f"{part.id}: " if part else ""
    raise NotANumberError(f"{name}found '{quotable(text)}', {_expected(text)}")


def _expected(text: str) -> str:
    """What to write instead: where it may be one of two dates, both.

    >>> _expected("03/04/1950")
    'which may be 1950-04-03 or 1950-03-04; write it so, year first'
    >>> _expected("25.04.1950"), _expected("soon")
    ('expected a date such as 1950-04-25', 'expected a date such as 1950-12-31 or 19501231')
    """
    match = _OTHER.fullmatch(text)
    found = []
    for day, month in ((match[1], match[2]), (match[2], match[1])) if match else ():
        try:
            found.append(date(int(match[3]), int(month), int(day)).isoformat())  # type: ignore[index]  # there is one
        except ValueError:
            continue
    several = list(dict.fromkeys(found))
    if len(several) == 2:
        return f"which may be {several[0]} or {several[1]}; write it so, year first"
    return f"expected a date such as {several[0] if several else '1950-12-31 or 19501231'}"
