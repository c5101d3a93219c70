"""How much of an exposure's effect passes a variable, whatever the path to it and from it.

The effect on P(outcome) of giving a mediator M the distribution that it has after the change, drawn anew and
all else as before the change:

    sum over m of P(outcome | before, do(M = m)) [P(m | after) - P(m | before)].

It is identified without assumptions across worlds, as the natural effect through M is not once M's causes
reach the outcome on other ways too. What passes one variable passes others as well: these do not add up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from bn.core.model import Network
from bn.engine import condition, infer
from bn.questions.mediation.copies import Reach
from cpds.table import Array, Table


def passing(network: Network, reach: Reach, outcome: tuple[str, int], marginals: Marginals) -> dict[str, Array]:
    """By mediator: the effect on the outcome (at a state index) that passes it, one number a draw.

    `reach` is that of the outcome; `marginals` hold its mediators among others.
    """
    exposure = reach.exposure
    mediators = sorted(network.descendants(exposure) & network.ancestors(outcome[0]))
    inside = network.ancestors(outcome[0]) | {outcome[0]}
    found = dict.fromkeys(mediators, np.zeros(1))
    for chance, state, now in marginals.before:
        changes = {name: marginals.after[name] - now[name] for name in mediators}
        here = np.eye(len(network.states[exposure]))[state]
        effects = reach.copies(here, here).redrawn(
            {name: changes[name] for name in mediators if name in reach.children}
        )
        for name in mediators:
            if name not in effects:
                tables = [network.tables[each] for each in network.tables if each in inside - {name, exposure}]
                known = {exposure: state, outcome[0]: outcome[1]}
                effects[name] = infer(condition([*tables, Table((name,), changes[name])], known)).total.values
            found[name] = found[name] + chance * effects[name]
    return found


@dataclass(frozen=True)
class Marginals:
    """Distributions of variables: for each possible state before, with its chance, and on average after.

    Arrays have axes (state, draw).
    """

    before: tuple[tuple[float, int, Mapping[str, Array]], ...]
    after: Mapping[str, Array]

    @classmethod
    def of(cls, network: Network, exposure: str, low: Array, high: Array, wanted: Collection[str]) -> Marginals:
        """Of the wanted variables, when the exposure moves from one distribution over its states to another."""
        before = tuple((low[at], at, _marginals(network, exposure, at, wanted)) for at in np.flatnonzero(low).tolist())
        after = [(high[at], _marginals(network, exposure, at, wanted)) for at in np.flatnonzero(high).tolist()]
        return cls(before, {name: np.sum([w * arrays[name] for w, arrays in after], axis=0) for name in wanted})


def _marginals(network: Network, exposure: str, state: int, wanted: Collection[str]) -> dict[str, Array]:
    """P(variable | exposure = state) of each wanted variable, axes (state, draw)."""
    inside = set(wanted).union(*(network.ancestors(name) for name in wanted))
    tables = [network.tables[name] for name in network.tables if name in inside - {exposure}]
    joints = infer(condition(tables, {exposure: state}), targets=wanted).joints
    return {name: joints[name].values for name in wanted}
