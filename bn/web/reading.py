"""A person's findings as they come over HTTP: read one by one where they cannot be read together, and described."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn.core.errors import QuestionError
from bn.core.heading import Heading
from bn.core.model import Model
from bn.core.names import Names
from bn.core.observe import observe
from bn.core.typed import value_of
from cpds.records import CONTEXT_ROLES, Declared, Ordinal

MOST_FINDINGS = 200
_MEANT = re.compile(r"did you mean '([^']+)'\?")


@dataclass(frozen=True)
class LeftOut:
    """A finding that cannot be used, by the name it came under; `suggest` is a known name that may be meant."""

    name: str
    message: str
    suggest: str | None


class FindingsError(QuestionError):
    """Findings that cannot be read; `left_out` says of each why."""

    def __init__(self, left_out: list[LeftOut]) -> None:
        super().__init__("; ".join(dict.fromkeys(one.message for one in left_out)))
        self.left_out = left_out


def readable(names: Names, findings: Mapping[str, Any], partial: bool) -> tuple[dict[str, Any], list[LeftOut]]:
    """The findings that can be read together, and those that cannot, each with the reason.

    Texts are what the command line takes behind `=`. Of findings that contradict one another the first ones stay.
    Raises FindingsError where some are left out, unless `partial`; QuestionError where there are too many.
    """
    if len(findings) > MOST_FINDINGS:
        raise QuestionError(f"found {len(findings)} findings, expected at most {MOST_FINDINGS} on one person")
    typed: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in findings.items():
        try:
            typed[name] = value_of(name, value) if isinstance(value, str) else value
        except QuestionError as error:
            wrong[name] = str(error)
    kept = typed
    if _problem(names, typed):
        kept = {}
        for group in _groups(names, typed):
            some = {name: typed[name] for name in group}
            if problem := _problem(names, some) or _problem(names, {**kept, **some}):
                wrong.update(dict.fromkeys(group, problem))
            else:
                kept.update(some)
    left_out = [_left_out(name, wrong[name]) for name in findings if name in wrong]
    if left_out and not partial:
        raise FindingsError(left_out)
    return kept, left_out


def _left_out(name: str, message: str) -> LeftOut:
    meant = _MEANT.search(message)
    return LeftOut(name, message, meant[1] if meant else None)


def _problem(names: Names, findings: Mapping[str, Any]) -> str:
    try:
        _ = observe(names, findings).observed
    except QuestionError as error:
        return str(error)
    return ""


def _groups(names: Names, findings: Mapping[str, Any]) -> list[list[str]]:
    """Names that are read together: the parts of one finding (height and weight), any other name by itself."""
    derived = {part: one.id for one in names.knowledge.derivations.values() for part in one.of.values()}
    groups: dict[str, list[str]] = {}
    for name in findings:
        part = None if names.find_header(name) else names.find_part(name)
        groups.setdefault(f"of {derived[part]}" if part in derived else f"as {name}", []).append(name)
    return list(groups.values())


@dataclass(frozen=True)
class Described:
    """A finding as it was read.

    `value` is in the canonical `unit`, None where no single number was given; `bound` is `<` or `>` where it is a
    limit. `state` is the one state, level, or yes or no that was read. `parts` are the names it is derived from.
    """

    name: str
    id: str
    title: str
    variable: str
    context: bool
    kind: str
    value: float | None
    bound: str
    unit: str | None
    state: str | None
    parts: tuple[str, ...]


def described(model: Model, findings: Mapping[str, Any]) -> tuple[list[Described], dict[str, int]]:
    """Every finding as it was read, and the state index of the variables that are known for certain by them."""
    known = observe(model.names, findings)
    single = {name: (weight[:, 0] > 0).nonzero()[0] for name, weight in known.observed.weights.items()}
    certain = {name: int(at[0]) for name, at in single.items() if len(at) == 1}
    parts = {one.derived.derivation.id: tuple(one.numbers) for one in known.derived}
    return [_described(name, known[name], heading, parts) for name, heading in known.headings.items()], certain


def _described(name: str, value: Any, heading: Heading, parts: Mapping[str, tuple[str, ...]]) -> Described:
    low, high = heading.allowed(value)
    bound = "<" if low == -math.inf else ">" if high == math.inf else ""
    number = high if bound == "<" else low if bound == ">" or low == high else math.nan
    marker, variable = heading.marker, heading.variable
    state: str | None = None
    if heading.says_state:
        states = np.flatnonzero(heading.weights(value))
        state = variable.states[int(states[0])] if len(states) == 1 else None
    elif isinstance(marker, Ordinal):
        state = marker.levels[int(heading.reading(value)[0])].id
    elif isinstance(marker, Declared):
        state = "yes" if heading.reading(value)[0] else "no"
    return Described(
        name=name,
        id=heading.id,
        title=marker.title if marker else variable.title,
        variable=variable.id,
        context=variable.role in CONTEXT_ROLES,
        kind=marker.kind if marker else "variable",
        value=None if math.isnan(number) else float(number),
        bound="" if math.isnan(number) else bound,
        unit=heading.numeric.unit if heading.numeric else None,
        state=state,
        parts=parts.get(heading.id, ()),
    )
