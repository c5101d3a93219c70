"""The line of a columns file that says what a column is."""

from __future__ import annotations

import json
import re
from typing import Any

LONGEST_HEADER = 200
"""Characters; nothing longer is a name."""
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_line(header: str, said: Any) -> str:
    r"""The line of a file for `--columns` that says what the column of a header is: TOML has just this header for key.

    >>> toml_line("CRP", {"is": "hscrp", "flags": True, "missing": [9, "x"]})
    '"CRP" = { is = "hscrp", flags = true, missing = [9, "x"] }'
    >>> print(toml_line("in\n\x7f", "age"))
    "in\u000a\u007f" = "age"
    """
    return f"{_text(header)} = {_toml(said)}"


def has_line(header: str) -> bool:
    """Whether a line can say it: nothing that long is pasted, and TOML has no halves of characters."""
    return len(header) <= LONGEST_HEADER and not any("\ud800" <= letter <= "\udfff" for letter in header)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        keys = ((key if _BARE.fullmatch(key := str(name)) else _text(key), one) for name, one in value.items())
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in keys) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    """A text of TOML, on one line and without anything that does not print."""
    return '"' + "".join(map(_letter, text)) + '"'


def _letter(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    code = ord(letter)
    return letter if letter.isprintable() else f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"
