"""What any coupling of the two worlds allows: bounds on a probability after the acts, given the findings.

They assume the network (its arcs, its CPDs before and after the acts, independent noises) and nothing of how a
noise acts: they hold for every structural model with these CPDs. Let b be the states of the unreached
variables that bear on what the acts reach; given b the noises within reach are independent of all else. Let A
be the variables within reach that a finding rests on, x the states before of those that it speaks of, L(x)
their likelihood, w the states after of those in A with children outside of it. As the outcome after depends,
given w and b, on noises that no finding rests on,

    P(outcome after, findings | b) = sum over x, w of P(x, w | b) L(x) g(w),   g(w) = P(outcome after | w, b).

P(x | b), P(w | b) and g follow from the two networks; how x and w go together does not. `rearranged` gives the
least and the greatest sum. Where the findings rest on the outcome itself, w is the outcome and g is 0 or 1:
Frechet's bounds.

Conditioning on more sharpens this. Acted variables a with nothing reached above them have noises of their own,
so the argument holds given b, their states before and their states after. Where all acted variables are such
and stay as they were, nothing changes, and that part of the probability is known (consistency). How often
each state before goes with each after is known where they are set. Where one variable of two states is not set
but shifted, one number is free in it, and the bounds are taken at its ends.
"""

from __future__ import annotations

import numpy as np

from bn.questions.what_if.rearrange import rearranged
from bn.questions.what_if.sides import Sides, over
from bn.questions.what_if.worlds import Worlds
from cpds.table import Array


def bounds(worlds: Worlds, outcome: str, state: int) -> tuple[float, float]:
    """Least and greatest P(outcome = state after the acts | findings), for an outcome within reach.

    `worlds` hold one batch entry. Equal where the networks identify the probability.
    """
    if worlds.identified or outcome in worlds.set_to:
        probability = float(worlds.marginals([outcome])[outcome][state, 0])
        return probability, probability
    sides = Sides.of(worlds, outcome, state)
    whole = (sides.before * sides.likelihood).sum()
    least, most = (
        float(_total(sides, values, side) / whole) for values, side in zip(_values(sides), (-1, 1), strict=True)
    )
    return min(max(least, 0.0), 1.0), min(max(least, most, 0.0), 1.0)


def _values(sides: Sides) -> tuple[Array, Array]:
    """Least and greatest P(outcome after, findings within reach | b, a before, a after): axes (b, a, a after)."""
    mass = sides.before.sum(axis=2)
    inside = over(sides.before, mass[..., None])
    possible, shares, goal = sides.after
    cases, acts = mass.shape
    ends = np.zeros((2, cases, acts, acts))
    for after in np.flatnonzero(possible.any(axis=0)).tolist():
        first = [np.repeat(part[:, after], acts, axis=0) for part in (shares, goal)]
        second = [part.reshape(cases * acts, -1) for part in (inside, sides.likelihood)]
        ends[..., after] = np.reshape(rearranged(*first, *second), (2, cases, acts))
        if sides.complete:
            ends[:, :, after, after] = over(sides.unchanged[:, after], mass[:, after])
    return ends[0], ends[1]


def _total(sides: Sides, values: Array, side: int) -> float:
    """Sum over b and the acts of what `_values` gives, least (side -1) or greatest (+1) over what is free."""
    mass, possible = sides.before.sum(axis=2), sides.after[0]
    target = int(possible.any(axis=0).argmax())
    if not sides.turned:
        return float((mass * values[:, :, target]).sum())
    cases, first = len(mass), target - target % 2
    by_set = mass.reshape(cases, -1, 2)
    chance = over(by_set.sum(axis=1), mass.sum(axis=1, keepdims=True))[:, 1]
    chance_after = possible[:, first + 1]
    moved = values[:, :, first : first + 2].reshape(cases, -1, 2, 2)
    pairs = np.einsum("cs,csxy->cxy", by_set.sum(axis=2), moved)
    totals = []
    for both in (np.maximum(chance + chance_after - 1, 0.0), np.minimum(chance, chance_after)):
        shares = np.array([[1 - chance - chance_after + both, chance_after - both], [chance - both, both]])
        totals.append(np.einsum("xyc,cxy->c", shares, pairs))
    return float((np.maximum if side > 0 else np.minimum)(*totals).sum())
