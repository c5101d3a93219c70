"""The ladder on one outcome: leave it, level, level and slope, decided by a closed test; and what moves by that.

Closed testing (Vergouwe and others 2017, see `bn.updating`): the largest step is tested against the network as it is.
Only if the rows speak against that, it is tested against the step between. So the chance to move anything of a network
that fits is that of a single test. Estimates are penalized, so twice the gain in log likelihood is not chi-squared but
a sum of chi-squared variables, each with the share of 2 s - s^2 that a shrinkage s leaves; it is compared with the
scaled chi-squared distribution of the same mean and variance.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace as changed

from bn.cohort.outcome import Outcome
from bn.cohort.outcome.criteria import InStates
from bn.core.errors import QuestionError
from bn.core.evidence import Indices
from bn.core.model import Model
from bn.updating.cohort import Cohort
from bn.updating.fitting import STEP, Fit, as_it_is, fit, log_likelihood, regression
from bn.updating.result import Ladder, Moved, Tested
from cpds.logistic import expit
from cpds.populations import LEAST_FACTOR, Move, Step, moved, moving
from cpds.table import Array

CHANCE, SMALL = 0.015, 200
"""Assumed: the chance to move a network that fits by up to so many rows.

More rows may move it more readily, by the square of their number, up to `READIEST`: what a needless move can harm falls
with them, and what is lost where a needed one is not made stays.
"""
READIEST = 0.5
SLOPE_CHANCE = 0.3
"""Assumed: a factor that is drawn to 1 harms less than one that is free, so it is taken more readily beside a level."""
LARGEST_LEVEL = 2.5
"""Assumed: people do not differ so much (in the log odds of an outcome); cases and controls that were sampled do."""
LEVEL = 0.9
TOLD = 40
"""Rows by which it is said how a level follows the parameters."""
NUDGE = 0.05
FOLDS = 5


@dataclass(frozen=True)
class Place:
    """Where an outcome is moved: the variable, and the states whose steps the rows tell of."""

    variable: str
    to: tuple[str, ...]


def place_of(outcome: Outcome) -> Place:
    """Where the network's probability of an outcome is set. Raises QuestionError where it has no intercept.

    States that an event holds together with all higher ones are reached by the steps up to the first of them; the rows
    say nothing of the steps beyond.
    """
    event, variable = outcome.event, outcome.model.knowledge.variables[outcome.event.variable]
    if variable.shares:
        expected = "an outcome with causes in the network"
        raise QuestionError(f"outcome: {variable.id} has no level of its own to move; expected {expected}")
    inside = np.array(event.weights) > 0 if isinstance(event, InStates) else np.zeros(len(variable.states), dtype=bool)
    first = int(inside.argmax())
    upward = bool(inside.any() and inside[first:].all())
    return Place(variable.id, variable.states[1 : first + 1] if upward else variable.states[1:])


def climb(cohort: Cohort, asked: Step | None) -> tuple[Ladder, Move | None]:
    """What is decided, and the move; the step `asked` for is taken whatever the tests say."""
    outcome, place = cohort.outcome, place_of(cohort.outcome)
    model = outcome.model

    def moved_by(coordinates: Array, center: float = 0.0) -> Array:
        by = coordinates[:, None]
        return cohort.log_odds(moved(model.knowledge, place.variable, place.to, model.point, by, center))

    fits: dict[Step, Fit] = {"leave it": as_it_is(cohort, moved_by(np.zeros(1)))}
    fits["level"] = fit(cohort, moved_by, fits["leave it"], 1)
    _refuse_selected(cohort, fits)
    center = _center(moved_by, fits["level"])
    fits["level and slope"] = fit(cohort, lambda at: moved_by(at, center), fits["level"], 2)
    tests = tuple(_tests(fits, len(cohort.event)))
    told: Step = next((one.before for one in tests if not one.taken), "level and slope")
    step = told if asked is None else asked
    chosen = fits[step]
    ladder = Ladder(
        outcome.text,
        place.variable,
        step,
        asked is not None,
        tests,
        tuple(_moved(model, place, chosen)) if len(chosen.estimate) else (),
        cohort.read,
        len(cohort.event),
        int(cohort.event.sum()),
        _log_score(cohort, fits["leave it"], chosen),
    )
    return ladder, _move(outcome, place, chosen, center) if len(chosen.estimate) else None


def _center(moved_by: Callable[[Array], Array], level: Fit) -> float:
    """What the effects add on average: how far a level takes back what a factor does, by the mean of the log odds."""
    beside = moved_by(np.append(level.estimate, STEP)) - level.log_odds
    return float(beside.mean() / STEP / level.tangent[:, 0].mean())


def _refuse_selected(cohort: Cohort, fits: Mapping[Step, Fit]) -> None:
    """An outcome so much more common than it can be was sampled for. Raises QuestionError unless that was weighted."""
    by = float(np.mean(fits["level"].log_odds - fits["leave it"].log_odds))
    if "weights" not in cohort.design.stated and abs(by) > LARGEST_LEVEL:
        found = f"{cohort.outcome.text}: {int(cohort.event.sum())} of {len(cohort.event)} rows have it"
        way = "if people were selected on it, give sampling fractions with weights; if not, check its unit"
        raise QuestionError(f"{found}, {by:+.1f} in log odds beyond what the network makes of them; {way}")


def _tests(fits: Mapping[Step, Fit], rows: int) -> Iterator[Tested]:
    """The largest step against leaving it, then, if that is rejected, against the level alone."""
    whole = fits["level and slope"]
    informative = rows / whole.effect
    chances = (readiness(CHANCE, informative), readiness(SLOPE_CHANCE, informative))
    smaller: tuple[tuple[Step, int], ...] = (("leave it", 2), ("level", 1))
    for (before, freedom), chance in zip(smaller, chances, strict=True):
        statistic = max(2 * (whole.log_likelihood - fits[before].log_likelihood) / whole.effect, 0.0)
        p = tail(statistic, np.sort(whole.shrinkage)[:freedom])
        yield Tested("level and slope", before, statistic, freedom, p, chance, p < chance)
        if p >= chance:
            return


def readiness(chance: float, rows: float) -> float:
    """The chance to move needlessly that so many rows may take, from that of `SMALL`.

    >>> [round(readiness(0.02, rows), 2) for rows in (50, 200, 400, 2000)]
    [0.02, 0.02, 0.08, 0.5]
    """
    return min(chance * max(1.0, rows / SMALL) ** 2, READIEST)


def tail(statistic: float, shrinkage: Array) -> float:
    """The chance of a larger gain where nothing differs; see above.

    >>> round(tail(5.991, np.array([1.0, 1.0])), 4), round(tail(3.841 * 0.75, np.array([0.5])), 4)  # 2 s - s^2 = 0.75
    (0.05, 0.05)
    """
    from scipy.special import gammaincc

    shares = 2 * shrinkage - shrinkage**2
    scale = (shares**2).sum() / shares.sum()
    return float(gammaincc(shares.sum() / scale / 2, statistic / scale / 2))


def _moved(model: Model, place: Place, chosen: Fit) -> Iterator[Moved]:
    """The level in log odds, and the factor, with intervals."""
    from scipy.special import ndtri

    mean, covariance = chosen.estimate, chosen.covariance
    half = ndtri((1 + LEVEL) / 2) * np.sqrt(np.diag(covariance))
    intercepts, effects = moving(model.knowledge.variables[place.variable], place.to)
    level, *factor = np.stack([mean, mean - half, mean + half, chosen.alone], axis=1).tolist()
    yield Moved("level", intercepts, 0.0, *level)
    if factor:
        yield Moved("factor", effects, 1.0, *(1 + x for x in factor[0]))


def _move(outcome: Outcome, place: Place, chosen: Fit, center: float) -> Move:
    mean, covariance = chosen.estimate, chosen.covariance
    return Move(
        variable=place.variable,
        to=place.to,
        level=float(mean[0]),
        factor=max(1 + float(mean[1]), LEAST_FACTOR) if len(mean) > 1 else None,
        center=round(center, 6) if len(mean) > 1 else 0.0,
        covariance=tuple(tuple(map(float, row)) for row in covariance),
        outcome=outcome.text,
    )


def following(cohort: Cohort, move: Move, later: Collection[str]) -> Move:
    """The move with its `follows`: by parameter its value, and how fast the coordinates follow it, by some rows.

    Where parameters give a row other log odds, the coordinates that fit best take back what the tangent spans, weighted
    as in the likelihood. Those that hardly bear on the rows, by their spread among the draws, are left out, and those
    that move `later`, since their own move takes back how they vary.
    """
    model = cohort.outcome.model
    rng = np.random.default_rng(0)
    rows = np.sort(rng.choice(len(cohort.event), min(TOLD, len(cohort.event)), replace=False))
    spreads = {name: float(np.std(values[1:])) for name, values in model.parameters.items() if name not in later}
    names = [name for name, spread in spreads.items() if spread > 0]
    own = move.estimate[:, None]
    count = len(own) + len(names)
    steps = np.eye(count, count + 1, 1) * NUDGE  # of nothing in the first column
    nudged = {name: np.repeat(values, count + 1) for name, values in model.point.items()}
    for name, step in zip(names, steps[len(own) :], strict=True):
        nudged[name] = nudged[name] + spreads[name] * step
    by = own + steps[: len(own)]
    odds = cohort.log_odds_at(moved(model.knowledge, move.variable, move.to, nudged, by, move.center), rows)
    change = (odds[:, 1:] - odds[:, :1]) / NUDGE  # of coordinates, then of a standard deviation of each parameter
    chance = expit(odds[:, 0])
    terms = np.sqrt(cohort.weights[rows] * chance * (1 - chance))[:, None]
    slopes = -np.linalg.lstsq(terms * change[:, : len(own)], terms * change[:, len(own) :], rcond=None)[0]
    follows = {
        name: (float(model.point[name][0]), *(float(f"{x / spreads[name]:.5g}") for x in slope))
        for name, slope in zip(names, slopes.T, strict=True)
        if np.abs(slope).max() > 1e-3
    }
    return changed(move, follows=follows)


def _log_score(cohort: Cohort, before: Fit, chosen: Fit) -> dict[str, float]:
    """Of the network, and of an update that did not see the row: cross-validated on the tangent at the estimate."""
    event, weights = cohort.event, cohort.weights
    found = {"network": -log_likelihood(event, before.log_odds, weights) / float(weights.sum())}
    if not len(chosen.estimate):
        return found | {"update": found["network"]}
    held_out = np.empty(len(event))
    start = chosen.log_odds - chosen.tangent @ chosen.estimate
    for inside in folds(cohort):
        out = ~inside
        fitted = regression(
            event[inside], start[inside], chosen.tangent[inside], weights[inside], np.zeros(len(chosen.estimate))
        )
        held_out[out] = start[out] + chosen.tangent[out] @ fitted
    return found | {"update": -log_likelihood(event, held_out, weights) / float(weights.sum())}


def folds(cohort: Cohort) -> Iterator[np.ndarray]:
    """Rows of all folds but one; clusters stay together."""
    clusters: Indices = cohort.design.clusters
    fold = np.random.default_rng(0).permutation(clusters.max() + 1) % FOLDS
    for number in range(FOLDS):
        inside = fold[clusters] != number
        if 0 < inside.sum() < len(inside):
            yield inside
