"""Rules for the shape of the network: ids resolve, arcs fit their parents, one variable is the risk."""

from __future__ import annotations

from collections.abc import Iterator

from cpds.knowledge import Knowledge, nearest
from cpds.records import Parent, Variable


def arcs(knowledge: Knowledge) -> Iterator[str]:
    """Each arc has as many effects as its parent asks for."""
    for child in knowledge.variables.values():
        for parent in child.parents:
            yield from _effects(
                f"variables/{child.id}.toml: parents {parent.id}", parent, knowledge.variables[parent.id]
            )


def _effects(where: str, arc: Parent, parent: Variable) -> Iterator[str]:
    steps = len(parent.states) - 1
    if arc.knots is None:
        if len(arc.effects) != steps:
            wanted = f"{steps}: one a state after '{parent.states[0]}'"
            yield f"{where}: effects: found {len(arc.effects)}, expected {wanted}"
    elif parent.scale is None:
        yield f"{where}: knots: {parent.id} has no numeric scale; give one effect a state instead"


def signs(knowledge: Knowledge) -> Iterator[str]:
    """An asserted arc's figures point the way its sign says; a graded arc has a sign."""
    for child in knowledge.variables.values():
        for parent in child.parents:
            where = f"variables/{child.id}.toml: parents {parent.id}"
            for effect in parent.effects:
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


def aliases(knowledge: Knowledge) -> Iterator[str]:
    """State aliases lead to states."""
    for variable in knowledge.variables.values():
        for alias, state in variable.state_aliases.items():
            if state not in variable.states:
                hint = nearest(state, list(variable.states))
                yield f"variables/{variable.id}.toml: state_aliases {alias}: unknown state '{state}'{hint}"


def targets(knowledge: Knowledge) -> Iterator[str]:
    """Targets speak of what exists."""
    known = {*knowledge.variables, *knowledge.biomarkers}
    for target in knowledge.targets.values():
        for name in (*target.event, *target.given, *(target.versus or {})):
            if name not in known:
                yield f"targets.toml: target {target.id}: unknown name '{name}'{nearest(name, list(known))}"
        for name, state in target.do.items():
            if name not in knowledge.variables or state not in knowledge.variables[name].states:
                yield f"targets.toml: target {target.id}: do: no variable '{name}' with a state '{state}'"


RULES = (arcs, signs, risk, aliases, targets)
