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

from bn.synthesis.fit import Mode, Residuals
from bn.synthesis.guide import Asked, Guide, Misfit
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
    misfit: Misfit | None = None,
) -> Chains:
    """Chains from starts that are wider than the posterior; `tell` hears how many trajectories are done.

    The log density is that of `residuals` and of studies with this `misfit`, for which a guide stands in on the way. In
    the warm-up it also does at the ends of trajectories. Raises RuntimeError where a chain finds no possible start.
    """
    space = Space(residuals, mode.deviates, np.linalg.inv(np.linalg.qr(mode.jacobian)[1]))
    studies = Asked(misfit, rng) if misfit else None
    if studies:
        space = space.guided(studies, rng.standard_normal((len(mode.deviates), STARTING)))
    walk = Walk(space, rng, WIDER * rng.standard_normal((len(mode.deviates), chains)))
    step = _warmed_up(walk, studies, warmup, tell)
    walk.settle(studies)
    kept: list[Array] = []
    chances: list[Array] = []
    diverged = leaps = 0
    for done in range(draws):
        count, gain = walk.move(step)
        kept.append(walk.at)
        chances.append(np.exp(np.minimum(gain, 0.0)))
        diverged += int((gain < -DIVERGED).sum())
        leaps += count
        tell(warmup + done + 1)
    coordinates = walk.space.center + np.array(kept).transpose(2, 0, 1) @ walk.space.factor.T
    return Chains(coordinates, float(np.mean(chances)), diverged, leaps, step)


def _warmed_up(walk: Walk, studies: Asked | None, warmup: int, tell: Callable[[int], None]) -> float:
    """The step that suits the chains, after so many trajectories in which space and guide were fitted to them."""
    pace = Pace()
    learned: list[Array] = []
    for done in range(warmup):
        _, gain = walk.move(pace.step)
        pace.hear(float(np.exp(np.minimum(gain, 0.0)).mean()))
        if done >= warmup // 4:
            learned.append(walk.at)
        if done in (3 * warmup // 4 - 1, warmup - 1):
            places = np.concatenate(learned, axis=1)
            space, at = walk.space, walk.at
            if studies:
                space = space.guided(studies, places)
            if done < warmup - 1:
                space, at = space.reshaped(places, at)
                pace = Pace(pace.settled)
            walk.go_on_in(space, at)
            learned = []
        tell(done + 1)
    return pace.settled


class Walk:
    """Chains side by side: where they are in a space, and what its density says there.

    `above` is how far the log density of the studies lies above their guide's; zero until it is asked for.
    """

    def __init__(self, space: Space, rng: np.random.Generator, at: Array) -> None:
        """Starts at these places, or nearer to the mode; RuntimeError where a chain finds no possible one."""
        self.rng = rng
        self.go_on_in(space, at)
        for _ in range(NEARER):
            possible = np.isfinite(self.here[0])
            if possible.all():
                break
            self.go_on_in(space, np.where(possible, self.at, self.at / 2))
        else:
            raise RuntimeError("a chain found no possible parameters; are the intercepts of a prior in order?")
        self.above = np.zeros(at.shape[1])
        self.studies: Asked | None = None

    def go_on_in(self, space: Space, at: Array) -> None:
        """The same places in another space."""
        self.space, self.at, self.here = space, at, space.density(at)

    def settle(self, studies: Asked | None) -> None:
        """From here on ends of trajectories are weighed by the studies themselves."""
        self.studies = studies
        self.above = self._above(self.at, self.here)

    def move(self, step: float) -> tuple[int, Array]:
        """One trajectory of each chain, taken or not: its leapfrog steps, and the log of Metropolis's ratio."""
        count = _leaps(step, self.rng)
        push = self.rng.standard_normal(self.at.shape)
        new, there, end = _trajectory(self.space, self.at, self.here, push, step, count)
        above = self._above(new, there)
        with np.errstate(invalid="ignore"):  # from one impossible place to another nothing is gained
            gain = there[0] - self.here[0] + 0.5 * (push**2 - end**2).sum(axis=0) + above - self.above
        gain = np.where(np.isnan(gain), -np.inf, gain)
        taken = self.rng.random(len(gain)) < np.exp(np.minimum(gain, 0.0))
        self.at, self.above = np.where(taken, new, self.at), np.where(taken, above, self.above)
        self.here = np.where(taken, there[0], self.here[0]), np.where(taken, there[1], self.here[1])
        return count, gain

    def _above(self, at: Array, there: tuple[Array, Array]) -> Array:
        """Zero at places that cannot be, too."""
        above, possible = np.zeros(at.shape[1]), np.isfinite(there[0])
        if self.studies and self.space.guide and possible.any():
            coordinates = self.space.coordinates(at[:, possible])
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
        """The same with a guide to what studies said so far, at some of these possible places, too."""
        places = self.coordinates(at[:, studies.some(at.shape[1])])
        possible = np.isfinite(log_density(self.residuals, places)[0])
        return replace(self, guide=studies.guide(places[:, possible]))

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
