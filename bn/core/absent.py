"""What says that nothing is known: texts such as NA, and the missing values of Python's libraries."""

from __future__ import annotations

from typing import Any

import numpy as np

MISSING = frozenset({"", "na", "n/a", "#n/a", ".", "null", "nan"})
"""Texts of a missing value, in lower case; what surrounds a cell is stripped."""


def says_nothing(value: Any) -> bool:
    """Whether a value is missing: a text of `MISSING`, None, NaN, NaT, pandas' NA, a masked or a null scalar.

    >>> says_nothing(" N/A "), says_nothing(None), says_nothing(float("nan")), says_nothing(np.ma.masked)
    (True, True, True, True)
    >>> says_nothing("none"), says_nothing(0), says_nothing({"present": 1.0})
    (False, False, False)
    """
    if isinstance(value, str):
        return value.strip().lower() in MISSING
    if value is None or value is np.ma.masked or getattr(value, "is_valid", True) is False:
        return True
    try:
        return bool(value != value)  # only what is no value differs from itself
    except TypeError:
        return True  # pandas' NA, of which nothing can be said
    except ValueError:
        return False  # an array
