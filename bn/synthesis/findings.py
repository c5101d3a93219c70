"""What the synthesis found: effects through chosen paths, and which parameters the targets decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bn.core.model import Network
from bn.engine import infer
from bn.synthesis.fit import ENOUGH, Problem, minimize
from cpds.table import Array, Table


@dataclass(frozen=True)
class Shift:
    """P(event) with the exposure low, high, and high for some of its children only; one number a draw."""

    low: Array
    high: Array
    through: Mapping[str, Array]


def exposure_effect(
    network: Network,
    exposure: str,
    low: Array,
    high: Array,
    outcome: tuple[str, Sequence[int]],
    routes: Mapping[str, Collection[str]],
) -> Shift:
    """Move `exposure` from one distribution over its states to another, for all children or for a route's only.

    `low` and `high` hold probabilities of the exposure's states, `outcome` is a variable with the indices of the states
    that are its event. A route is a set of its children; the
    others keep the low distribution. Each pair of a low and a high state is averaged over, so that one
    person's low state is the same for all children.
    """
    children = {name for name, table in network.tables.items() if exposure in table.axes[1:]}

    def probability(moved: Collection[str]) -> Array:
        total = np.zeros(1)
        for before in np.flatnonzero(low).tolist():
            for after in np.flatnonzero(high).tolist():
                at = {child: after if child in moved else before for child in children}
                total = total + low[before] * high[after] * _outcome(network, exposure, outcome, at)
        return total

    return Shift(probability(()), probability(children), {name: probability(route) for name, route in routes.items()})


def _outcome(network: Network, exposure: str, outcome: tuple[str, Sequence[int]], at: Mapping[str, int]) -> Array:
    """P(event of the outcome) when each child sees its own state of the exposure."""
    tables = []
    for name, table in network.tables.items():
        if name == exposure:
            continue
        if name in at:
            position = table.axes.index(exposure)
            rest: Array = np.take(table.values, at[name], axis=position)
            table = Table(tuple(a for a in table.axes if a != exposure), rest)
        tables.append(table)
    name, event = outcome
    total: Array = infer(tables, keep=(name,)).total.values[list(event)].sum(axis=0)
    return total


@dataclass(frozen=True)
class SignSupport:
    """One asserted arc when its prior does not know the sign: estimate along the asserted sign, and its SD."""

    name: str
    estimate: float
    deviation: float

    @property
    def verdict(self) -> str:
        """Whether the targets alone speak for the sign, at about 95 % one-sided."""
        strength = self.estimate / self.deviation
        return "supported" if strength > 1.645 else "contradicted" if strength < -1.645 else "undecided"


def sign_support(problem: Problem) -> list[SignSupport]:
    """Refit with sign-free priors: what the targets say of each asserted sign (normal approximation)."""
    free = problem.sign_free()
    mode = minimize(free.residuals, np.zeros(len(free.priors)), ENOUGH)
    covariance = np.linalg.inv(mode.jacobian.T @ mode.jacobian)
    found = []
    for row, (name, prior) in enumerate(free.priors.items()):
        sign = problem.priors[name].sign
        if sign and not prior.sign:
            direction = 1.0 if sign == "+" else -1.0
            estimate = float(direction * prior.at(np.array([mode.deviates[row]]))[0])
            found.append(SignSupport(name, estimate, prior.spread * float(np.sqrt(covariance[row, row]))))
    return found
