"""Draws around the mode by Hamiltonian Monte Carlo: chains side by side, whitened by the mode's curvature.

Near its mode the posterior is nearly normal with covariance (J'J)^-1, J being the Jacobian of the residuals. In
coordinates in which that normal is standard, a particle of unit mass crosses the bulk in a time of about pi / 2, in
every direction; halfway through the warm-up the covariance of the draws themselves takes its place. The number of
leapfrog steps varies at random from one trajectory to the next, so that no direction comes back to where it was; the
step is tuned in the warm-up by dual averaging (Hoffman and Gelman 2014, section 3.2). Metropolis's rule makes the
draws those of the posterior whatever its shape; only their speed rests on the whitening.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bn.synthesis.fit import BATCH, Mode, Residuals
from bn.synthesis.guide import Apart, Guide
from bn.synthesis.tape import value_and_pullback
from cpds.logistic import DisorderedError
from cpds.table import Array

STARTING = 400
"""Places around the mode at which targets apart are asked for a first guide."""
MOST_ASKED = 1200
"""Places of a part of the warm-up at which they are asked for a better one."""
WIDER = 2.0
"""Starts are that many times as far from the mode as draws are."""
TRAVEL = np.pi / 2
"""Mean time of a trajectory, in which a standard normal forgets where it was."""
MOST_LEAPS = 30
ALIKE = 5
"""Draws in a row of which about one counts."""
ACCEPTED = 0.8
"""Mean probability of acceptance that the step is tuned to."""
DIVERGED = 1000.0
"""Loss of energy from which a trajectory has left the posterior."""


@dataclass(frozen=True)
class Chains:
    """Coordinates, axes (chain, draw, parameter), and how the trajectories went after the warm-up."""

    coordinates: Array
    accepted: float
    diverged: int
    leaps: int
    step: float


def log_density(residuals: Residuals, at: Array) -> tuple[Array, Array]:
    """Log posterior up to a constant, axes (draw), with its gradient, axes (parameter, draw).

    Parameters that cannot be, such as disordered intercepts, have the density 0 and no gradient.
    """
    try:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            found, pullback = value_and_pullback(residuals, at)
            density = -0.5 * (found**2).sum(axis=0)
            gradient = pullback(-found)
    except DisorderedError:
        if at.shape[1] == 1:
            return np.full(1, -np.inf), np.zeros(at.shape)
        parts = [log_density(residuals, half) for half in np.array_split(at, 2, axis=1)]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts], axis=1)
    possible = np.isfinite(density) & np.isfinite(gradient).all(axis=0)
    return np.where(possible, density, -np.inf), np.where(possible, gradient, 0.0)


def sample(
    residuals: Residuals,
    mode: Mode,
    rng: np.random.Generator,
    chains: int,
    warmup: int,
    draws: int,
    tell: Callable[[int], None] = lambda done: None,
    apart: Apart | None = None,
) -> Chains:
    """Chains from starts that are wider than the posterior; `tell` hears how many trajectories are done.

    The log density is that of `residuals` and of the targets `apart`, for which a guide stands in on the way. In the
    warm-up it also does at the ends of trajectories. Raises RuntimeError where a chain finds no possible start.
    """
    space = Space(residuals, mode.deviates, np.linalg.inv(np.linalg.qr(mode.jacobian)[1]))
    asked = Asked(apart, rng)
    if apart:
        space = replace(space, guide=asked.guide(space, rng.standard_normal((len(mode.deviates), STARTING))))
    at = WIDER * rng.standard_normal((len(mode.deviates), chains))
    here = space.density(at)
    pace = Pace()
    learned: list[Array] = []
    kept: list[Array] = []
    chances: list[Array] = []
    diverged = leaps = 0
    correction = np.zeros(chains)
    for done in range(warmup + draws):
        step = pace.step if done < warmup else pace.settled
        count = _leaps(step, rng)
        push = rng.standard_normal(at.shape)
        new, there, end = _trajectory(space, at, here, push, step, count)
        corrected = asked.correction(space, new, np.isfinite(there[0])) if done >= warmup else correction
        with np.errstate(invalid="ignore"):  # from one impossible place to another nothing is gained
            gain = there[0] - here[0] + 0.5 * (push**2 - end**2).sum(axis=0) + corrected - correction
        gain = np.where(np.isnan(gain), -np.inf, gain)
        chance = np.exp(np.minimum(gain, 0.0))
        taken = rng.random(chains) < chance
        at = np.where(taken, new, at)
        here = np.where(taken, there[0], here[0]), np.where(taken, there[1], here[1])
        correction = np.where(taken, corrected, correction)
        if done >= warmup:
            kept.append(at)
            chances.append(chance)
            diverged += int((gain < -DIVERGED).sum())
            leaps += count
        else:
            pace.hear(float(chance.mean()))
            if done >= warmup // 4:
                learned.append(at)
            if done in (3 * warmup // 4 - 1, warmup - 1):
                places = np.concatenate(learned, axis=1)
                if apart:
                    space = replace(space, guide=asked.guide(space, places))
                if done < warmup - 1:
                    space, at = space.reshaped(places, at)
                    pace = Pace(pace.settled)
                here, learned = space.density(at), []
        if done == warmup - 1:
            correction = asked.correction(space, at, np.isfinite(here[0]))
        tell(done + 1)
    if not np.isfinite(here[0]).all():
        raise RuntimeError("a chain found no possible parameters; are the intercepts of a prior in order?")
    coordinates = space.center + np.array(kept).transpose(2, 0, 1) @ space.factor.T
    return Chains(coordinates, float(np.mean(chances)), diverged, leaps, pace.settled)


@dataclass(frozen=True)
class Space:
    """Whitened coordinates: `center + factor @ at` are those of the residuals."""

    residuals: Residuals
    center: Array
    factor: Array
    guide: Guide | None = None

    def coordinates(self, at: Array) -> Array:
        """Those of the residuals, at places with axes (direction, chain)."""
        return np.asarray(self.center[:, None] + self.factor @ at)

    def density(self, at: Array) -> tuple[Array, Array]:
        """`log_density` at places of this space and its gradient along the directions, the guide's included."""
        coordinates = self.coordinates(at)
        value, slope = log_density(self.residuals, coordinates)
        if self.guide:
            more, steeper = self.guide.density(coordinates)
            value, slope = value + more, slope + steeper
        return value, self.factor.T @ slope

    def reshaped(self, draws: Array, at: Array) -> tuple[Space, Array]:
        """The space in which these draws are white, and where the places `at` are in it.

        Their covariance is drawn towards that of this space, the more the fewer they are for so many directions.
        """
        size, count = draws.shape
        share = size / (size + count / ALIKE)
        part = np.linalg.cholesky((1 - share) * np.cov(draws).reshape(size, size) + share * np.eye(size))
        middle = draws.mean(axis=1)
        space = replace(self, center=self.center + self.factor @ middle, factor=self.factor @ part)
        return space, np.linalg.solve(part, at - middle[:, None])


@dataclass
class Asked:
    """Targets apart and what they said so far; axes of `places` (parameter, place), of `misfit` (target, place)."""

    apart: Apart | None
    rng: np.random.Generator
    places: Array | None = None
    misfit: Array | None = None

    def guide(self, space: Space, at: Array) -> Guide:
        """Asks at some of these places of a space, and fits a guide to all that was said so far."""
        assert self.apart
        some = at[:, self.rng.permutation(at.shape[1])[:MOST_ASKED]]
        places = space.coordinates(some[:, np.isfinite(space.density(some)[0])])
        misfit = np.concatenate([self.apart.misfit(part) for part in _parts(places)], axis=1)
        if self.places is not None and self.misfit is not None:
            places, misfit = np.hstack([self.places, places]), np.hstack([self.misfit, misfit])
        fine = np.isfinite(misfit).all(axis=0)
        self.places, self.misfit = places[:, fine], misfit[:, fine]
        return Guide.fitted(self.apart, self.places, self.misfit)

    def correction(self, space: Space, at: Array, possible: NDArray[np.bool_]) -> Array:
        """How far the log density of the targets apart lies above their guide's, zero where it is not `possible`.

        Axes: (chain).
        """
        above = np.zeros(at.shape[1])
        if self.apart and space.guide and possible.any():
            coordinates = space.coordinates(at[:, possible])
            exact = self.apart.log_density(self.apart.misfit(coordinates))
            above[possible] = np.where(np.isfinite(exact), exact, -np.inf) - space.guide.density(coordinates)[0]
        return above


def _parts(places: Array) -> list[Array]:
    return np.array_split(places, max(1, places.shape[1] // BATCH), axis=1)


def _leaps(step: float, rng: np.random.Generator) -> int:
    """Steps of a trajectory whose time is drawn evenly around TRAVEL."""
    return int(np.clip(np.ceil(TRAVEL * rng.uniform(0.4, 1.6) / step), 1, MOST_LEAPS))


def _trajectory(
    space: Space, at: Array, here: tuple[Array, Array], push: Array, step: float, count: int
) -> tuple[Array, tuple[Array, Array], Array]:
    """Where `count` leapfrog steps lead: place, density with gradient, momentum."""
    for _ in range(count):
        push = push + 0.5 * step * here[1]
        at = at + step * push
        here = space.density(at)
        push = push + 0.5 * step * here[1]
    return at, here, push


@dataclass
class Pace:
    """The step by dual averaging: `step` while it is tuned, `settled` after."""

    settled: float = 0.2
    heard: int = 0
    excess: float = 0.0

    def __post_init__(self) -> None:
        self.step = self.settled
        self.bold = float(np.log(10 * self.settled))

    def hear(self, chance: float) -> None:
        """Mean probability of acceptance of the last trajectories."""
        self.heard += 1
        self.excess += (ACCEPTED - chance - self.excess) / (self.heard + 10)
        log_step = self.bold - np.sqrt(self.heard) / 0.05 * self.excess
        share = self.heard**-0.75
        self.step = float(np.exp(log_step))
        self.settled = float(np.exp(share * log_step + (1 - share) * np.log(self.settled)))
