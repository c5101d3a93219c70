"""Logistic CPDs: from log odds ratios to a conditional table with named axes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from cpds.records import Link, Parent, Variable
from cpds.table import Array, Table


class DisorderedError(ValueError):
    """Intercepts of a cumulative logit that give a state a negative probability."""


def parameter_names(variable: Variable) -> tuple[str, ...]:
    """Ids of the parameters of a CPD: intercepts first, then each parent's effects in the file's order.

    A single intercept is `child|intercept`, one of several `child|intercept:state` (the state whose
    probability, or that of a higher one, it sets). A single effect is `child|parent`, one of several
    `child|parent:40-70` (a segment of a numeric scale) or `child|parent:1` (a step of the parent); one of several
    steps of the child also names the state that the step leads to, as in `child|parent:40-70@state`.
    """
    names = intercept_names(variable)
    for parent in variable.parents:
        names += effect_names(variable.id, parent)
    return names


def intercept_names(variable: Variable) -> tuple[str, ...]:
    """Ids of the intercepts of a CPD, one a step of the variable; none for a root."""
    upper = () if variable.shares else variable.states[1:]
    return tuple(f"{variable.id}|intercept" + (f":{state}" if len(upper) > 1 else "") for state in upper)


def effect_names(child: str, parent: Parent) -> tuple[str, ...]:
    """Ids of the effects of one arc, in the order of `parent.figures`."""
    return tuple(name for names in _names_by_step(child, parent).values() for name in names)


def effects_at(step: str, child: str, parent: Parent) -> tuple[str, ...]:
    """Ids of the effects of an arc at the step to a state of the child, in the order of the columns of `design`."""
    by_step = _names_by_step(child, parent)
    return by_step[step] if step in by_step else by_step[None]


def _names_by_step(child: str, parent: Parent) -> Mapping[str | None, tuple[str, ...]]:
    stem = f"{child}|{parent.id}"
    found = {}
    for step, effects in parent.by_step.items():
        if len(effects) == 1:
            parts = [""]
        elif parent.knots is None:
            parts = [f":{number}" for number in range(1, len(effects) + 1)]
        else:
            parts = [f":{low:g}-{high:g}" for low, high in pairwise(parent.knots)]
        found[step] = tuple(stem + part + (f"@{step}" if step else "") for part in parts)
    return found


def design(parent: Parent, variable: Variable) -> Array:
    """What each effect of an arc contributes in each state of the parent: axes (state, effect).

    Named states: 1 where the state is the effect's own. A numeric scale: the length of each segment
    that lies below the state's midpoint, in units of `per`. A latent parent: the state's score.

    >>> from cpds.records import Figure, Scale, Shares
    >>> told = {"basis": "assumed", "why": "example"}
    >>> scale = Scale(unit="year", edges=(20, 40, 60), midpoints=(30, 50), accepted=(20, 60), **told)
    >>> shares = Shares(values=(0.5, 0.5), **told)
    >>> age = {"id": "age", "title": "Age", "role": "root", "definition": "Years lived."}
    >>> older = Variable(states=("young", "old"), scale=scale, shares=shares, **age)
    >>> effect = Figure(value=0.1, spread=0.1, **told)
    >>> bent = Parent(id="age", knots=(20.0, 40.0, 60.0), per=10.0, effects=(effect, effect))
    >>> design(bent, older)  # 30 is 10 years into the first segment; 50 is past it and 10 into the second
    array([[1., 0.],
           [2., 1.]])
    """
    if variable.scores:
        return np.array(variable.scores.values)[:, None]
    if parent.knots is None:
        return np.eye(len(variable.states))[:, 1:]
    if variable.scale is None or parent.per is None:
        raise ValueError(f"{parent.id}: an arc with knots needs a parent with a numeric scale")
    points = np.array(variable.scale.midpoints)[:, None]
    low, high = np.array(parent.knots[:-1]), np.array(parent.knots[1:])
    lengths: Array = np.clip(points - low, 0.0, high - low) / parent.per
    return lengths


def cpd(
    variable: Variable,
    variables: Mapping[str, Variable],
    parameters: Mapping[str, Array],
    known: Mapping[str, int] | None = None,
) -> Table:
    """P(variable | parents): axes (variable, *parents), then one batch entry a draw of the parameters.

    For a variable with two states `logit P(second) = intercept + sum of effects`; with more, a logit for each step
    by the variable's link: of `P(state k or higher)` (cumulative, proportional odds), or of
    `P(state k or higher | state k - 1 or higher)` (sequential), with effects of its own at each step where it has such.

    `parameters` maps each id of `parameter_names` to its draws, shape (draws,). `known` maps variables
    to the index of their state; their axes are then absent, and only that part is computed.
    """
    known = known or {}
    if variable.shares:
        table = Table((variable.id,), np.array(variable.shares.values)[:, None])
    else:
        table = _logistic(variable, variables, parameters, known)
    if variable.id in known:
        return Table(table.axes[1:], table.values[known[variable.id]])
    return table


def _logistic(
    variable: Variable, variables: Mapping[str, Variable], parameters: Mapping[str, Array], known: Mapping[str, int]
) -> Table:
    """The CPD from odds, which multiply: one exponential a state of a parent instead of one a combination of parents.

    No single effect may be so large that its odds are more than a number can hold (log odds of 700).
    """
    open_parents = [parent.id for parent in variable.parents if parent.id not in known]
    intercepts = np.stack([parameters[name] for name in intercept_names(variable)])
    with np.errstate(over="ignore"):
        against = np.exp(-intercepts).reshape(len(intercepts), *(1 for _ in open_parents), -1)
        for parent in variable.parents:
            factors = np.exp(-_contributions(variable, parent, variables[parent.id], parameters))
            if parent.id in known:
                factors = factors[:, known[parent.id]].reshape(len(factors), *(1 for _ in open_parents), -1)
            else:
                shape = [1] * len(open_parents)
                shape[open_parents.index(parent.id)] = factors.shape[1]
                factors = factors.reshape(len(factors), *shape, -1)
            against = against * factors
    against += 1.0
    return Table((variable.id, *open_parents), from_steps(np.reciprocal(against, out=against), variable.link))


def _contributions(child: Variable, arc: Parent, parent: Variable, parameters: Mapping[str, Array]) -> Array:
    """Log odds that each state of a parent adds at each step of the child: axes (step or one for all, state, draw)."""
    steps = dict.fromkeys(effects_at(step, child.id, arc) for step in child.states[1:])
    ahead = design(arc, parent)
    return np.stack([ahead @ np.stack([parameters[name] for name in names]) for names in steps])


def from_steps(steps: Array, link: Link) -> Array:
    """P(state k) from the probability of each step, k >= 1, along the first axis: see `Variable` for the links.

    >>> from_steps(np.array([[0.75], [0.5]]), "sequential").ravel()  # 3/4 go on, half of them once more
    array([0.25 , 0.375, 0.375])
    """
    if link == "sequential":
        steps = np.cumprod(steps, axis=0, dtype=float)
    return from_cumulative(steps)


def to_steps(shares: Array, link: Link) -> Array:
    """Probability of each step from P(state k) along the first axis; inverse of `from_steps`.

    A step that nobody can reach has probability 0.

    >>> to_steps(np.array([[0.25], [0.375], [0.375]]), "sequential").ravel()
    array([0.75, 0.5 ])
    """
    steps = to_cumulative(shares)
    if link == "sequential":
        reached = np.concatenate([np.ones_like(steps[:1]), steps[:-1]])
        steps = np.divide(steps, reached, out=np.zeros_like(steps), where=reached > 0)
    return steps


def from_cumulative(at_least: Array) -> Array:
    """P(state k) from P(state k or higher), k >= 1, along the first axis.

    >>> from_cumulative(np.array([[0.75], [0.5]])).ravel()
    array([0.25, 0.25, 0.5 ])
    """
    between = at_least[:-1] - at_least[1:]
    if (between < 0).any():
        raise DisorderedError("intercepts of a cumulative logit must fall from each state to the next higher one")
    return np.concatenate([1.0 - at_least[:1], between, at_least[-1:]])


def to_cumulative(shares: Array) -> Array:
    """P(state k or higher), k >= 1, from P(state k) along the first axis; inverse of `from_cumulative`.

    >>> to_cumulative(np.array([[0.25], [0.25], [0.5]])).ravel()
    array([0.75, 0.5 ])
    """
    upward: Array = np.cumsum(shares[::-1], axis=0)[::-1][1:]
    return upward


def expit(logits: Array) -> Array:
    """Probability from log odds; 0 where the odds against it are more than a number can hold.

    >>> expit(np.array([0.0, np.log(3.0)]))  # odds 1 and 3
    array([0.5 , 0.75])
    """
    with np.errstate(over="ignore"):
        probability: Array = 1.0 / (1.0 + np.exp(-logits))
    return probability


def logit(probability: Array) -> Array:
    """Log odds from probability.

    >>> logit(np.array([0.5, 0.75])).round(6)  # ln 1 and ln 3
    array([0.      , 1.098612])
    """
    odds: Array = np.log(probability) - np.log1p(-probability)
    return odds
