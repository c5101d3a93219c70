"""One setting that was fitted and sampled, and what its network says of targets and studies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bn.core.model import Network
from bn.synthesis.diagnostics import Diagnostics
from bn.synthesis.fit import Mode, Problem
from cpds.table import Array


@dataclass(frozen=True)
class Run:
    """One setting fitted and sampled; `parameters` has axes (parameter, point and draws)."""

    name: str
    problem: Problem
    mode: Mode | None
    diagnostics: Diagnostics
    parameters: Array

    @cached_property
    def network(self) -> Network:
        """The network at the point and at every draw."""
        return Network.build(self.problem.knowledge, dict(zip(self.problem.priors, self.parameters, strict=True)))

    @cached_property
    def fitted(self) -> Array:
        """What the network says of the fitted targets, in log odds: axes (target, point and draws)."""
        return self.problem.targets.evaluate(self.network)

    @cached_property
    def checked(self) -> Array:
        """The same of the targets that are only reported."""
        return self.problem.checks.evaluate(self.network)

    @cached_property
    def studied(self) -> Array:
        """The same of the fitted trials and associations."""
        return self.problem.studies.evaluate(dict(zip(self.problem.priors, self.parameters, strict=True)))

    @cached_property
    def moved(self) -> Array:
        """Distance of each posterior mean from the prior mean, in prior SDs."""
        priors = self.problem.priors.values()
        return np.array([(self.parameters[row, 0] - prior.mean) / prior.deviation for row, prior in enumerate(priors)])
