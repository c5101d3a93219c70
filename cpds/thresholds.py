r"""A usual value beyond a cut, of which one reading tells with error: who is on which side of it.

With readings X ~ N(m, s^2) and within-person SD w, the usual value U given X is N(m + rho (X - m), rho w^2),
rho = 1 - w^2 / s^2. With q = P(U beyond cut | X) and pi = P(U beyond cut), P(X | present) = p(X) q / pi and
P(X | absent) = p(X) (1 - q) / (1 - pi). Some readings are exchanged over the cut, so that their ratio
R = [q / (1 - q)] / [pi / (1 - pi)] stays finite: see `with_slips`.
"""

from __future__ import annotations

import math

import numpy as np

from cpds.normal import log_normal_density, log_odds_above_zero
from cpds.records import Criterion, Threshold
from cpds.strata import Strata
from cpds.table import Array


def with_slips(near: Array, log_ratio: Array, share: Array, error: float) -> Array:
    """Log densities on the near and the far side of a cut when some people's readings are exchanged over it.

    `near` is the log density of people on the near side, `log_ratio` that of the far side less it. As many
    change over from either side, `error` of those on the side where fewer people are, so the `share` on the far
    side stays the same. Where that is the smaller side, a certain reading leaves P(far) = 1 - error: odds of 99
    from odds of 1/4 are a ratio of 396.

    >>> near, far = with_slips(np.zeros(3), np.array([-np.inf, 0.0, 700.0]), np.array(0.2), error=0.01)
    >>> np.exp(far - near).round(6).tolist()
    [0.010025, 1.0, 396.0]
    """
    lost, back = (error * np.minimum(1.0, odds) for odds in ((1 - share) / share, share / (1 - share)))
    absent = near + np.logaddexp(np.log1p(-back), np.log(back) + log_ratio)
    present = near + np.logaddexp(np.log(lost), np.log1p(-lost) + log_ratio)
    return np.stack(np.broadcast_arrays(absent, present))


def log_odds_of_usual(x: Array, m: Array, s: Array, w: Array, cut: float) -> tuple[Array, Array]:
    """Log odds that the usual value exceeds `cut`, given a reading `x` and before it.

    Readings N(0, 2), within-person SD 1 (rho 0.75), cut 0: a reading of 1 puts U at 0.75 with SD
    0.866, so P = Phi(0.866) = 0.8068 and the log odds are 1.429; before it they are 0.

    >>> after, before = log_odds_of_usual(np.array([1.0]), np.array([0.0]), np.array([2.0]), np.array([1.0]), 0.0)
    >>> print(after.round(3), before.round(3))
    [1.429] [0.]
    """
    rho = 1 - (w / s) ** 2
    after = (m + rho * (x - m) - cut) / (w * np.sqrt(rho))
    before = (m - cut) / np.sqrt(s**2 - w**2)
    return log_odds_above_zero(after), log_odds_above_zero(before)


def sides(marker: Threshold | Criterion, strata: Strata, x: Array, share: float | None) -> tuple[Array, Array, Array]:
    """Log density of people on the near side of the cut, log ratio far : near, share on the far side."""
    sign = 1.0 if marker.direction == "+" else -1.0
    m, s = sign * strata.center, strata.sd
    cut = sign * cut_on_scale(marker)
    after, before = log_odds_of_usual(sign * x, m, s, np.full_like(s, marker.within.number), cut)
    near = log_normal_density(sign * x, m, s) - np.logaddexp(0, after) + np.logaddexp(0, before)
    met = np.asarray(1 / (1 + np.exp(-before))) if share is None else np.full_like(before, share)
    return near, after - before, met


def cut_on_scale(marker: Threshold | Criterion) -> float:
    """The cut on the scale on which the marker is normal."""
    return math.log(marker.cut.number) if marker.reference.scale == "log" else marker.cut.number
