"""How far a level, or level and slope, move so that rows with an outcome fit: maximum likelihood, and tests.

The log odds of a row are nearly linear in what moves. So they are computed exactly, with their derivatives by
differences; on this tangent the likelihood is that of a logistic regression with an offset, whose maximum is the next
point, until it stays. Information is the expected one. With a sampling design the variance is the linearized one, and
the likelihood ratio is divided by the mean design effect of what moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bn.core.errors import QuestionError
from bn.updating.cohort import Cohort
from cpds.logistic import expit
from cpds.table import Array

STEP, NEAR, MOST_ROUNDS = 0.05, 1e-3, 12
LEVEL_SPREAD, SLOPE_SPREAD = 1.0, 0.25
"""Assumed: how far levels (log odds) and slopes (log of a factor) of people differ, as standard deviations.

Half of all populations would lie within odds of 0.5 to 2 of the network's, and within slopes of 0.84 to 1.18.
"""


@dataclass(frozen=True)
class Fit:
    """`estimate` of what moves, axis (coordinate), by maximum likelihood, and its `covariance`.

    `log_odds`, axis (row), are those at the estimate and `tangent`, axes (row, coordinate), their derivatives there;
    `log_likelihood` is weighted, the weights having mean 1; `effect` is the mean design effect, 1 without a design.
    """

    estimate: Array
    covariance: Array
    log_odds: Array
    tangent: Array
    log_likelihood: float
    effect: float

    @property
    def shrunken(self) -> tuple[Array, Array]:
        """Estimate and covariance together with what is assumed of how people differ."""
        return shrunken(self.estimate, self.covariance)


def shrunken(estimate: Array, covariance: Array) -> tuple[Array, Array]:
    """Mean and covariance of a normal posterior under the prior of `LEVEL_SPREAD` and `SLOPE_SPREAD` around 0.

    >>> mean, covariance = shrunken(np.array([0.6]), np.array([[1.0]]))  # as much told by the rows as assumed
    >>> mean.tolist(), covariance.tolist()
    ([0.3], [[0.5]])
    """
    prior = np.array([LEVEL_SPREAD, SLOPE_SPREAD])[: len(estimate)] ** -2.0
    precision = np.linalg.inv(covariance)
    found = np.linalg.inv(precision + np.diag(prior))
    return found @ precision @ estimate, (found + found.T) / 2


def log_likelihood(event: Array, log_odds: Array, weights: Array) -> float:
    """Weighted sum of the natural logs of the probabilities of what was observed."""
    return float(weights @ (event * log_odds - np.logaddexp(0, log_odds)))


def as_it_is(cohort: Cohort, log_odds: Array) -> Fit:
    """Nothing moves."""
    total = log_likelihood(cohort.event, log_odds, cohort.weights)
    return Fit(np.empty(0), np.empty((0, 0)), log_odds, np.empty((len(log_odds), 0)), total, 1.0)


def fit(cohort: Cohort, at: Callable[[Array], Array], start: Fit, count: int) -> Fit:
    """The best of `count` coordinates; `at` gives the rows' log odds at coordinates, `start` is the fit without some.

    Raises QuestionError where no finite move is best.
    """
    event, weights = cohort.event, cohort.weights
    here: Array = np.append(start.estimate, np.zeros(count - len(start.estimate)))
    odds = start.log_odds
    for _ in range(MOST_ROUNDS):
        tangent = np.stack([(at(here + STEP * unit) - odds) / STEP for unit in np.eye(count)], axis=1)
        move = regression(event, odds, tangent, weights)
        if move is None or np.abs(here + move).max() > 20:
            raise QuestionError("the rows determine no finite level and slope: the inputs separate the two outcomes")
        here += move
        odds = at(here)
        if np.abs(move).max() < NEAR:
            break
    return _described(cohort, here, odds, tangent)


def _described(cohort: Cohort, estimate: Array, log_odds: Array, tangent: Array) -> Fit:
    event, weights, chance = cohort.event, cohort.weights, expit(log_odds)
    information = (tangent * (weights * chance * (1 - chance))[:, None]).T @ tangent
    plain: Array = np.asarray(np.linalg.inv(information), dtype=float)
    effect = 1.0
    covariance: Array = plain
    if cohort.design.stated:
        covariance = cohort.design.covariance(plain @ (tangent * (weights * (event - chance))[:, None]).T)
        effect = max(float(np.trace(information @ covariance)) / len(estimate), 1e-3)
    return Fit(estimate, covariance, log_odds, tangent, log_likelihood(event, log_odds, weights), effect)


def regression(event: Array, offset: Array, terms: Array, weights: Array) -> Array | None:
    """Weighted logistic regression with an offset, by Newton's method: axis (term); None where it has no end.

    >>> regression(np.array([1, 1, 1, 0.0]), np.zeros(4), np.ones((4, 1)), np.ones(4)).round(6)  # ln 3
    array([1.098612])
    """
    found = np.zeros(terms.shape[1])
    for _ in range(50):
        chance = expit(offset + terms @ found)
        information = (terms * (weights * chance * (1 - chance))[:, None]).T @ terms
        try:
            change = np.linalg.solve(information, terms.T @ (weights * (event - chance)))
        except np.linalg.LinAlgError:
            return None
        found = found + np.clip(change, -2, 2)
        if np.abs(change).max() < 1e-10:
            return np.asarray(found)
    return None
