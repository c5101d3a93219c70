"""The risk of one person at many parameter vectors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bn.core.conditioned import Conditioned
from bn.core.evidence import Evidence
from bn.core.model import Draws
from bn.engine import adjoints
from bn.engine.contract import contract
from bn.engine.parallel import at_once, by_parts
from cpds.knowledge import Knowledge
from cpds.logistic import cpd, parameter_names
from cpds.table import Array


def risks(knowledge: Knowledge, parameters: Mapping[str, Array], evidence: Evidence, risk_of: tuple[str, str]) -> Array:
    """P(variable = state | findings) for the pair `risk_of`, one number for each entry of the parameters.

    Raises ImpossibleEvidenceError when the findings exclude each other.
    """
    variable, state = risk_of
    index = knowledge.variables[variable].states.index(state)

    def of_some(part: Mapping[str, Array]) -> Array:
        risk = Conditioned.on(Draws(knowledge, part), evidence).joint((variable,)).values[index]
        return np.broadcast_to(risk, (len(next(iter(part.values()))),))

    first = {name: values[:1] for name, values in parameters.items()}
    return np.concatenate(
        by_parts(of_some, parameters, at_once(Conditioned.on(Draws(knowledge, first), evidence).tables))
    )


def risks_moved(
    knowledge: Knowledge,
    point: Mapping[str, Array],
    to: Mapping[str, Array],
    evidence: Evidence,
    risk_of: tuple[str, str],
) -> dict[str, Array]:
    """The same risk when one parameter alone leaves the point: by parameter, one number for each of its values `to`.

    A parameter is in one CPD only, so what that CPD is multiplied by stays as it is at the point.
    """
    outcome, state = risk_of
    index = knowledge.variables[outcome].states.index(state)
    variables = knowledge.variables
    person = Conditioned.on(Draws(knowledge, point), evidence)
    found: dict[str, Array] = {}
    for variable, rest in zip(
        variables.values(), adjoints(person.tables, range(len(variables)), keep=(outcome,)), strict=True
    ):
        names = [] if variable.shares else [name for name in parameter_names(variable) if name in to]
        if not names:
            continue
        ends = np.cumsum([len(to[name]) for name in names])
        moved = {name: np.repeat(point[name], ends[-1]) for name in parameter_names(variable)}
        for name, end in zip(names, ends, strict=True):
            moved[name][end - len(to[name]) : end] = to[name]
        total = contract(rest, cpd(variable, variables, moved, person.known), (outcome,)).values
        found |= dict(zip(names, np.split(total[index] / total.sum(axis=0), ends[:-1]), strict=True))
    return found
