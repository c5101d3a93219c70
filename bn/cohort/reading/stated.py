"""A cell that holds a unit instead of a value, as in a row of units: which texts do, and what they convert."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import numpy as np

from bn.core.derive import PartHeading
from bn.core.heading import Heading
from cpds.records import Quantity
from cpds.units import ReadingError, chosen_unit, conversion

LOOKED_AT = 32
"""In so many rows under the headers rows of units are sought, and no further than the first number."""

NO_UNIT = frozenset({"-", "--", "1", "none", "unitless"})
"""What stands in a row of units under what has none."""

_WRAPPED = re.compile(r"\((.*)\)|\[(.*)\]")


def stated_unit(numeric: Quantity, text: str, said: str | None = None) -> tuple[str, float, float]:
    """The unit that a text is, perhaps in brackets, with factor and offset; `said` is that of the header.

    Raises ReadingError where it is none.
    """
    text = text.strip()
    wrapped = _WRAPPED.fullmatch(text)
    if wrapped:
        with suppress(ReadingError):  # `[in_i]` is a unit with its brackets
            return _chosen(numeric, text, said)
        text = (wrapped[1] or wrapped[2] or "").strip()
    return _chosen(numeric, text, said)


def _chosen(numeric: Quantity, text: str, said: str | None) -> tuple[str, float, float]:
    unit = chosen_unit(text, said) or text
    return unit, *conversion(numeric, unit)


def other_unit(heading: Heading | PartHeading, value: Any) -> str | None:
    """The unit that a cell holds, where it is one of the column and not the one in which the column is read."""
    if heading.numeric is None or not isinstance(value, str) or value.strip().lower() in NO_UNIT:
        return None
    try:
        unit, factor, offset = stated_unit(heading.numeric, value, heading.unit)
    except ReadingError:
        return None
    return None if np.allclose([factor, offset], [heading.factor, heading.offset]) else unit
