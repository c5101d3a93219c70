"""Rules for the shape of the knowledge: the network, strata given once for everybody, names that mean one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from cpds.knowledge import Knowledge, nearest
from cpds.records import (
    Biomarker,
    Criterion,
    Declared,
    Definition,
    Intervention,
    Parent,
    Prevalence,
    Referred,
    Stratum,
    Variable,
)
from cpds.strata import covered
from cpds.text import plain

Named = tuple[str, Iterable[Variable | Biomarker | Intervention]]


def observed(knowledge: Knowledge) -> Iterator[str]:
    """No id or alias of a variable or biomarker stands for another one."""
    yield from _stands_for_one(
        ("variables", knowledge.variables.values()), ("biomarkers", knowledge.biomarkers.values())
    )


def done(knowledge: Knowledge) -> Iterator[str]:
    """No id or alias of an intervention stands for another one."""
    yield from _stands_for_one(("interventions", knowledge.interventions.values()))


def _stands_for_one(*folders: Named) -> Iterator[str]:
    files = [(f"{folder}/{entry.id}.toml", entry) for folder, entries in folders for entry in entries]
    owners: dict[str, str] = {}
    for file, entry in files:
        owner = owners.setdefault(plain(entry.id), file)
        if owner != file:
            yield f"{file}: id: '{entry.id}' already stands for that of {owner}; give it another one"
    for file, entry in files:
        for alias in entry.aliases:
            owner = owners.setdefault(plain(alias), file)
            if owner != file:
                yield f"{file}: aliases: '{alias}' already stands for that of {owner}; keep it in one place"


SHOWN = 3


def references(knowledge: Knowledge) -> Iterator[str]:
    """The strata of a marker's reference cover every combination of states exactly once."""
    for marker in knowledge.biomarkers.values():
        if isinstance(marker, Referred):
            yield from _strata(knowledge, f"biomarkers/{marker.id}.toml: reference.strata", marker.reference.strata)


def definitions(knowledge: Knowledge) -> Iterator[str]:
    """Another definition has names of its own, is of an event, and gives a share for every combination of states."""
    owners: dict[str, str] = {}
    for definition in knowledge.definitions.values():
        for name in (definition.id, *definition.aliases):
            if owners.setdefault(plain(name), definition.id) != definition.id:
                owner = f"'{name}' already stands for definition {owners[plain(name)]}"
                yield f"definitions.toml: definition {definition.id}: {owner}; keep it in one place"
    for definition in knowledge.definitions.values():
        where = f"definitions.toml: definition {definition.id}"
        variable = knowledge.variables.get(definition.variable)
        if variable is None:
            hint = nearest(definition.variable, list(knowledge.variables))
            yield f"{where}: variable: unknown '{definition.variable}'{hint}; correct it"
        elif definition.event is not None:
            yield from unknown_states(f"{where}: event", variable, definition.event)
        for position, stratum in enumerate(definition.strata, 1):
            if not 0 < stratum.number < 1:
                found = f"found {stratum.number}, expected a share between 0 and 1"
                yield f"{where}: strata {position}: value: {found}; correct it"
        yield from _strata(knowledge, f"{where}: strata", definition.strata)
        for criterion in definition.criteria:
            yield from _criterion(knowledge, f"{where}: criteria: marker '{criterion.marker}'", definition, criterion)


def _criterion(knowledge: Knowledge, where: str, definition: Definition, criterion: Criterion) -> Iterator[str]:
    """A criterion is of a marker of the definition's variable, of a kind that has such readings."""
    marker = knowledge.biomarkers.get(criterion.marker)
    if marker is None:
        yield f"{where}: unknown{nearest(criterion.marker, list(knowledge.biomarkers))}; correct it"
    elif definition.variable in knowledge.variables and marker.variable != definition.variable:
        yield f"{where}: speaks of {marker.variable}, expected a marker of {definition.variable}; name another one"
    elif criterion.answer is not None and not isinstance(marker, Declared):
        yield f"{where}: is {marker.kind} and takes no answer; give at_least"
    elif criterion.at_least is not None:
        low, high = marker.accepted if isinstance(marker, Referred) else (1.0, 0.0)
        if not low <= criterion.at_least.number <= high:
            yield f"{where}: found at_least {criterion.at_least.number:g}, expected {low:g} to {high:g}; correct it"


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


def arcs(knowledge: Knowledge) -> Iterator[str]:
    """Each arc has as many effects as its parent asks for."""
    for child in knowledge.variables.values():
        for parent in child.parents:
            yield from _effects(
                f"variables/{child.id}.toml: parents {parent.id}", parent, knowledge.variables[parent.id]
            )


def _effects(where: str, arc: Parent, parent: Variable) -> Iterator[str]:
    steps = 1 if parent.scores else len(parent.states) - 1
    if arc.knots is None:
        wanted = f"{steps}: " + ("the loading" if parent.scores else f"one a state after '{parent.states[0]}'")
        for step, effects in arc.by_step.items():
            if len(effects) != steps:
                yield f"{where}: effects{f' {step}' if step else ''}: found {len(effects)}, expected {wanted}"
    elif parent.scale is None:
        yield f"{where}: knots: {parent.id} has no numeric scale; give one effect a state instead"


def signs(knowledge: Knowledge) -> Iterator[str]:
    """An asserted arc's figures point the way its sign says; a graded arc has a sign."""
    for child in knowledge.variables.values():
        for parent in child.parents:
            where = f"variables/{child.id}.toml: parents {parent.id}"
            for effect in parent.figures:
                if effect.basis == "graded" and parent.sign is None:
                    yield f"{where}: sign: missing; a graded effect takes its direction from it"
                if parent.sign and effect.value is not None and (effect.value > 0) != (parent.sign == "+"):
                    yield f"{where}: value {effect.value} runs against sign '{parent.sign}'; correct one of them"


def risk(knowledge: Knowledge) -> Iterator[str]:
    """One variable has a state that is called the risk."""
    named = [variable for variable in knowledge.variables.values() if variable.risk]
    if len(named) != 1:
        yield f"variables: risk: {len(named)} variables name a risk state, expected one; set `risk` in one file"
    for variable in named:
        if variable.risk not in variable.states:
            hint = nearest(str(variable.risk), list(variable.states))
            yield f"variables/{variable.id}.toml: risk: unknown state '{variable.risk}'{hint}"


def events(knowledge: Knowledge) -> Iterator[str]:
    """An event is the last state, or it and those next to it, but never all of them; the risk's state is one itself."""
    for variable in knowledge.variables.values():
        where = f"variables/{variable.id}.toml: event"
        states, event = variable.states, variable.event
        unknown = [state for state in event if state not in states]
        for state in unknown:
            yield f"{where}: unknown state '{state}'{nearest(state, list(states))}; name states of {variable.id}"
        if event and variable.risk:
            yield f"{where}: the risk's state '{variable.risk}' is the event already; remove one of the two"
        elif event and not unknown and event not in {states[first:] for first in range(1, len(states))}:
            expected = "the last state and those next to it in order, the first left out"
            yield f"{where}: found {', '.join(event)}, expected {expected}, such as {', '.join(states[1:])}"


def unknown_states(where: str, variable: Variable, text: str) -> Iterator[str]:
    """What is wrong with a text that is to name a state, or with a plus a state and all higher."""
    if not variable.named(text):
        graded = f", or {variable.states[1]}+ for that or higher" if len(variable.states) > 2 else ""
        found = f"{variable.id} has no state '{text}'{nearest(text.removesuffix('+'), list(variable.states))}"
        yield f"{where}: {found}; name one of {', '.join(variable.states)}{graded}"
    elif variable.named(text) == variable.states:
        yield f"{where}: '{text}' leaves out no state of {variable.id}; name a higher one"


def aliases(knowledge: Knowledge) -> Iterator[str]:
    """State aliases, and words for people, lead to states."""
    for variable in knowledge.variables.values():
        where = f"variables/{variable.id}.toml"
        named = [(f"state_aliases {alias}", state) for alias, state in variable.state_aliases.items()]
        for key, state in [*named, *((f"people {state}", state) for state in variable.people)]:
            if state not in variable.states:
                yield f"{where}: {key}: unknown state '{state}'{nearest(state, list(variable.states))}"


def targets(knowledge: Knowledge) -> Iterator[str]:
    """Targets speak of what exists."""
    known = {*knowledge.variables, *knowledge.biomarkers}
    for target in knowledge.targets.values():
        where = f"targets.toml: target {target.id}"
        for name, text in (*target.event.items(), *target.given.items(), *(target.versus or {}).items()):
            variable = knowledge.variables.get(name)
            if name not in known:
                yield f"{where}: unknown name '{name}'{nearest(name, list(known))}"
            elif variable and variable.scale is None and text not in variable.state_aliases:
                yield from unknown_states(where, variable, text)
        for name, state in target.do.items():
            if name not in knowledge.variables or state not in knowledge.variables[name].states:
                yield f"{where}: do: no variable '{name}' with a state '{state}'"


def cases(knowledge: Knowledge) -> Iterator[str]:
    """Worked cases speak of what exists."""
    known = {*knowledge.variables, *knowledge.biomarkers, *knowledge.parts}
    for case in knowledge.cases.values():
        for name in case.findings:
            if name not in known:
                yield f"cases.toml: case {case.id}: unknown name '{name}'{nearest(name, list(known))}"


def battery(knowledge: Knowledge) -> Iterator[str]:
    """Items of the battery speak of what exists: findings that can be had, acts that can be done."""
    known = {*knowledge.variables, *knowledge.biomarkers, *knowledge.parts}
    for item in knowledge.battery.values():
        where = f"battery.toml: battery {item.id}"
        for name in item.findings:
            if name not in known:
                yield f"{where}: findings: unknown name '{name}'{nearest(name, list(known))}"
        for act in item.do:
            name, equals, state = act.partition("=")
            variable = knowledge.variables.get(name)
            if not equals:
                name = name.partition(":")[0]
                if name not in knowledge.interventions:
                    hint = nearest(name, list(knowledge.interventions))
                    yield f"{where}: do: unknown intervention '{name}'{hint}; a variable is set by name=state"
            elif variable is None:
                yield f"{where}: do: unknown variable '{name}'{nearest(name, list(knowledge.variables))}"
            elif variable.scale is None and state not in variable.states:
                yield f"{where}: do: {name} has no state '{state}'{nearest(state, list(variable.states))}"


RULES: tuple[Callable[[Knowledge], Iterator[str]], ...] = (
    arcs,
    signs,
    risk,
    events,
    aliases,
    targets,
    cases,
    battery,
    observed,
    done,
    references,
    definitions,
)
