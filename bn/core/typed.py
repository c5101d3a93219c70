"""Findings as people type them: `name=value`, and weights of states in braces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bn.core.errors import QuestionError
from cpds.text import quotable


def observations(findings: Iterable[str]) -> dict[str, Any]:
    """Findings as typed, by name; a QuestionError where one name is given twice."""
    return once(map(pair, findings))


def pair(text: str) -> tuple[str, Any]:
    """`name=value` as name and value; see `value_of`."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise QuestionError(f"'{text}': expected name=value, such as age=68")
    return name, value_of(name, value, text)


def value_of(name: str, value: str, text: str | None = None) -> Any:
    """What was typed for a name; a value such as {present=3, absent=1} gives weights of states.

    `text` is the whole of what was typed, as an error quotes it.
    """
    if not value.strip():
        shown = text if text is not None else f"{quotable(name)}="
        raise QuestionError(f"'{shown}': no value; leave {name} out, or write {name}=NA, where it is not known")
    value = value.strip()
    if value.startswith("{") and value.endswith("}"):
        return once(pair(part.strip().replace(":", "=", 1)) for part in value[1:-1].split(","))
    return value


def once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a dictionary. Raises QuestionError where one name is given twice."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise QuestionError(f"'{name}' is given twice, as {found[name]} and {value}; keep one")
        found[name] = value
    return found
