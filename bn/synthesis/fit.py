"""The synthesis as one function of standardized coordinates, its mode by Gauss-Newton, and its curvature there.

A coordinate is a parameter's standard deviate under its prior, with two exceptions that straighten the posterior
and leave the priors untouched. An intercept is taken at the average person instead of at the foot of every parent's
scale: when an effect grows, the intercept gives way so that the average stays where it was. And what targets say of
people is flatter than what a CPD says given a latent variable, the more the larger its loading; so intercept and
effects stretch with the loading, as far as keeps what is seen where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from bn.core.model import Network
from bn.core.names import Names
from bn.engine import infer
from bn.synthesis.studies import FittedStudies
from bn.synthesis.targets import Targets
from cpds.knowledge import Knowledge
from cpds.logistic import design, effects_at, intercept_names
from cpds.priors import Prior, at_prior, priors
from cpds.records import LATENT
from cpds.table import Array

FLATTENING = 256 / (75 * np.pi**2)
"""By how much variance of the log odds flattens a logistic curve, where a normal one stands in for it."""


class Moments(NamedTuple):
    """Mean and variance of what an effect multiplies, and whether nobody measures it."""

    mean: float
    variance: float
    unseen: bool


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
        return replace(self, priors={**self.priors, name: self.priors[name].centered(value)})

    def sign_free(self) -> Problem:
        """The same with priors that do not know the sign of any arc: normal around zero, as wide as before.

        Loadings of latent variables keep theirs: with all of them turned around, the states would only swap.
        """
        variables = self.knowledge.variables
        free = {
            name: replace(prior, value=0.0, spread=abs(prior.value) + prior.spread, sign=None)
            for name, prior in self.priors.items()
            if prior.sign and prior.parent and variables[prior.parent].role != LATENT
        }
        return replace(self, priors={**self.priors, **free})

    @cached_property
    def targets(self) -> Targets:
        """The targets that pull the parameters."""
        return self._targets("fit")

    @cached_property
    def studies(self) -> FittedStudies:
        """Trials and associations that pull the parameters."""
        return FittedStudies(self.knowledge)

    @cached_property
    def checks(self) -> Targets:
        """The targets that are only reported."""
        return self._targets("check")

    @cached_property
    def moments(self) -> Mapping[str, Mapping[str, Moments]]:
        """For each intercept: the effects of its step, with what each multiplies at the prior's center."""
        network = Network.build(self.knowledge, at_prior(self.knowledge))
        answer = infer(list(network.tables.values()), network.states)
        variables = self.knowledge.variables
        found: dict[str, dict[str, Moments]] = {}
        for child in variables.values():
            for parent in child.parents:
                shares, columns = answer.joints[parent.id].values[:, 0], design(parent, variables[parent.id])
                means = shares @ columns
                variances = shares @ columns**2 - means**2
                unseen = variables[parent.id].role == LATENT
                both = zip(means.tolist(), variances.tolist(), strict=True)
                several = [Moments(mean, variance, unseen) for mean, variance in both]
                for intercept, step in zip(intercept_names(child), child.states[1:], strict=True):
                    names = effects_at(step, child.id, parent)
                    found.setdefault(intercept, {}).update(zip(names, several, strict=True))
        return found

    @property
    def averages(self) -> dict[str, dict[str, float]]:
        """The means of `moments`."""
        return {name: {effect: one.mean for effect, one in each.items()} for name, each in self.moments.items()}

    def parameters(self, coordinates: Array) -> dict[str, Array]:
        """Parameters by name from coordinates with axes (parameter, draw)."""
        values = self._at(coordinates + self._stretch(coordinates))
        return dict(zip(self.priors, values - self._given_way(values), strict=True))

    def coordinates(self, parameters: Mapping[str, Array]) -> Array:
        """Coordinates with axes (parameter, draw) from parameters; inverse of `parameters`."""
        values = np.stack([np.atleast_1d(parameters[name]) for name in self.priors])
        shifted = values + self._given_way(values)
        found = np.stack([prior.standard(row) for prior, row in zip(self.priors.values(), shifted, strict=True)])
        return np.asarray(found - self._stretch(found))  # loadings themselves do not stretch

    def residuals(self, coordinates: Array) -> Array:
        """Axes (residual, draw): prior deviates, then misfit of each target and of each study in its spread."""
        return np.concatenate([self.smooth(coordinates), self.studies.residuals(self.parameters(coordinates))])

    def smooth(self, coordinates: Array) -> Array:
        """The residuals of priors and targets alone, which the tape can follow; axes (residual, draw)."""
        coordinates = coordinates + self._stretch(coordinates)
        values = self._at(coordinates)
        way = self._given_way(values)
        network = Network.build(self.knowledge, dict(zip(self.priors, values - way, strict=True)))
        misfit = (self.targets.evaluate(network) - self.targets.wanted[:, None]) / self.targets.spreads[:, None]
        return np.concatenate([coordinates - way / self._spreads, misfit])

    def misfit(self, coordinates: Array) -> Array:
        """Misfits of the studies, in spreads; axes (study, draw)."""
        return self.studies.misfit(self.parameters(coordinates))

    def _at(self, coordinates: Array) -> Array:
        """`Prior.at` of all, before intercepts give way: axes (parameter, draw)."""
        straight = np.where(self._rates > 0, 0.0, self._spreads)
        return self._centers * np.exp(self._rates * coordinates) + straight * coordinates

    @cached_property
    def _rates(self) -> Array:
        """By how much the logarithm of a parameter with a sign grows along its coordinate; zero for others."""
        signed = np.array([[prior.sign is not None] for prior in self.priors.values()])
        return np.where(signed, self._spreads / np.abs(np.where(signed, self._centers, 1.0)), 0.0)

    @cached_property
    def _centers(self) -> Array:
        return np.array([[prior.value] for prior in self.priors.values()])

    @cached_property
    def _spreads(self) -> Array:
        return np.array([[prior.spread] for prior in self.priors.values()])

    def _given_way(self, values: Array) -> Array:
        """How far each intercept moves down because the effects of its step differ from their prior centers.

        Axes (parameter, draw), zero for effects.
        """
        way: Array = self._shares @ (values - self._centers)
        return way

    @cached_property
    def _shares(self) -> Array:
        """By how much an intercept, in its row, gives way for each parameter."""
        places = {name: row for row, name in enumerate(self.priors)}
        shares = np.zeros((len(places), len(places)))
        for intercept, effects in self.moments.items():
            for name, multiplied in effects.items():
                shares[places[intercept], places[name]] = multiplied.mean
        return shares

    def _stretch(self, coordinates: Array) -> Array:
        """How far coordinates of a step move because its loadings differ from their prior centers.

        Axes (parameter, draw), zero for loadings.
        """
        unseen, shift, grow = self._stretched
        if not len(unseen):
            return np.zeros((len(self.priors), 1))
        flatter = np.sqrt((1.0 + unseen @ self._at(coordinates) ** 2) / (1.0 + unseen @ self._centers**2))
        moved: Array = shift @ (flatter - 1.0) + grow @ np.log(flatter)
        return moved

    @cached_property
    def _stretched(self) -> tuple[Array, Array, Array]:
        """What flattens each step with loadings, axes (step, parameter), by the square of each of them.

        And what in it moves by as much or grows by the logarithm, axes (parameter, step), as coordinates.
        """
        places = {name: row for row, name in enumerate(self.priors)}
        steps = {
            intercept: effects
            for intercept, effects in self.moments.items()
            if any(multiplied.unseen for multiplied in effects.values())
        }
        unseen, shift, grow = (np.zeros((len(places), len(steps))) for _ in range(3))
        averages = self._centers + self._shares @ self._centers
        for step, (intercept, effects) in enumerate(steps.items()):
            for name in (intercept, *effects):
                row = places[name]
                if name in effects and effects[name].unseen:
                    unseen[row, step] = FLATTENING * effects[name].variance
                elif self._rates[row, 0] > 0:
                    grow[row, step] = 1.0 / self._rates[row, 0]
                else:
                    shift[row, step] = averages[row, 0] / self._spreads[row, 0]
        return unseen.T, shift, grow

    def _targets(self, use: str) -> Targets:
        chosen = tuple(target for target in self.knowledge.targets.values() if target.use == use)
        return Targets(Names(self.knowledge), Network.build(self.knowledge, at_prior(self.knowledge)), chosen)


STEP = 1e-5
BATCH = 64
DAMPING = (0.0, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""What is added to the curvature (Levenberg), tried side by side; priors alone have a curvature of 1."""

ENOUGH = 1e-5
"""Share of its cost by which a step towards the mode of a whole network must still gain; each takes a minute."""

Residuals = Callable[[Array], Array]


@dataclass(frozen=True)
class Mode:
    """Where the sum of squares is least: deviates (parameter,), Jacobian (residual, parameter), its cost."""

    deviates: Array
    jacobian: Array
    cost: float
    steps: int


def jacobian(residuals: Residuals, at: Array) -> Array:
    """Central differences: axes (residual, parameter). `residuals` maps (parameter, batch) to (residual, batch)."""
    columns = []
    for start in range(0, len(at), BATCH):
        chosen = np.arange(start, min(start + BATCH, len(at)))
        moved = np.zeros((len(at), len(chosen)))
        moved[chosen, np.arange(len(chosen))] = STEP
        both = residuals(np.concatenate([at[:, None] + moved, at[:, None] - moved], axis=1))
        columns.append((both[:, : len(chosen)] - both[:, len(chosen) :]) / (2 * STEP))
    return np.concatenate(columns, axis=1)


def minimize(residuals: Residuals, start: Array, tolerance: float = 1e-9, limit: int = 60) -> Mode:
    """Damped Gauss-Newton (Levenberg) from `start` until the cost falls by less than `tolerance` of itself.

    Raises RuntimeError when it does not settle within `limit` steps.
    """
    at = start
    now = residuals(at[:, None])[:, 0]
    cost = float(now @ now)
    for step in range(1, limit + 1):
        slope = jacobian(residuals, at)
        curvature, pull = slope.T @ slope, -slope.T @ now
        ways = [np.linalg.solve(curvature + damping * np.eye(len(at)), pull) for damping in DAMPING]
        reached = at[:, None] + np.stack(ways, axis=1)
        tried = residuals(reached)
        costs = (tried**2).sum(axis=0)
        best = int(np.nanargmin(costs))
        gain = cost - float(costs[best])
        if gain > 0:
            at, now, cost = reached[:, best], tried[:, best], float(costs[best])
        if gain <= tolerance * max(cost, 1e-12):
            return Mode(at, jacobian(residuals, at), cost, step)
    raise RuntimeError(f"no mode within {limit} steps; the cost still falls from {cost:.6g}")
