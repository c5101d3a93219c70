"""For cells that cannot be read: the line of a columns file that says what they mean."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from bn.cohort.reading.meaning import UNDETECTED, code_of, unflagged
from bn.core.derive import PartHeading
from bn.core.heading import Heading
from cpds.records import Declared, Ordinal

SHOWN = 4
LONGEST = 16
LONGEST_HEADER = 80
UNKNOWN = frozenset(
    (
        *("unknown", "unk", "not known", "not recorded", "not done", "missing", "none", "refused", "nk"),
        *("prefer not to say", "don't know", "dont know", "dk", "n.a.", "?", "-", "--"),
    )
)
_CODE_OF_MISSING = re.compile(r"-?(7+|8+|9+)")


def way_out(heading: Heading | PartHeading, values: Sequence[Any]) -> str | None:
    """The line that would say what `values`, none of which can be read, mean; None where it could say nothing.

    What a code means has to be filled in: `1 = "female or male"`.
    """
    values = [value for value in values if isinstance(value, str | float | int | np.number)]
    codes = list(dict.fromkeys(code_of(value) for value in values))
    words = {code_of(value): str(value).strip() for value in reversed(values) if len(str(value)) <= LONGEST}
    keys: list[str] = []
    missing = [code for code in codes if code in words and _is_missing(code)]
    if heading.numeric is not None:
        if any(code in UNDETECTED for code in codes):
            keys.append('detection_limit = "fill in"')
        if any(unflagged(word) is not None for word in words.values()):
            keys.append("flags = true")
    elif isinstance(heading, Heading):
        coded = [code for code in codes if code in words and code not in missing]
        meant = json.dumps(" or ".join(_answers(heading)))
        if coded:
            keys.append(f"values = {{ {', '.join(f'{_key(code, words)} = {meant}' for code in coded[:SHOWN])} }}")
    if missing:
        shown = [f"{code:g}" if isinstance(code, float) else json.dumps(words[code]) for code in missing[:SHOWN]]
        keys.append(f"missing = [{', '.join(shown)}]")
    if not keys or len(heading.header) > LONGEST_HEADER:
        return None
    unit = f", unit = {json.dumps(heading.unit)}" if heading.unit else ""
    said = f'is = "{heading.id}"{unit}, {", ".join(keys)}'
    return f"{json.dumps(heading.header, ensure_ascii=False)} = {{ {said} }}"


def _is_missing(code: str | float) -> bool:
    """Whether it looks like a code of a missing value: 7s, 8s or 9s, a word for it."""
    return code in UNKNOWN if isinstance(code, str) else _CODE_OF_MISSING.fullmatch(f"{code:g}") is not None


def _answers(heading: Heading) -> Sequence[str]:
    if isinstance(heading.marker, Declared):
        return ("yes", "no")
    if isinstance(heading.marker, Ordinal):
        return [level.id for level in heading.marker.levels]
    return heading.variable.states


def _key(code: str | float, words: dict[str | float, str]) -> str:
    text = f"{code:g}" if isinstance(code, float) else words[code]
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else json.dumps(text)
