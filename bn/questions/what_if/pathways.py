"""Which pathways carry a change: path-specific effects, exact at one parameter vector.

A cut arc shows the child its parent as it was before the acts (the path-specific effects of Avin, Shpitser
and Pearl, here in the twin network and given the findings). With all arcs out of a variable cut, what ran
through it is lost; with all arcs into the outcome cut but some, what comes by those is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress, product

import numpy as np

from bn.counterfactual.twin import Arc
from bn.counterfactual.worlds import Worlds
from bn.engine.parallel import on_cores
from bn.questions.shapley import shapley


@dataclass(frozen=True)
class Pathways:
    """How the change of the risk comes about, in differences of the risk at the point.

    `through[variable]` is what is lost of the whole change when everything that the variable causes sees it
    as it was before the acts. A path has several variables on it, so these overlap and do not add up.

    `arrives[variable]` is what comes by the last step from a parent of the outcome, and under the outcome's
    own name what an act on it does. These add up to the whole change. Where steps act together each has its
    mean share over all orders in which they could be let through (Shapley value).
    """

    through: Mapping[str, float]
    arrives: Mapping[str, float]


def pathways(worlds: Worlds, outcome: str, state: int, before: float, after: float) -> Pathways:
    """The change of P(outcome = state) from `before` to `after`, taken apart; `worlds` hold one batch entry."""
    if outcome not in worlds.reached:
        return Pathways({}, {})

    def probability(cut: frozenset[Arc]) -> float:
        return float(worlds.marginals([outcome], cut)[outcome][state, 0]) if cut else after

    above = worlds.upstream([outcome]) - {outcome}
    between = [name for name in worlds.before if name in above]
    held = on_cores(probability, [_out_of(worlds, name) for name in between])
    through = {name: after - left for name, left in zip(between, held, strict=True)}
    steps = [parent for parent in worlds.after[outcome].axes[1:] if parent in above]

    def with_steps(through: frozenset[str]) -> float:
        return probability(frozenset((step, outcome) for step in steps if step not in through))

    subsets = (frozenset(compress(steps, let)) for let in product((False, True), repeat=len(steps)))
    worth = np.array([with_steps(subset) for subset in subsets]).reshape((2,) * len(steps))
    arrives = dict(zip(steps, shapley(worth).tolist(), strict=True))
    if outcome in worlds.acted:
        arrives[outcome] = float(worth.flat[0]) - before
    return Pathways(through, arrives)


def _out_of(worlds: Worlds, name: str) -> frozenset[Arc]:
    return frozenset((name, child) for child, table in worlds.after.items() if name in table.axes and child != name)
