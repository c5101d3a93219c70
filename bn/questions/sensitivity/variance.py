"""What an interval is made of: the risk at many parameter vectors, and the share of its spread of each parameter.

Near the point the log odds of the risk are linear in the parameters: y = a + sum of g_i u_i + rest. So

    var(y) = sum of g_i cov(u_i, y) + cov(rest, y),

and the terms, over var(y), are shares that add up to 1 with the remainder. A share counts what a parameter
has in common with the others as well, and is negative where a parameter moves against the total: its own
uncertainty is then made good by that of others.

An intercept and the effects of one variable trade against each other, so each would have a huge share of
either sign. An effect u is therefore moved while the average person stays where they are, and an intercept
is the level of that person: y depends on an effect as far as this person differs from the average.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bn.core.conditioned import Conditioned
from bn.core.evidence import Evidence
from bn.core.model import Draws
from bn.engine import adjoints
from bn.engine.contract import contract
from bn.engine.parallel import at_once, by_parts
from cpds.knowledge import Knowledge
from cpds.logistic import cpd, parameter_names
from cpds.priors import Prior
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


def shares(gradient: Array, values: Array, log_odds: Array) -> tuple[Array, Array, float]:
    """Share of var(log odds) by parameter, the share that knowing it alone would remove, and the remainder.

    `gradient` has one number a parameter, `values` axes (parameter, draw), `log_odds` one number a draw.
    What knowing one parameter removes is its squared correlation with the log odds; these do not add up.

    >>> values = np.array([[1.0, -1.0, 1.0, -1.0], [2.0, 2.0, -2.0, -2.0]])  # variances 1 and 4, uncorrelated
    >>> share, known, rest = shares(np.array([1.0, 1.0]), values, values.sum(axis=0))
    >>> share.tolist(), known.round(12).tolist(), rest
    ([0.2, 0.8], [0.2, 0.8], 0.0)
    """
    deviations = values - values.mean(axis=1, keepdims=True)
    centered = log_odds - log_odds.mean()
    total = float(centered @ centered)
    joint = deviations @ centered
    own = (deviations**2).sum(axis=1)
    share = gradient * joint / total
    known = np.divide(joint**2, own * total, out=np.zeros_like(joint), where=own > 0)
    return share, known, float(1 - share.sum())


def at_average(
    priors: Mapping[str, Prior], averages: Mapping[str, Mapping[str, float]], gradient: Array, values: Array
) -> tuple[Array, Array]:
    """Gradient and values when intercepts are taken at the average person.

    `averages` holds, by intercept and effect of its step, the average of what the effect multiplies. With N theta the
    sum of average times effect for each intercept, the new values are (1 + N) theta, the new gradient (1 - N') g.
    """
    names: Sequence[str] = list(priors)
    shift = np.zeros((len(names), len(names)))
    for row, name in enumerate(names):
        for effect, average in averages.get(name, {}).items():
            shift[row, names.index(effect)] = average
    return gradient - shift.T @ gradient, values + shift @ values
