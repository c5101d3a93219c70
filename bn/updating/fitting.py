"""How far a level, or level and slope, move so that rows with an outcome fit: the mode under what is assumed of people.

The log odds of a row are nearly linear in what moves. So they are computed exactly, with their derivatives by
differences; on this tangent the likelihood is that of a logistic regression with an offset, whose penalized maximum is
the next point, until it stays. A few rows may well tell of no finite slope: the penalty, a normal prior, keeps it near
the network's, and fades as rows are added. Information is the expected one. With a sampling design the variance is the
linearized one, and the likelihood ratio is divided by the mean design effect of what moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bn.core.errors import QuestionError
from bn.updating.cohort import Cohort
from cpds.logistic import expit
from cpds.table import Array

STEP, NEAR, MOST_ROUNDS = 0.05, 1e-3, 20
BENT = 0.1
"""After a move that was no larger the tangent serves on."""
LEVEL_SPREAD, SLOPE_SPREAD = 1.5, 0.2
"""Assumed: how far levels (log odds of a variable) and factors of people differ from 0 and 1, as standard deviations.

Half of all populations would lie within odds of 0.36 to 2.8 of the network's, and within factors of 0.87 to 1.13. A
reading above a cut moves by about half as much as its variable.
"""

PRECISIONS = np.array([LEVEL_SPREAD, SLOPE_SPREAD]) ** -2.0


@dataclass(frozen=True)
class Fit:
    """`estimate` of what moves, axis (coordinate), and its `covariance`, under the prior; `alone` without it.

    `shrinkage`, axis (direction), is how much of what rows tell is kept in each direction independent of the others.
    `log_odds`, axis (row), are those at the estimate and `tangent`, axes (row, coordinate), their derivatives there;
    `log_likelihood` is weighted, the weights having mean 1; `effect` is the mean design effect, 1 without a design.
    """

    estimate: Array
    covariance: Array
    alone: Array
    shrinkage: Array
    log_odds: Array
    tangent: Array
    log_likelihood: float
    effect: float


def shrunken(estimate: Array, covariance: Array) -> tuple[Array, Array]:
    """Mean and covariance of a normal posterior under the prior of `LEVEL_SPREAD` and `SLOPE_SPREAD` around 0.

    >>> mean, covariance = shrunken(np.array([0.6]), np.array([[1.0]]))  # 0.6 / (1 + 1 / 1.5^2)
    >>> mean.round(6).tolist(), covariance.round(6).tolist()
    ([0.415385], [[0.692308]])
    """
    precision = np.linalg.inv(covariance)
    found = np.linalg.inv(precision + np.diag(PRECISIONS[: len(estimate)]))
    return found @ precision @ estimate, (found + found.T) / 2


def log_likelihood(event: Array, log_odds: Array, weights: Array) -> float:
    """Weighted sum of the natural logs of the probabilities of what was observed."""
    return float(weights @ (event * log_odds - np.logaddexp(0, log_odds)))


def as_it_is(cohort: Cohort, log_odds: Array) -> Fit:
    """Nothing moves."""
    total = log_likelihood(cohort.event, log_odds, cohort.weights)
    nothing = np.empty(0)
    return Fit(nothing, np.empty((0, 0)), nothing, nothing, log_odds, np.empty((len(log_odds), 0)), total, 1.0)


def fit(cohort: Cohort, at: Callable[[Array], Array], start: Fit, count: int) -> Fit:
    """The best of `count` coordinates; `at` gives the rows' log odds at coordinates, `start` is the fit without some.

    Raises QuestionError where none is found.
    """
    event, weights = cohort.event, cohort.weights
    here: Array = np.append(start.estimate, np.zeros(count - len(start.estimate)))
    odds, move = start.log_odds, np.full(count, np.inf)
    for round_ in range(MOST_ROUNDS):
        if np.abs(move).max() > BENT or round_ % 3 == 0:
            tangent = np.stack([(at(here + STEP * unit) - odds) / STEP for unit in np.eye(count)], axis=1)
        move = regression(event, odds, tangent, weights, here)
        here = here + move
        odds = at(here)
        if np.abs(move).max() < NEAR:
            return _described(cohort, here, odds, tangent)
    found = f"{cohort.outcome.text}: {int(event.sum())} of {len(event)} rows have it, and no level and slope fits that"
    way = "if people were selected on it, give sampling fractions with weights; if not, check its unit"
    raise QuestionError(f"{found}; {way}")


def _described(cohort: Cohort, estimate: Array, log_odds: Array, tangent: Array) -> Fit:
    event, weights, chance = cohort.event, cohort.weights, expit(log_odds)
    information = (tangent * (weights * chance * (1 - chance))[:, None]).T @ tangent + 1e-9 * np.eye(len(estimate))
    alone = estimate + np.linalg.solve(information, PRECISIONS[: len(estimate)] * estimate)
    covariance: Array = np.asarray(np.linalg.inv(information), dtype=float)
    effect = 1.0
    if cohort.design.stated:
        covariance = cohort.design.covariance(covariance @ (tangent * (weights * (event - chance))[:, None]).T)
        effect = max(float(np.trace(information @ covariance)) / len(estimate), 1e-3)
    mean, spread = shrunken(alone, covariance)
    spreads = PRECISIONS[: len(estimate)] ** -0.5
    told = np.linalg.eigvalsh(information * np.outer(spreads, spreads))
    return Fit(
        mean, spread, alone, told / (told + 1), log_odds, tangent, log_likelihood(event, log_odds, weights), effect
    )


def regression(event: Array, offset: Array, terms: Array, weights: Array, start: Array) -> Array:
    """How far coefficients move from `start`, axis (term): weighted logistic regression with an offset, penalized.

    >>> x = regression(np.array([1, 1, 1, 0.0]), np.zeros(4), np.ones((4, 1)), np.ones(4), np.zeros(1))
    >>> bool(np.isclose(3 - 4 / (1 + np.exp(-x[0])), x[0] / 1.5**2))  # events less those expected; the penalty's slope
    True
    """
    precisions = PRECISIONS[: len(start)]
    found = np.zeros(len(start))
    for _ in range(50):
        chance = expit(offset + terms @ found)
        information = (terms * (weights * chance * (1 - chance))[:, None]).T @ terms
        slope = terms.T @ (weights * (event - chance)) - precisions * (start + found)
        change = np.linalg.solve(information + np.diag(precisions), slope)
        found = found + np.clip(change, -1, 1)
        if np.abs(change).max() < 1e-10:
            break
    return np.asarray(found)
