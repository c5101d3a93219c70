"""The synthesis without one study, in one Gauss-Newton step from its mode.

At the mode the residuals r (prior deviates and target misfits, Jacobian J) balance: J' r = 0. Without a
study some rows change, to r* and J*, and the balance is off by J*' r* - J' r. One step mends it:

    change = -(J*' J*)^-1 (J*' r* - J' r).

The step is exact where the synthesis is linear in its coordinates. The shipped point is the posterior
mean, not the mode; the change, found at the mode, is applied to the point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bn.questions.parts import on_cores
from bn.questions.sensitivity.studies import Study, without_study
from bn.synthesis.problem import Problem
from cpds.posterior import read_mode
from cpds.priors import Prior
from cpds.table import Array

STEP = 1e-5
AT_ONCE = 50


@dataclass(frozen=True)
class Linearized:
    """The synthesis around its mode: residuals (residual,) and their Jacobian (residual, coordinate)."""

    problem: Problem
    mode: Mapping[str, Array]
    residuals: Array
    jacobian: Array

    @classmethod
    def of(cls, problem: Problem) -> Linearized:
        """Around the shipped mode, by forward differences of every coordinate."""
        mode = read_mode(problem.knowledge)
        at = problem.coordinates(mode)
        residuals = problem.residuals(at)
        moved = np.array_split(at + STEP * np.eye(len(at)), range(AT_ONCE, len(at), AT_ONCE), axis=1)
        columns = np.concatenate(on_cores(problem.residuals, moved), axis=1)
        return cls(problem, mode, residuals[:, 0], (columns - residuals) / STEP)

    def without(self, study: Study) -> Array:
        """Change of the coordinates (coordinate,) when the study is worth nothing."""
        residuals, jacobian = self.residuals.copy(), self.jacobian.copy()
        for row, (name, prior) in enumerate(self.problem.priors.items()):
            if name in study.parameters:
                other = without_study(self.problem.knowledge, prior)
                residuals[row] = other.standard(float(self.mode[name][0]))
                jacobian[row] *= _width(prior) / _width(other)
        for row, target in enumerate(self.problem.targets.targets, len(self.problem.priors)):
            if target.id in study.targets:
                residuals[row] = 0.0
                jacobian[row] = 0.0
        balance = jacobian.T @ residuals - self.jacobian.T @ self.residuals
        return np.asarray(-np.linalg.solve(jacobian.T @ jacobian, balance), dtype=float)

    def at(self, parameters: Mapping[str, Array], changes: Array) -> dict[str, Array]:
        """Parameters of shape (1,) moved by `changes`, axes (coordinate, entry)."""
        return self.problem.parameters(self.problem.coordinates(parameters) + changes)


def _width(prior: Prior) -> float:
    """Spread of a prior along the scale on which it is normal: log size where it has a sign."""
    return prior.spread / abs(prior.value) if prior.sign else prior.spread
