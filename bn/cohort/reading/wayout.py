"""For cells that cannot be read: the line of a columns file that says what they mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from bn.cohort.reading.meaning import UNDETECTED, ColumnMeaning, as_code, code_of, unflagged
from bn.core.derive import PartHeading
from bn.core.heading import Heading
from bn.core.meant import toml_line
from cpds.records import Declared, Ordinal

SHOWN = 4
LONGEST = 24
LONGEST_HEADER = 80
ORDER = ("detection_limit", "flags", "values", "missing")
UNKNOWN = frozenset(
    (
        *("unknown", "unk", "not known", "not recorded", "not done", "missing", "none", "refused", "nk"),
        *("prefer not to say", "prefer not to answer", "declined", "don't know", "dont know", "dk", "n.a."),
        *("?", "-", "--"),
    )
)
_CODE_OF_MISSING = re.compile(r"-?(7+|8+|9+)")


def way_out(heading: Heading | PartHeading, values: Sequence[Any], meaning: ColumnMeaning | None = None) -> str | None:
    """The line that would say what `values`, none of which can be read, mean; None where it could say nothing.

    It takes the place of a line that says the `meaning` of the column, and says all that this one does. What a code
    means has to be filled in: `1 = "female or male"`.
    """
    values = [value for value in values if isinstance(value, str | float | int | np.number)]
    codes = list(dict.fromkeys(code_of(value) for value in values))
    words = {code_of(value): str(value).strip() for value in reversed(values) if len(str(value)) <= LONGEST}
    said = meaning.keys if meaning else {}
    keys: dict[str, Any] = {}
    missing = [code for code in codes if code in words and is_missing(code)]
    if heading.numeric is not None:
        if any(code in UNDETECTED for code in codes):
            keys["detection_limit"] = "fill in"
        if any(unflagged(word) is not None for word in words.values()):
            keys["flags"] = True
    elif isinstance(heading, Heading):
        meant = " or ".join(_answers(heading))
        coded = [code for code in codes if code in words and code not in missing]
        if coded:
            keys["values"] = {**said.get("values", {}), **{_shown(code, words): meant for code in coded[:SHOWN]}}
    if missing:
        keys["missing"] = [*said.get("missing", []), *(_shown(code, words) for code in missing[:SHOWN])]
    if not keys or len(heading.header) > LONGEST_HEADER:
        return None
    unit = {"unit": heading.unit} if heading.unit else {}
    merged = {**said, **keys}
    return toml_line(heading.header, {"is": heading.id, **unit, **{key: merged[key] for key in ORDER if key in merged}})


def is_missing(code: str | float) -> bool:
    """Whether it looks like a code of a missing value: 7s, 8s or 9s, a word for it."""
    return code in UNKNOWN if isinstance(code, str) else _CODE_OF_MISSING.fullmatch(f"{code:g}") is not None


def _answers(heading: Heading) -> Sequence[str]:
    if isinstance(heading.marker, Declared):
        return ("yes", "no")
    if isinstance(heading.marker, Ordinal):
        return [level.id for level in heading.marker.levels]
    return heading.variable.states


def _shown(code: str | float, words: dict[str | float, str]) -> str | float | int:
    return as_code(code) if isinstance(code, float) else words[code]
