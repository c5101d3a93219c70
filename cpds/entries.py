"""An entry of a knowledge file becomes a record, or every problem with it is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import reduce
from typing import Any

from msgspec import ValidationError, convert

_KEYS = re.compile(r"[^.$`\[\]]+|\.{3}")
_NAMELESS = "..."
"""How the validator calls a key of a mapping, whatever its name."""


class EntryError(ValueError):
    """What is wrong with an entry: one line a problem, with the key, what was found and what to do."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def read_entry(entry: dict[str, Any], kind: Any, strict: bool = True) -> Any:
    """The record of some kind that an entry holds; without `strict` a text may stand for a number.

    Raises EntryError.
    """
    try:
        return convert(entry, kind, strict=strict)
    except ValidationError as error:
        raise EntryError(list(_problems(entry, kind, strict, error))) from None


def _problems(entry: dict[str, Any], kind: Any, strict: bool, error: ValidationError) -> Iterator[str]:
    """One after the other: an unknown key is set aside, so that it does not hide what else is wrong."""
    message, _, place = str(error).partition(" - at ")
    keys = _KEYS.findall(place.removeprefix("`key` in "))
    name = re.search("`(.*)`", message)
    if name and message.startswith("Object missing"):
        yield f"{_joined(*keys, name[1])}missing; add it"
    elif name and message.startswith("Object contains unknown"):
        yield f"{_joined(*keys, name[1])}unknown key; remove it or correct its spelling"
        if _NAMELESS not in keys:
            left = deepcopy(entry)
            del reduce(_at, keys, left)[name[1]]
            try:
                convert(left, kind, strict=strict)
            except ValidationError as another:
                yield from _problems(left, kind, strict, another)
    else:
        found = None if _NAMELESS in keys else reduce(_at, keys, entry)
        yield f"{_joined(*keys)}{message}" + ("" if isinstance(found, dict | None) else f" (found {found!r:.80})")


def _at(value: Any, key: str) -> Any:
    """What stands in a list or a table under a key."""
    return value[int(key)] if isinstance(value, list | tuple) else value[key]


def _joined(*keys: str) -> str:
    return f"{'.'.join(keys)}: " if keys else ""
