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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bn.synthesis.fit import Mode, Residuals
from bn.synthesis.guide import Asked, Guide, Misfit, in_parts
from bn.synthesis.tape import value_and_pullback
from cpds.logistic import DisorderedError
from cpds.table import Array

STARTING = 400
"""Places around the mode at which studies are asked for a first guide."""
WIDER = 2.0
"""Starts are that many times as far from the mode as draws are."""
NEARER = 10
"""How often a start that cannot be is moved halfway to the mode."""
TRAVEL = np.pi / 2
"""Mean time of a trajectory, in which a standard normal forgets where it was."""
MOST_LEAPS = 30
CAREFUL, SMALL = 5, 0.1
"""In the first part of the warm-up one trajectory of so many takes steps smaller by that factor, for a chain that
starts where the posterior is too steep for the step of the others."""
ALONG = 3
"""Trajectories by the guide from one question to the studies to the next."""
ALIKE = 5
"""Draws in a row of which about one counts."""
ACCEPTED = 0.8
"""Mean probability of acceptance that the step is tuned to."""
DIVERGED = 1000.0
"""Loss of energy from which a trajectory has left the posterior."""


@dataclass(frozen=True)
class Chains:
    """Coordinates, axes (chain, draw, parameter), and how the trajectories went after the warm-up.

    `accepted` is the mean probability of a trajectory, `taken` that of several of them when studies were asked.
    """

    coordinates: Array
    accepted: float
    taken: float
    diverged: int
    leaps: int


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
    misfit: Misfit | None = None,
) -> Chains:
    """Chains from starts that are wider than the posterior; `tell` hears how many trajectories are done.

    The log density is that of `residuals` and of studies with this `misfit`, for which a guide stands in in the warm-up
    and within a draw: ALONG trajectories go by the guide, and what the studies say of where they led takes or refuses
    them together. Raises RuntimeError where a chain finds no possible start.
    """
    space = Space(residuals, mode.deviates, np.linalg.inv(np.linalg.qr(mode.jacobian)[1]))
    studies = Asked(misfit, rng) if misfit else None
    if studies:
        space = space.guided(studies, rng.standard_normal((len(mode.deviates), STARTING)))
    walk = Walk(space, rng, WIDER * rng.standard_normal((len(mode.deviates), chains)))
    step = _warmed_up(walk, studies, warmup, tell)
    walk.settle(studies)
    kept: list[Array] = []
    gains: list[Array] = []
    chances: list[Array] = []
    leaps = 0
    for done in range(draws):
        start = walk.place
        for _ in range(ALONG if studies else 1):
            count, gain = walk.move(step)
            gains.append(gain)
            leaps += count
        chances.append(walk.weigh(start))
        kept.append(walk.place.at)
        tell(warmup + done + 1)
    coordinates = walk.space.center + np.array(kept).transpose(2, 0, 1) @ walk.space.factor.T
    diverged = int((np.array(gains) < -DIVERGED).sum())
    return Chains(coordinates, float(_chance(gains).mean()), float(np.mean(chances)), diverged, leaps)


def _warmed_up(walk: Walk, studies: Asked | None, warmup: int, tell: Callable[[int], None]) -> float:
    """The step that suits the chains, after so many trajectories in which space and guide were fitted to them."""
    pace = Pace()
    learned: list[Array] = []
    for done in range(1, warmup + 1):
        if done <= warmup // 3 and done % CAREFUL == 0:
            walk.move(SMALL * pace.step)
        else:
            _, gain = walk.move(pace.step)
            pace.hear(float(_chance(gain).mean()))
        learned.append(walk.place.at)
        if done in (warmup // 3, 2 * warmup // 3, warmup):
            places = np.concatenate(learned[len(learned) // 4 :], axis=1)
            space, at = walk.space, walk.place.at
            if studies:
                space = space.guided(studies, places)
            if done < warmup:
                space, at = space.reshaped(places, at)
                pace = Pace(pace.settled)
            walk.go_on_in(space, at)
            learned = []
        tell(done)
    return pace.settled


def _chance(gain: Array | list[Array]) -> Array:
    """Probability that Metropolis's rule takes a step with this log ratio."""
    return np.asarray(np.exp(np.minimum(gain, 0.0)))


class Place(NamedTuple):
    """Where chains are, axes (direction, chain); log density there, axes (chain,), and its gradient, as of `at`.

    `above` is how far the log density of the studies lies above their guide's; zero until it is asked for.
    """

    at: Array
    density: Array
    gradient: Array
    above: Array

    def but(self, other: Place, taken: NDArray[np.bool_]) -> Place:
        """The same with the other one in chains that took it."""
        return Place(*(np.where(taken, new, old) for new, old in zip(other, self, strict=True)))


class Walk:
    """Chains side by side in a space."""

    def __init__(self, space: Space, rng: np.random.Generator, at: Array) -> None:
        """Starts at these places, or nearer to the mode; RuntimeError where a chain finds no possible one."""
        self.rng = rng
        self.studies: Asked | None = None
        self.go_on_in(space, at)
        for _ in range(NEARER):
            possible = np.isfinite(self.place.density)
            if possible.all():
                break
            self.go_on_in(space, np.where(possible, self.place.at, self.place.at / 2))
        else:
            raise RuntimeError("a chain found no possible parameters; are the intercepts of a prior in order?")

    def go_on_in(self, space: Space, at: Array) -> None:
        """The same places in another space."""
        self.space, self.place = space, Place(at, *space.density(at), np.zeros(at.shape[1]))

    def settle(self, studies: Asked | None) -> None:
        """From here on studies are asked where chains are weighed."""
        self.studies = studies
        self.place = self.place._replace(above=self._above(self.place))

    def move(self, step: float) -> tuple[int, Array]:
        """One trajectory of each chain by the guide, taken or not: leapfrog steps, log of Metropolis's ratio."""
        count, here = _leaps(step, self.rng), self.place
        push = self.rng.standard_normal(here.at.shape)
        there, end = _trajectory(self.space, here, push, step, count)
        with np.errstate(invalid="ignore"):  # from one impossible place to another nothing is gained
            gain = there.density - here.density + 0.5 * (push**2 - end**2).sum(axis=0)
        gain = np.where(np.isnan(gain), -np.inf, gain)
        self.place = here.but(there, self.rng.random(len(gain)) < _chance(gain))
        return count, gain

    def weigh(self, start: Place) -> Array:
        """Take what moves since `start` led to, or go back there, by what studies say: the probability of taking it.

        Moves leave the density unchanged in which the guide stands in for the studies, and are as likely there and
        back; so the ratio of Metropolis's rule is that of the studies to their guide.
        """
        there = self.place._replace(above=self._above(self.place))
        chance = _chance(there.above - start.above)
        self.place = start.but(there, self.rng.random(len(chance)) < chance)
        return chance

    def _above(self, place: Place) -> Array:
        """Zero at places that cannot be, too."""
        above, possible = np.zeros(place.at.shape[1]), np.isfinite(place.density)
        if self.studies and self.space.guide and possible.any():
            coordinates = self.space.coordinates(place.at[:, possible])
            above[possible] = self.studies.log_density(coordinates) - self.space.guide.density(coordinates)[0]
        return above


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

    def guided(self, studies: Asked, at: Array) -> Space:
        """The same with a guide to what studies said so far, at some of these places, too."""
        places = self.coordinates(at[:, studies.some(at.shape[1])])
        density = np.concatenate([log_density(self.residuals, part)[0] for part in in_parts(places)])
        return replace(self, guide=studies.guide(places[:, np.isfinite(density)]))

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


def _leaps(step: float, rng: np.random.Generator) -> int:
    """Steps of a trajectory whose time is drawn evenly around TRAVEL."""
    return int(np.clip(np.ceil(TRAVEL * rng.uniform(0.4, 1.6) / step), 1, MOST_LEAPS))


def _trajectory(space: Space, start: Place, push: Array, step: float, count: int) -> tuple[Place, Array]:
    """Where `count` leapfrog steps lead with this momentum: place and momentum."""
    at, (density, gradient) = start.at, (start.density, start.gradient)
    for _ in range(count):
        push = push + 0.5 * step * gradient
        at = at + step * push
        density, gradient = space.density(at)
        push = push + 0.5 * step * gradient
    return Place(at, density, gradient, start.above), push


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
