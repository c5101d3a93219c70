"""The synthesis as one function of standardized parameters: prior deviates above target misfits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bn.names import Names
from bn.network import Network
from bn.synthesis.targets import Targets
from cpds.knowledge import Knowledge
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

    def parameters(self, deviates: Array) -> dict[str, Array]:
        """Parameters by name from deviates with axes (parameter, draw)."""
        return {name: prior.at(deviates[row]) for row, (name, prior) in enumerate(self.priors.items())}

    def network(self, deviates: Array) -> Network:
        """The network at deviates with axes (parameter, draw)."""
        return Network.build(self.knowledge, self.parameters(deviates))

    def residuals(self, deviates: Array) -> Array:
        """Axes (residual, draw): prior deviates, then misfit of each target in its spread."""
        said = self.targets.evaluate(self.network(deviates))
        misfit = (said - self.targets.wanted[:, None]) / self.targets.spreads[:, None]
        return np.concatenate([deviates, misfit])

    def _targets(self, use: str) -> Targets:
        chosen = tuple(target for target in self.knowledge.targets.values() if target.use == use)
        return Targets(Names(self.knowledge), Network.build(self.knowledge, at_prior(self.knowledge)), chosen)
