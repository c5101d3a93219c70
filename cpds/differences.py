"""How two records of knowledge differ, in a sentence each: what was, what is, what is new, what is gone."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from cpds.text import quotable

ALIKE = 1e-9
"""Relative difference of two numbers that are one number written in two ways."""

_ONE = {
    "priors": "prior of ",
    "variables": "variable ",
    "targets": "target ",
    "studies": "study ",
    "interventions": "intervention ",
    "markers": "marker ",
    "panels": "panel ",
    "settings": "setting ",
}


def differences(
    was: Mapping[str, Mapping[str, Any]],
    now: Mapping[str, Mapping[str, Any]],
    then: str = " when the posterior was fitted",
    since: str = " since the posterior was fitted",
) -> Iterator[str]:
    """How two records differ, a text each; `then` and `since` say what the first is a record of."""
    old, new = plainly(was), plainly(now)
    for kind in new:
        for name in sorted({*old.get(kind, {}), *new[kind]}, key=str):
            for text in _differences(old.get(kind, {}).get(name), new[kind].get(name), then, since):
                yield f"{_ONE.get(kind, kind + ' ')}{quotable(name)}{text}"


def plainly(record: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The record as JSON gives it back."""
    found: dict[str, dict[str, Any]] = json.loads(json.dumps(record))
    return found


def _differences(was: object, now: object, then: str, since: str, inside: str = "") -> Iterator[str]:
    """Texts such as ": value was 0.3 when the posterior was fitted and is 0.5 now"."""
    was, now = _by_id(was), _by_id(now)
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted({*was, *now}):
            place = f"{inside}, {key}" if inside else f": {key}"
            yield from _differences(was.get(key), now.get(key), then, since, place)
    elif not alike(was, now):
        if was is None:
            yield f"{inside} is new{since}" + ("" if isinstance(now, dict) else f": {_said(now)}")
        elif now is None:
            yield f"{inside} is gone{since}"
        else:
            yield f"{inside} was {_said(was)}{then} and is {_said(now)} now"


def _by_id(value: object) -> object:
    """A list of entries that have ids as a mapping; anything else as it is."""
    if isinstance(value, list) and value and all(isinstance(entry, dict) and "id" in entry for entry in value):
        return {entry["id"]: {key: part for key, part in entry.items() if key != "id"} for entry in value}
    return value


def alike(was: object, now: object) -> bool:
    """Whether two values of records are the same but for how numbers are written."""
    if isinstance(was, dict) and isinstance(now, dict):
        return set(was) == set(now) and all(alike(was[key], now[key]) for key in was)
    if isinstance(was, list) and isinstance(now, list):
        return len(was) == len(now) and all(map(alike, was, now))
    if isinstance(was, int | float) and isinstance(now, int | float):
        return math.isclose(was, now, rel_tol=ALIKE)
    return was == now


def _said(value: object) -> str:
    return quotable(value if isinstance(value, str) else json.dumps(value))
