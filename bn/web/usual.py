"""Between what numbers the readings of eight people in ten lie: of everyone, or of people like this one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bn.core.names import range_of
from cpds.records import Graded, Referred, Stratum, Variable
from cpds.strata import covered, strata_variables
from cpds.table import Array
from cpds.tails import log_phi
from cpds.units import in_words

if TYPE_CHECKING:
    from bn.api import RiskModel

SHARE = 0.8
_HALVINGS = 60


@dataclass(frozen=True)
class Usual:
    """Central `share` of the readings, `low` to `high`, of `people`: what is said of them, by variable.

    `of` is `everyone`, or `absent` where the reference is of people with the first state of the marker's variable.
    """

    low: float
    high: float
    unit: str
    of: str
    people: Mapping[str, str] = field(default_factory=dict)
    share: float = SHARE


@dataclass(frozen=True)
class Ranges:
    """The references of a model's markers, mixed over the strata as common as people in them are."""

    model: RiskModel

    def of(self, name: str, certain: Mapping[str, int]) -> Usual | None:
        """That of a marker by id, given the state index of variables that are known; None without a reference."""
        marker = self.model.knowledge.biomarkers.get(name)
        if not isinstance(marker, Referred):
            return None
        strata = marker.reference.strata
        cutting = _axes(marker)
        known = {axis: certain[axis] for axis in cutting if axis in certain}
        shares = np.array([self._share(stratum, cutting, known) for stratum in strata])
        low, high = _central(marker.reference.scale, strata, shares / shares.sum())
        only = strata[int(shares.argmax())] if (shares > 0).sum() == 1 else None
        people = {axis: self._said(axis, state, only) for axis, state in known.items()}
        return Usual(low, high, marker.unit, "absent" if marker.reference.of == "absent" else "everyone", people)

    def _share(self, stratum: Stratum, cutting: tuple[str, ...], known: Mapping[str, int]) -> float:
        """How common people of a stratum are among those in the known states."""
        weights: Array = self._joints[cutting] if cutting else np.ones(())
        for axis, name in enumerate(cutting):
            inside = covered(self.model.knowledge, name, stratum).astype(float)
            if name in known:
                inside *= np.arange(len(inside)) == known[name]
            weights = weights * inside.reshape([-1 if at == axis else 1 for at in range(len(cutting))])
        return float(weights.sum())

    def _said(self, name: str, state: int, stratum: Stratum | None) -> str:
        """Who the people are as to one variable: the range of their stratum, or their state."""
        variable = self.model.knowledge.variables[name]
        where = stratum.where.get(name) if stratum else None
        if variable.scale is None or not isinstance(where, tuple):
            return state_title(variable, state)
        unit = in_words(variable.scale.unit)
        if where[1] >= variable.scale.accepted[1]:
            return f"{where[0]:g} {unit} and over"
        return f"{where[0]:g} to {where[1]:g} {unit}"

    @cached_property
    def _joints(self) -> dict[tuple[str, ...], Array]:
        """P(states of the variables that cut a reference) among everyone, for each such set of variables."""
        markers = self.model.knowledge.biomarkers.values()
        wanted = {_axes(one) for one in markers if isinstance(one, Referred)}
        sizes = {name: len(variable.states) for name, variable in self.model.knowledge.variables.items()}
        return {
            names: np.asarray(self.model.joint(names)["probability"]).reshape([sizes[name] for name in names])
            for names in wanted
            if names
        }


def _axes(marker: Referred) -> tuple[str, ...]:
    """Variables that cut a marker's reference, its own among them where each state has a distribution."""
    return (*((marker.variable,) if isinstance(marker, Graded) else ()), *strata_variables(marker))


def state_title(variable: Variable, state: int) -> str:
    """A state as people say it: its range on a numeric scale, else its name.

    >>> from cpds import load
    >>> variables = load().variables
    >>> state_title(variables["age"], 0), state_title(variables["sex"], 0)
    ('20 to 25 years', 'female')
    """
    return range_of(variable.scale, state) if variable.scale else variable.states[state].replace("_", " ")


def _central(scale: str, strata: tuple[Stratum, ...], shares: Array) -> tuple[float, float]:
    """Between what the central share of a mixture of normal distributions lies; of their logarithms on a log scale."""
    centers = np.array([math.log(one.center) if scale == "log" else one.center for one in strata])
    spreads = np.array([one.sd for one in strata])
    ends = []
    for tail in ((1 - SHARE) / 2, (1 + SHARE) / 2):
        low, high = float((centers - 9 * spreads).min()), float((centers + 9 * spreads).max())
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            below = float(shares @ np.exp(log_phi((middle - centers) / spreads)))
            low, high = (middle, high) if below < tail else (low, middle)
        ends.append(math.exp(low) if scale == "log" else max(low, 0.0))
    return ends[0], ends[1]
