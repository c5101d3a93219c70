"""Codes that look like missing values: words and 7s, 8s or 9s, among numbers only where they stand apart from these."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from cpds.records import Quantity
from cpds.table import Array
from cpds.units import accepted_units, conversion

UNKNOWN = frozenset(
    (
        *("unknown", "unk", "not known", "not recorded", "not done", "missing", "none", "refused", "nk"),
        *("prefer not to say", "prefer not to answer", "declined", "don't know", "dont know", "dk", "n.a."),
        *("?", "-", "--"),
    )
)
_CODE = re.compile(r"-?(7+|8+|9+)")
APART, FEWEST, SHORTEST, LONG = 2.0, 8, 10.0, 100.0
"""A code among numbers has two digits at least, is more than so many times the largest number beside it, and there are
so many readings beside it; without them it has three digits and is no reading in any unit. All of it assumed."""


def is_missing(code: str | float) -> bool:
    """Whether it looks like a code of a missing value: 7s, 8s or 9s, a word for it."""
    return code in UNKNOWN if isinstance(code, str) else _CODE.fullmatch(f"{code:g}") is not None


def standing_apart(marker: Quantity, numbers: Array, unit: str | None = None) -> frozenset[float]:
    """Of the numbers of a column in `unit` those that are codes, rather than readings in this or another unit.

    A 7 or 9 may be a glucose in mmol/L, a 77 an HbA1c in mmol/mol. A code lies outside what the marker accepts, and
    is negative where only whole numbers are, or far above all that is not itself such a code.
    """
    numbers = np.unique(numbers[~np.isnan(numbers)])
    refused = ~_accepted(marker, numbers, unit)
    coded = np.array([is_missing(number) for number in numbers.tolist()], dtype=bool)
    suspect = coded & refused & ((numbers < 0) | (numbers >= SHORTEST))
    others = numbers[~suspect]
    nowhere = ~np.any([_accepted(marker, numbers, one) for one in accepted_units(marker)], axis=0)
    measured = others[others < 0]
    negative = suspect & nowhere & (numbers < 0) & bool((measured == np.round(measured)).all())
    high = suspect & (numbers > APART * others.max(initial=0.0))
    fine = _accepted(marker, others, unit)
    if fine.sum() < FEWEST or not fine[others >= 0].all():  # what is refused beside it may be in another unit
        high &= nowhere & (numbers >= LONG)
    return frozenset(numbers[negative | high].tolist())


def _accepted(marker: Quantity, numbers: Array, unit: str | None = None) -> NDArray[np.bool_]:
    factor, offset = conversion(marker, unit or marker.unit)
    low, high = marker.accepted
    canonical = numbers * factor + offset
    return np.asarray((canonical >= low) & (canonical <= high))
