"""What is told of a table's columns beside its answers, as Python's warnings."""

from __future__ import annotations

import sys
import warnings

from bn.cohort.reading.summary import Summary
from bn.cohort.reading.unread import Unread
from bn.cohort.reading.wording import PROPOSED, unread_columns
from bn.core.errors import SuspectUnitWarning, UnreadColumnsWarning
from cpds.text import quotable


def warn(summary: Summary) -> None:
    """Warn a caller of Python of all that is to be said of the columns."""
    warn_unread(summary.unread)
    warn_suspect(summary)


def warn_unread(unread: Unread) -> None:
    """Warn a caller of Python of what was not read, with the way out."""
    told = unread_columns(unread)
    if not told:
        return
    meaning = dict(list(unread.meaning.items())[:PROPOSED])
    if meaning:
        told.append(f"if they are what they seem, pass meaning={meaning!r}")
    told += (f"{quotable(one.header)} is {one.told}" for one in unread.proposals if one.meant is None)
    told += (f"{quotable(one.header)} {one.told}" for one in unread.proposals if one.alike)
    if meaning:
        told.append("to leave one alone, give it an empty text")
    _warn("; ".join(told), UnreadColumnsWarning)


def warn_suspect(summary: Summary, already: set[str] | None = None) -> None:
    """Warn a caller of Python of columns that are probably in another unit, except those told `already`."""
    already = set() if already is None else already
    for one in summary.in_another_unit:
        if one.header not in already:
            already.add(one.header)
            _warn(one.argument, SuspectUnitWarning)


def _warn(text: str, kind: type[Warning]) -> None:
    """A warning at the line of the caller outside this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == "bn":
        level, frame = level + 1, frame.f_back
    warnings.warn(text, kind, stacklevel=level)
