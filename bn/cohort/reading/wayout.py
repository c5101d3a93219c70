"""For cells that cannot be read: what a columns file would say of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bn.cohort.reading.meaning import UNDETECTED, ColumnMeaning, as_code, code_of, unflagged
from bn.cohort.reading.missing import is_missing, standing_apart
from bn.core.derive import PartHeading
from bn.core.heading import Heading
from cpds.records import Declared, Ordinal
from cpds.table import Array
from cpds.text import quotable

SHOWN = 4
LONGEST = 24
ORDER = ("is", "unit", "detection_limit", "flags", "values", "missing")


def way_out(
    heading: Heading | PartHeading, values: Sequence[Any], numbers: Array, meaning: ColumnMeaning | None = None
) -> dict[str, Any] | None:
    """What `meaning` would take to say what `values`, none of which can be read, are; None where it could say nothing.

    `numbers` are all different ones of the column. What is said takes the place of the `meaning` of the column, and
    says all that this one does. What a code means has to be filled in: `1 = "female or male"`.
    """
    values = [value for value in values if isinstance(value, str | float | int | np.number)]
    words = {code_of(value): text for value in reversed(values) if 0 < len(text := quotable(value)) <= LONGEST}
    codes = [code for code in dict.fromkeys(map(code_of, values)) if code in words]
    said = meaning.keys if meaning else {}
    keys: dict[str, Any] = {}
    missing = [code for code in codes if is_missing(code)]
    if heading.numeric is not None:
        apart = standing_apart(heading.numeric, numbers, heading.unit)
        missing = [code for code in missing if isinstance(code, str) or code in apart]
        if any(code in UNDETECTED for code in codes):
            keys["detection_limit"] = "fill in"
        if any(unflagged(word) is not None for word in words.values()):
            keys["flags"] = True
    elif isinstance(heading, Heading):
        meant = " or ".join(_answers(heading))
        coded = [code for code in codes if code not in missing]
        if coded:
            keys["values"] = {**said.get("values", {}), **{_shown(code, words): meant for code in coded[:SHOWN]}}
    if missing:
        keys["missing"] = [*said.get("missing", []), *(_shown(code, words) for code in missing[:SHOWN])]
    if not keys:
        return None
    found = {"is": heading.id, **({"unit": heading.unit} if heading.unit else {}), **said, **keys}
    return {key: found[key] for key in ORDER if key in found}


def _answers(heading: Heading) -> Sequence[str]:
    if isinstance(heading.marker, Declared):
        return ("yes", "no")
    if isinstance(heading.marker, Ordinal):
        return [level.id for level in heading.marker.levels]
    return heading.variable.states


def _shown(code: str | float, words: dict[str | float, str]) -> str | float | int:
    return as_code(code) if isinstance(code, float) else words[code]
