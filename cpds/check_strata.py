"""Rules for strata: whatever is given by kind of people is given once for everybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cpds.knowledge import Knowledge, nearest
from cpds.records import Criterion, Measured, Prevalence, Stratum, Threshold
from cpds.strata import covered

SHOWN = 3


def references(knowledge: Knowledge) -> Iterator[str]:
    """The strata of a marker's reference cover every combination of states exactly once."""
    for marker in knowledge.biomarkers.values():
        if isinstance(marker, Measured | Threshold | Criterion):
            yield from _strata(knowledge, f"biomarkers/{marker.id}.toml: reference.strata", marker.reference.strata)


def definitions(knowledge: Knowledge) -> Iterator[str]:
    """Another definition is of a variable with two states, and gives a share for every combination of states once."""
    for definition in knowledge.definitions.values():
        where = f"definitions.toml: definition {definition.id}"
        variable = knowledge.variables.get(definition.variable)
        if variable is None:
            hint = nearest(definition.variable, list(knowledge.variables))
            yield f"{where}: variable: unknown '{definition.variable}'{hint}; correct it"
        elif len(variable.states) != 2:
            yield f"{where}: variable: {variable.id} has {len(variable.states)} states, expected two; name another one"
        for position, stratum in enumerate(definition.strata, 1):
            if not 0 < stratum.number < 1:
                found = f"found {stratum.number}, expected a share between 0 and 1"
                yield f"{where}: strata {position}: value: {found}; correct it"
        yield from _strata(knowledge, f"{where}: strata", definition.strata)


def _strata(knowledge: Knowledge, where: str, strata: Sequence[Stratum | Prevalence]) -> Iterator[str]:
    wrong = [line for stratum in strata for line in _selected(knowledge, where, stratum)]
    yield from wrong or _coverage(knowledge, where, strata)


def _selected(knowledge: Knowledge, where: str, stratum: Stratum | Prevalence) -> Iterator[str]:
    """Problems of one stratum's `where`."""
    for key, value in stratum.where.items():
        place = f"{where}.where.{key}"
        variable = knowledge.variables.get(key)
        if variable is None:
            yield f"{place}: unknown '{key}'{nearest(key, list(knowledge.variables))}; correct it or add its file"
        elif isinstance(value, str):
            if value not in variable.states:
                yield f"{place}: unknown '{value}'{nearest(value, list(variable.states))}; name a state of {key}"
        elif variable.scale is None:
            yield f"{place}: {key} has no numeric scale; name a state"
        elif not (value[0] in variable.scale.edges and value[1] in variable.scale.edges):
            yield f"{place}: {list(value)} cuts through a state; use edges of {key}'s scale"


def _coverage(knowledge: Knowledge, where: str, strata: Sequence[Stratum | Prevalence]) -> Iterator[str]:
    """Combinations of states that no stratum, or more than one, covers."""
    cut = [name for name in knowledge.variables if any(name in stratum.where for stratum in strata)]
    count = np.zeros(tuple(len(knowledge.variables[name].states) for name in cut), dtype=int)
    for stratum in strata:
        count[np.ix_(*(covered(knowledge, name, stratum) for name in cut))] += 1
    for index in np.argwhere(count != 1)[:SHOWN]:
        people = ", ".join(f"{name} {knowledge.variables[name].states[i]}" for name, i in zip(cut, index, strict=True))
        times = int(count[tuple(index)])
        yield f"{where}: {people or 'everyone'}: covered {times} times, expected once; add, join or correct strata"


RULES = (references, definitions)
