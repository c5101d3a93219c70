"""TOML written so that a person can read and edit it: a table's rows and short arrays on one line each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def lines(table: Mapping[str, Any], path: str = "") -> Iterator[str]:
    r"""The lines of a table, tables inside it last; what is None or an empty table is left out.

    >>> list(lines({"name": "us", "inner": {"a|b": [1, 2.5]}, "age": None}))
    ['name = "us"', '\n[inner]', '"a|b" = [1, 2.5]']
    """
    inner = {name: value for name, value in table.items() if value and _holds_tables(value)}
    for name, value in table.items():
        if name not in inner and value not in (None, {}):
            yield f"{key(name)} = {inline(value)}"
    for name, value in inner.items():
        head = f"{path}{key(name)}"
        for entry in [value] if isinstance(value, Mapping) else value:
            yield f"\n[{head}]" if isinstance(value, Mapping) else f"\n[[{head}]]"
            yield from lines(entry, f"{head}.")


def inline(value: Any) -> str:
    """A value on one line: a text, number, truth value, date, or an array or table of such.

    >>> inline({"is": "hscrp", "flags": True, "missing": [9, "x"]})
    '{ is = "hscrp", flags = true, missing = [9, "x"] }'
    """
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key(str(name))} = {inline(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else repr(value)


def key(name: str) -> str:
    """A key, quoted only where it has to be."""
    return name if _BARE.fullmatch(name) else text(name)


def text(value: str) -> str:
    r"""A text on one line, what does not print as its escape.

    >>> print(text("in\n\x7f"))
    "in\u000a\u007f"
    """
    return '"' + "".join(map(_letter, value)) + '"'


def _letter(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    code = ord(letter)
    return letter if letter.isprintable() else f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"


def _holds_tables(value: Any) -> bool:
    several = value if isinstance(value, list | tuple) else [value]
    return any(isinstance(one, Mapping) for one in several)
