"""One number that moves: the maximum of the rows' likelihood under a normal prior around 0, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bn.updating.cohort import Cohort
from bn.updating.ladder import folds, tail
from cpds.table import Array

STEP, NEAR, ROUNDS = 0.1, 0.02, 8
"""Of the prior's standard deviation: what derivatives are taken over, and the last move."""


@dataclass(frozen=True)
class Single:
    """`estimate` and its `variance`, under the prior; `alone` without it. `share` is what of it the rows decide.

    `statistic` is twice the gain in log likelihood over 0, divided by the design effect, and `p` its chance where
    nothing differs. `log_score` is minus the mean log likelihood of a row at 0, and by an estimate that did not see it.
    """

    estimate: float
    variance: float
    alone: float
    share: float
    statistic: float
    p: float
    log_score: tuple[float, float]


def fit(cohort: Cohort, rows_at: Callable[[float], Array], spread: float) -> Single:
    """The best number; `rows_at` gives each row's log likelihood at one, `spread` is the prior's standard deviation."""
    weights, step, precision, here = cohort.weights, STEP * spread, spread**-2, 0.0
    before = now = rows_at(here)
    for _ in range(ROUNDS):
        above, below = rows_at(here + step), rows_at(here - step)
        scores, bend = (above - below) / (2 * step), (2 * now - above - below) / step**2
        outer = float(weights @ scores**2)
        information = float(weights @ bend)
        if information < outer / 10:  # no peak near here
            bend, information = scores**2, outer
        move = (float(weights @ scores) - precision * here) / (information + precision)
        move = float(np.clip(move, -spread, spread))
        if abs(move) < NEAR * spread:
            break
        here += move
        now = rows_at(here)
    alone, variance, effect = here + move, 1 / max(information, 1e-9), 1.0
    alone += precision * alone / max(information, 1e-9)
    if cohort.design.stated:
        variance = float(cohort.design.covariance((variance * weights * scores)[None])[0, 0])
        effect = max(information * variance, 1e-3)
    share = 1 / variance / (1 / variance + precision)
    plain = information / (information + precision)
    statistic = max(2 * float(weights @ (now - before)) / effect, 0.0)
    held_out = np.array(now)
    for inside in folds(cohort):
        gain = weights[inside] @ scores[inside] - precision * here
        other = gain / (float(weights[inside] @ bend[inside]) + precision)
        held_out[~inside] += (scores * other - bend * other**2 / 2)[~inside]
    return Single(
        share * alone,
        variance * share,
        alone,
        share,
        statistic,
        tail(statistic, np.array([plain])),
        (-float(weights @ before / weights.sum()), -float(weights @ held_out / weights.sum())),
    )
