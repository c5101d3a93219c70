"""The prior of every parameter, in one list: what the knowledge files say before any synthesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, hypot, log

import numpy as np

from cpds.knowledge import Knowledge
from cpds.logistic import effect_names, intercept_names
from cpds.records import Figure, Sign
from cpds.table import Array


@dataclass(frozen=True)
class Prior:
    """One parameter on the log-odds scale, with the figure that it comes from.

    Unsigned: normal with mean `value` and SD `spread`. Signed (an arc that the source asserts): the
    size is log-normal with median |value| and log SD spread / |value|, so the sign holds in every draw.
    """

    name: str
    child: str
    parent: str | None
    value: float
    spread: float
    sign: Sign | None
    figure: Figure

    @property
    def origin(self) -> str:
        """Source or grade; nothing for what is assumed."""
        return self.figure.source or (f"grade {self.figure.grade}" if self.figure.grade else "")

    def at(self, standard: Array) -> Array:
        """Parameter from a standard normal deviate; strictly increasing in its size.

        >>> figure = Figure(value=0.4, spread=0.2, basis="assumed", why="example")
        >>> Prior("a|b", "a", "b", 0.4, 0.2, "+", figure).at(np.array([0.0, 2.0])).round(4)  # 0.4, 0.4 e
        array([0.4   , 1.0873])
        """
        if self.sign is None:
            return self.value + self.spread * standard
        return self.value * np.exp(standard * self.spread / abs(self.value))

    def standard(self, parameter: Array) -> Array:
        """Standard normal deviate of a parameter; inverse of `at`."""
        if self.sign is None:
            return (parameter - self.value) / self.spread
        return np.log(parameter / self.value) * abs(self.value) / self.spread

    def log_density(self, parameter: Array) -> Array:
        """Natural log of the density, up to what is the same for every value and spread; NaN against the sign.

        >>> figure = Figure(value=0.4, spread=0.2, basis="assumed", why="example")
        >>> free = Prior("a", "a", None, 0.4, 0.2, None, figure)
        >>> (free.log_density(np.array([0.6, 0.4])) - np.log(5)).round(12)  # -1/2 and 0, log 1 / 0.2
        array([-0.5,  0. ])
        """
        if self.sign is None:
            deviates, width = (parameter - self.value) / self.spread, self.spread
        else:
            width = self.spread / abs(self.value)
            with np.errstate(invalid="ignore", divide="ignore"):
                deviates = np.log(parameter / self.value) / width
        return np.asarray(-0.5 * deviates**2 - log(width))

    def centered(self, value: float) -> Prior:
        """The same with another center and the same relative spread."""
        return replace(self, value=value, spread=self.spread * abs(value / self.value))

    def widened(self, others: Sequence[Prior]) -> Prior:
        """The same so wide that its draws can be weighted for each of the others, which have the same sign.

        A center that lies some spreads away lies less than two away then.
        """
        if self.sign is None:
            far = max(abs(other.value - self.value) for other in others)
            return replace(self, spread=hypot(max(other.spread for other in others), far / 2))
        far = max(abs(log(other.value / self.value)) for other in others)
        wide = hypot(max(other.spread / abs(other.value) for other in others), far / 2)
        return replace(self, spread=abs(self.value) * wide)

    @property
    def mean(self) -> float:
        """Prior mean."""
        if self.sign is None:
            return self.value
        return self.value * exp((self.spread / self.value) ** 2 / 2)

    @property
    def deviation(self) -> float:
        """Prior standard deviation."""
        if self.sign is None:
            return self.spread
        return abs(self.mean) * float(np.sqrt(np.expm1((self.spread / self.value) ** 2)))


def priors(knowledge: Knowledge) -> Mapping[str, Prior]:
    """All parameters by name, variables in their order, intercepts before effects."""
    found: dict[str, Prior] = {}
    for variable in knowledge.variables.values():
        for name, figure in zip(intercept_names(variable), variable.intercepts, strict=True):
            found[name] = _prior(knowledge, name, variable.id, None, figure, None)
        for parent in variable.parents:
            for name, figure in zip(effect_names(variable.id, parent), parent.figures, strict=True):
                found[name] = _prior(knowledge, name, variable.id, parent.id, figure, parent.sign)
    return found


def _prior(knowledge: Knowledge, name: str, child: str, parent: str | None, figure: Figure, sign: Sign | None) -> Prior:
    value = knowledge.number(figure)
    if figure.basis == "graded" and sign == "-":
        value = -value
    return Prior(name, child, parent, value, knowledge.spread(figure), sign, figure)


def at_prior(knowledge: Knowledge, standard: Array | None = None) -> dict[str, Array]:
    """Every parameter at given standard deviates, axes (parameter, draw); at its median without any."""
    entries = priors(knowledge)
    deviates = np.zeros((len(entries), 1)) if standard is None else standard
    return {name: prior.at(deviates[row]) for row, (name, prior) in enumerate(entries.items())}
