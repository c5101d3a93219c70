"""What is wrong with the names of states and events that claims use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cpds.check_structure import unknown_states
from cpds.knowledge import Knowledge, nearest


def unknown_findings(knowledge: Knowledge, findings: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Which findings, by the names of their variables, are of none that there is, or no state of it."""
    for name, finding in findings:
        variable = knowledge.variables.get(name)
        if variable is None or (variable.scale is None and not variable.named(finding)):
            yield f"no state '{finding}' of '{name}'"


def unknown_event(knowledge: Knowledge, where: str, name: str, states: str) -> Iterator[str]:
    """What is wrong with a name, and with the states behind it, which a variable alone has."""
    known = [*knowledge.variables, *knowledge.biomarkers, *knowledge.interventions]
    if name not in known:
        yield f"{where}: unknown '{name}'{nearest(name, known)}"
    elif states and name not in knowledge.variables:
        yield f"{where}: '{name}' is no variable and has no state '{states}'; name it alone"
    elif states:
        yield from unknown_states(where, knowledge.variables[name], states)
