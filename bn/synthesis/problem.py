"""The synthesis as one function of standardized coordinates: prior deviates above target misfits.

A coordinate is a parameter's standard deviate under its prior, except that an intercept is taken at
the average person instead of at the foot of every parent's scale: when an effect grows, the intercept
gives way so that the average stays where it was. This straightens the posterior, in which intercept
and effects would otherwise trade along a curve; the prior of the intercept itself is untouched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bn.core.model import Network
from bn.core.names import Names
from bn.engine import infer
from bn.synthesis.targets import Targets
from cpds.knowledge import Knowledge
from cpds.logistic import design, effect_names
from cpds.priors import Prior, at_prior, priors
from cpds.table import Array


@dataclass(frozen=True)
class Problem:
    """Knowledge, the priors used (by default its own) and the targets that are fitted."""

    knowledge: Knowledge
    priors: Mapping[str, Prior]

    @classmethod
    def of(cls, knowledge: Knowledge) -> Problem:
        """The problem as the knowledge files state it."""
        return cls(knowledge, priors(knowledge))

    def with_prior(self, name: str, value: float) -> Problem:
        """The same with another center, and the same relative spread, for one parameter."""
        old = self.priors[name]
        changed = replace(old, value=value, spread=old.spread * abs(value / old.value))
        return replace(self, priors={**self.priors, name: changed})

    def sign_free(self) -> Problem:
        """The same with priors that do not know the sign of any arc: normal around zero, as wide as before."""
        free = {
            name: replace(prior, value=0.0, spread=abs(prior.value) + prior.spread, sign=None) if prior.sign else prior
            for name, prior in self.priors.items()
        }
        return replace(self, priors=free)

    @cached_property
    def targets(self) -> Targets:
        """The targets that pull the parameters."""
        return self._targets("fit")

    @cached_property
    def checks(self) -> Targets:
        """The targets that are only reported."""
        return self._targets("check")

    @cached_property
    def averages(self) -> Mapping[str, Mapping[str, float]]:
        """For each child: its effects' names with the average of what each multiplies, at the prior's center."""
        network = Network.build(self.knowledge, at_prior(self.knowledge))
        answer = infer(list(network.tables.values()), network.states)
        variables = self.knowledge.variables
        found: dict[str, dict[str, float]] = {}
        for child in variables.values():
            for parent in child.parents:
                shares = answer.joints[parent.id].values[:, 0] @ design(parent, variables[parent.id])
                names = effect_names(child.id, parent)
                found.setdefault(child.id, {}).update(zip(names, map(float, shares), strict=True))
        return found

    def parameters(self, coordinates: Array) -> dict[str, Array]:
        """Parameters by name from coordinates with axes (parameter, draw)."""
        values = {name: prior.at(coordinates[row]) for row, (name, prior) in enumerate(self.priors.items())}
        for name, prior in self.priors.items():
            if prior.parent is None:
                values[name] = values[name] - self._given_way(prior.child, values)
        return values

    def coordinates(self, parameters: Mapping[str, Array]) -> Array:
        """Coordinates with axes (parameter, draw) from parameters; inverse of `parameters`."""
        rows = []
        for name, prior in self.priors.items():
            shifted = parameters[name] + (self._given_way(prior.child, parameters) if prior.parent is None else 0.0)
            rows.append([prior.standard(float(value)) for value in np.atleast_1d(shifted)])
        return np.array(rows)

    def _given_way(self, child: str, values: Mapping[str, Array]) -> Array:
        """How far a child's intercepts move down because its effects differ from their prior centers."""
        averages = self.averages.get(child, {})
        shifts = [average * (values[name] - self.priors[name].value) for name, average in averages.items()]
        total: Array = np.sum(shifts, axis=0)
        return total

    def residuals(self, coordinates: Array) -> Array:
        """Axes (residual, draw): prior deviates, then misfit of each target in its spread."""
        values = self.parameters(coordinates)
        deviates = coordinates.copy()
        for row, (name, prior) in enumerate(self.priors.items()):
            if prior.parent is None:
                deviates[row] = (values[name] - prior.value) / prior.spread
        said = self.targets.evaluate(Network.build(self.knowledge, values))
        misfit = (said - self.targets.wanted[:, None]) / self.targets.spreads[:, None]
        return np.concatenate([deviates, misfit])

    def _targets(self, use: str) -> Targets:
        chosen = tuple(target for target in self.knowledge.targets.values() if target.use == use)
        return Targets(Names(self.knowledge), Network.build(self.knowledge, at_prior(self.knowledge)), chosen)
