"""The synthesis as one function of standardized coordinates, its mode by Gauss-Newton, and draws around it.

A coordinate is a parameter's standard deviate under its prior, except that an intercept is taken at
the average person instead of at the foot of every parent's scale: when an effect grows, the intercept
gives way so that the average stays where it was. This straightens the posterior, in which intercept
and effects would otherwise trade along a curve; the prior of the intercept itself is untouched.

Around the mode the posterior is nearly normal with covariance C = (J'J)^-1, J being the Jacobian of the
residuals. Two moves take turns. One pulls a chain towards the mode and adds noise from N(0, C), so that it
would leave that normal unchanged; it is accepted by the ratio of posterior to normal and crosses the bulk
quickly. The other is a plain random walk with noise from N(0, C), accepted by the posterior alone; it
reaches tails that are heavier than the normal's, where the first move would seldom go. Both leave the
posterior unchanged whatever its shape; only their speed rests on C.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bn.core.model import Network
from bn.core.names import Names
from bn.engine import infer
from bn.synthesis.targets import Targets
from cpds.knowledge import Knowledge
from cpds.logistic import design, effects_at, intercept_names
from cpds.priors import Prior, at_prior, priors
from cpds.records import LATENT
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
    def checks(self) -> Targets:
        """The targets that are only reported."""
        return self._targets("check")

    @cached_property
    def averages(self) -> Mapping[str, Mapping[str, float]]:
        """For each intercept: the effects of its step, with the average that each multiplies at the prior's center."""
        network = Network.build(self.knowledge, at_prior(self.knowledge))
        answer = infer(list(network.tables.values()), network.states)
        variables = self.knowledge.variables
        found: dict[str, dict[str, float]] = {}
        for child in variables.values():
            for parent in child.parents:
                shares = answer.joints[parent.id].values[:, 0] @ design(parent, variables[parent.id])
                for intercept, step in zip(intercept_names(child), child.states[1:], strict=True):
                    names = effects_at(step, child.id, parent)
                    found.setdefault(intercept, {}).update(zip(names, map(float, shares), strict=True))
        return found

    def parameters(self, coordinates: Array) -> dict[str, Array]:
        """Parameters by name from coordinates with axes (parameter, draw)."""
        values = {name: prior.at(coordinates[row]) for row, (name, prior) in enumerate(self.priors.items())}
        for name, prior in self.priors.items():
            if prior.parent is None:
                values[name] = values[name] - self._given_way(name, values)
        return values

    def coordinates(self, parameters: Mapping[str, Array]) -> Array:
        """Coordinates with axes (parameter, draw) from parameters; inverse of `parameters`."""
        rows = []
        for name, prior in self.priors.items():
            shifted = parameters[name] + (self._given_way(name, parameters) if prior.parent is None else 0.0)
            rows.append([prior.standard(float(value)) for value in np.atleast_1d(shifted)])
        return np.array(rows)

    def _given_way(self, intercept: str, values: Mapping[str, Array]) -> Array:
        """How far an intercept moves down because the effects of its step differ from their prior centers."""
        averages = self.averages.get(intercept, {})
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


STEP = 1e-5
BATCH = 64

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
    """Gauss-Newton from `start` until the cost falls by less than `tolerance` of itself.

    Raises RuntimeError when it does not settle within `limit` steps.
    """
    at = start
    now = residuals(at[:, None])[:, 0]
    cost = float(now @ now)
    for step in range(1, limit + 1):
        slope = jacobian(residuals, at)
        direction = np.linalg.lstsq(slope, -now, rcond=None)[0]
        lengths = 0.5 ** np.arange(8)
        tried = residuals(at[:, None] + direction[:, None] * lengths)
        costs = (tried**2).sum(axis=0)
        best = int(np.nanargmin(costs))
        gain = cost - float(costs[best])
        if gain > 0:
            at, now, cost = at + lengths[best] * direction, tried[:, best], float(costs[best])
        if gain <= tolerance * max(cost, 1e-12):
            return Mode(at, jacobian(residuals, at), cost, step)
    raise RuntimeError(f"no mode within {limit} steps; the cost still falls from {cost:.6g}")


STRIDES = (0.5, 0.15)
TARGET_ACCEPTANCE = 0.3


@dataclass(frozen=True)
class Sample:
    """Draws of the standardized parameters, axes (parameter, draw), and how well the chains mixed.

    `scale_reduction` is the largest ratio, over parameters, of the SD of all draws to the mean SD
    within a chain (1 when the chains agree); `effective` the smallest effective number of draws.
    """

    deviates: Array
    accepted: float
    scale_reduction: float
    effective: float


def sample(
    residuals: Residuals, mode: Mode, count: int, rng: np.random.Generator, chains: int = 40, steps: int = 1000
) -> Sample:
    """`count` draws, spread evenly over the second half of `steps` steps of `chains` chains."""
    factor = np.linalg.inv(np.linalg.qr(mode.jacobian)[1])
    noise = rng.standard_normal((len(mode.deviates), chains))
    density = _log_posterior(residuals, mode, factor, noise)
    strides, history, accepted = list(STRIDES), [], []
    for step in range(steps):
        walk = step % 2
        pull = 1.0 if walk else np.sqrt(1 - strides[0] ** 2)
        moved = pull * noise + strides[walk] * rng.standard_normal(noise.shape)
        new = _log_posterior(residuals, mode, factor, moved)
        unbalanced = 0.0 if walk else 0.5 * ((moved**2).sum(axis=0) - (noise**2).sum(axis=0))
        taken = np.log(rng.random(chains)) < new - density + unbalanced
        noise, density = np.where(taken, moved, noise), np.where(taken, new, density)
        if step < steps // 2:
            change = np.exp(0.1 * (taken.mean() - TARGET_ACCEPTANCE))
            strides[walk] = float(np.clip(strides[walk] * change, 0.02, 0.95 if not walk else 3.0))
        else:
            history.append(noise)
            accepted.append(taken.mean())
    kept = np.array(history)
    chosen = kept[np.linspace(len(kept) - 1, 0, count // chains, dtype=int)]
    draws = mode.deviates[:, None] + factor @ chosen.transpose(1, 0, 2).reshape(len(factor), -1)
    return Sample(draws, float(np.mean(accepted)), _scale_reduction(kept), _effective(kept))


def _log_posterior(residuals: Residuals, mode: Mode, factor: Array, noise: Array) -> Array:
    """Log posterior up to a constant, one number a chain; impossible parameters have none."""
    value = residuals(mode.deviates[:, None] + factor @ noise)
    density: Array = -0.5 * (value**2).sum(axis=0)
    return np.where(np.isfinite(density), density, -np.inf)


def _scale_reduction(kept: Array) -> float:
    """Largest potential scale reduction over parameters; `kept` has axes (step, parameter, chain)."""
    steps = len(kept)
    within = kept.var(axis=0, ddof=1).mean(axis=1)
    between = kept.mean(axis=0).var(axis=1, ddof=1)
    return float(np.sqrt(((steps - 1) / steps * within + between) / within).max())


def _effective(kept: Array) -> float:
    """Smallest effective number of draws: what the spread of the chain means says of their independence."""
    total = kept.var(axis=(0, 2))
    of_means = kept.mean(axis=0).var(axis=1, ddof=1)
    return float((total / of_means).min() * kept.shape[2])
