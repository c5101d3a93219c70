"""Codes in cells: which look like missing values or flags, and what a columns file would say of those not understood.

Words for a missing value and 7s, 8s or 9s look like it, among numbers only where they lie apart from these.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn.core.derive import PartHeading
from bn.core.heading import Heading
from cpds.records import Declared, Ordinal, Quantity
from cpds.table import Array
from cpds.text import LONGEST, finite, quotable
from cpds.units import ReadingError, accepted_units, as_text, conversion

Code = str | float
UNKNOWN = frozenset(
    (
        *("unknown", "unk", "not known", "not recorded", "not done", "missing", "none", "refused", "nk"),
        *("prefer not to say", "prefer not to answer", "declined", "don't know", "dont know", "dk", "n.a."),
        *("?", "-", "--"),
    )
)
FLAGS = frozenset({"h", "hh", "l", "ll", "a", "aa", "*", "**", "!"})
UNDETECTED = frozenset(
    f"{mark}{word}" for mark in ("<", "< ") for word in ("lod", "loq", "lloq", "dl", "mdl", "detection limit")
) | frozenset({"nd", "n.d.", "blq", "blod", "bloq", "bql", "bdl", "not detected", "undetected", "undetectable"})
KEYS = ("is", "unit", "detection_limit", "flags", "values", "missing", "labels", "together")
_CODE = re.compile(r"-?(7+|8+|9+)")
_FLAGGED = re.compile(r"(?P<reading>.*[\w%²³])(?P<gap>\s*)(?P<flag>\(?[A-Za-z*!]{1,12}\)?)\s*")

APART, FEWEST, SHORTEST, LONG = 2.0, 8, 10.0, 100.0
"""A code among numbers has two digits at least, is more than so many times the largest number beside it, and there are
so many readings beside it; without them it has three digits and is no reading in any unit. All of it assumed."""

SHOWN, LONGEST_CODE = 4, 24
"""How many codes of a column a proposed line holds, and the longest text that counts as a code."""


def code_of(value: Any) -> Code:
    """A cell as a code: numbers are the same however they are written, texts whatever their case.

    >>> code_of(" 01 "), code_of(1), code_of("1.0"), code_of(" Male "), code_of(True)
    (1.0, 1.0, 1.0, 'male', 'true')
    """
    number = finite(value)
    if not math.isnan(number):
        return number
    try:
        return as_text(value, "code").lower()
    except ReadingError:  # longer than any code is
        return ""


def as_code(code: Code) -> str | float | int:
    """A code of `code_of` as people write it: a whole number without the point."""
    return int(code) if isinstance(code, float) and code.is_integer() else code


def unflagged(text: str, flags: frozenset[str] = FLAGS) -> str | None:
    """A reading without the flag behind it, None where there is none; a letter stands apart, or behind a digit.

    >>> unflagged("4.1 H"), unflagged("4.1*"), unflagged("<0.3 mg/L (L)"), unflagged("4.1h")
    ('4.1', '4.1', '<0.3 mg/L', '4.1')
    >>> unflagged("5 mmol/L"), unflagged("4.1 mg"), unflagged("high")
    (None, None, None)
    """
    match = _FLAGGED.fullmatch(text) if len(text) <= LONGEST else None
    if match is None or match["flag"].strip("()").lower() not in flags:
        return None
    apart = match["gap"] or match["flag"][0] in "(*!" or match["reading"][-1].isdigit()
    return match["reading"] if apart and any(map(str.isdigit, match["reading"])) else None


def looks_missing(code: Code) -> bool:
    """Whether it looks like a code of a missing value: 7s, 8s or 9s, a word for it."""
    return code in UNKNOWN if isinstance(code, str) else _CODE.fullmatch(f"{code:g}") is not None


def accepted(marker: Quantity, numbers: Array, unit: str | None = None) -> NDArray[np.bool_]:
    """Which numbers the marker accepts; `unit` is theirs, by default the canonical one."""
    factor, offset = conversion(marker, unit or marker.unit)
    low, high = marker.accepted
    canonical = numbers * factor + offset
    return np.asarray((canonical >= low) & (canonical <= high))


def missing_codes(marker: Quantity, numbers: Array, unit: str | None = None) -> frozenset[float]:
    """Of the numbers of a column in `unit` those that are codes, rather than readings in this or another unit.

    A 7 or 9 may be a glucose in mmol/L, a 77 an HbA1c in mmol/mol. A code lies outside what the marker accepts, and
    is negative where only whole numbers are, or far above all that is not itself such a code.
    """
    numbers = np.unique(numbers[~np.isnan(numbers)])
    coded = np.array([looks_missing(number) for number in numbers.tolist()], dtype=bool)
    suspect = coded & ~accepted(marker, numbers, unit) & ((numbers < 0) | (numbers >= SHORTEST))
    others = numbers[~suspect]
    nowhere = ~np.any([accepted(marker, numbers, other) for other in accepted_units(marker)], axis=0)
    measured = others[others < 0]
    negative = suspect & nowhere & (numbers < 0) & bool((measured == np.round(measured)).all())
    high = suspect & (numbers > APART * others.max(initial=0.0))
    fine = accepted(marker, others, unit)
    if fine.sum() < FEWEST or not fine[others >= 0].all():  # what is refused beside it may be in another unit
        high &= nowhere & (numbers >= LONG)
    return frozenset(numbers[negative | high].tolist())


def proposed_meaning(
    heading: Heading | PartHeading, values: Sequence[Any], numbers: Array, given: Mapping[str, Any]
) -> dict[str, Any] | None:
    """What `meaning` would take to say what `values`, none of which can be read, are; None where it could say nothing.

    `numbers` are all different ones of the column. The proposal takes the place of what is `given` for the column, by
    the keys of a meaning, and holds all of it. What a code means has to be filled in: `1 = "female or male"`.
    """
    values = [value for value in values if isinstance(value, str | float | int | np.number)]
    words = {code_of(value): text for value in reversed(values) if 0 < len(text := quotable(value)) <= LONGEST_CODE}
    codes = [code for code in dict.fromkeys(map(code_of, values)) if code in words]
    keys: dict[str, Any] = {}
    missing = [code for code in codes if looks_missing(code)]
    if heading.numeric is not None:
        apart = missing_codes(heading.numeric, numbers, heading.unit)
        missing = [code for code in missing if isinstance(code, str) or code in apart]
        if any(code in UNDETECTED for code in codes):
            keys["detection_limit"] = "fill in"
        if any(unflagged(word) is not None for word in words.values()):
            keys["flags"] = True
    elif isinstance(heading, Heading) and (coded := [code for code in codes if code not in missing]):
        answers = " or ".join(_answers(heading))
        keys["values"] = {**given.get("values", {}), **{_shown(code, words): answers for code in coded[:SHOWN]}}
    if missing:
        keys["missing"] = [*given.get("missing", []), *(_shown(code, words) for code in missing[:SHOWN])]
    if not keys:
        return None
    whole = {"is": heading.id, **({"unit": heading.unit} if heading.unit else {}), **given, **keys}
    return {key: whole[key] for key in KEYS if key in whole}


def _answers(heading: Heading) -> Sequence[str]:
    if isinstance(heading.marker, Declared):
        return ("yes", "no")
    if isinstance(heading.marker, Ordinal):
        return [level.id for level in heading.marker.levels]
    return heading.variable.states


def _shown(code: Code, words: Mapping[Code, str]) -> str | float | int:
    return as_code(code) if isinstance(code, float) else words[code]
