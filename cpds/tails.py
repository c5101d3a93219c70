"""Tails of normal densities: limits, readings beyond the informative range, and usual values beyond a cut.

Beyond the informative range all readings say what its end says, of the variable and of whatever cuts the
reference alike: only a factor that all states and strata share tells how rare they are. It falls like the
tail of a normal distribution with the marker's average center and SD. A limit says what the readings that it
allows say together, each by its weight: P(reading beyond the limit | state) is the integral of the density.

With readings X ~ N(m, s^2) and within-person SD w, the usual value U given X is N(m + rho (X - m), rho w^2),
rho = 1 - w^2 / s^2. With q = P(U beyond cut | X) and pi = P(U beyond cut), P(X | present) = p(X) q / pi and
P(X | absent) = p(X) (1 - q) / (1 - pi). Some readings are exchanged over the cut, so that their ratio
R = [q / (1 - q)] / [pi / (1 - pi)] stays finite: see `with_slips`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np

from cpds.records import Referred, Threshold
from cpds.strata import Reach, Strata
from cpds.table import Array, Codes, Readings
from cpds.units import ABOVE, EXACT

_FAR = 37.0
_MANY = 1 << 12
_LOG_ROOT = math.log(2 * math.pi) / 2
_erfc = np.frompyfunc(math.erfc, 1, 1)


def log_phi(z: Array) -> Array:
    """Logarithm of the standard normal CDF, which beyond 37 SDs stays what it is there.

    >>> log_phi(np.array([0.0, -10.0])).round(4)  # ln 0.5; ln of 7.62e-24
    array([ -0.6931, -53.2313])
    """
    if z.size > _MANY:
        from scipy.special import log_ndtr

        return np.asarray(log_ndtr(np.clip(z, -_FAR, _FAR)))
    tail = np.asarray(_erfc(-np.clip(z, -_FAR, _FAR) / math.sqrt(2)), dtype=float) / 2
    return np.asarray(np.log(tail))


def log_odds_above_zero(z: Array) -> Array:
    """Log odds that a normal variable with mean `z` and SD 1 is above 0.

    >>> log_odds_above_zero(np.array([0.0, 1.0])).round(3)  # ln(0.8413 / 0.1587)
    array([0.   , 1.668])
    """
    return log_phi(z) - log_phi(-z)


def log_normal_density(x: Array, mean: Array, sd: Array) -> Array:
    """Logarithm of the normal density.

    >>> float(log_normal_density(np.array(0.0), np.array(0.0), np.array(1.0)).round(4))  # -ln(2 pi) / 2
    -0.9189
    """
    return np.asarray(-0.5 * ((x - mean) / sd) ** 2 - np.log(sd) - _LOG_ROOT)


NODES = 64
"""Gauss-Legendre nodes for each piece of the range, and for what lies below and above it."""

LogDensity = Callable[[Array, Strata], Array]


def on_scale(marker: Referred, readings: Readings) -> tuple[Array, Array]:
    """Readings on the marker's scale, and the log Jacobian that makes densities per canonical unit."""
    values = np.where(readings.measured, readings.values, marker.accepted[1])
    if marker.reference.scale == "linear":
        return values, np.zeros(len(values))
    logs = np.log(np.maximum(values, 1e-300))
    return logs, np.where(readings.censored == EXACT, logs, 0.0)


def informed(log_density: LogDensity, x: Array, censored: Codes, strata: Strata, reach: Reach) -> Array:
    """Log densities at exact readings and log probabilities of limits: axes (part, *strata, row).

    `log_density` gives log densities on the marker's scale within its informative range, parts being the
    states or what stands for them. It takes readings and strata that broadcast against each other.
    """
    values = _everywhere(log_density, x, strata, reach)
    limits = np.flatnonzero(censored)
    if limits.size:
        values[..., limits] = log_integral(log_density, x[limits], censored[limits], strata.rows(limits), reach)
    return values


def log_mass(log_density: LogDensity, strata: Strata, reach: Reach) -> Array:
    """Log of each part's integral over all readings: axes (part, *strata, row)."""
    rows = strata.center.shape[-1]
    return log_integral(log_density, np.full(rows, -np.inf), np.full(rows, ABOVE, dtype=np.int8), strata, reach)


def log_integral(log_density: LogDensity, x: Array, side: Codes, strata: Strata, reach: Reach) -> Array:
    """Log of the integral of the densities beyond limits, axes (part, *strata, row)."""
    first, last = (reach.far_end(x, end) for end in (-1, 1))
    start = np.where(side == ABOVE, np.maximum(x, first), first)
    stop = np.where(side == ABOVE, last, np.minimum(x, last))
    edges: list[Array | float] = [np.minimum(start, reach.low), *reach.edges, np.maximum(stop, reach.high)]
    places, weights = _quadrature()
    wide = Strata(strata.axes, strata.center[..., None], strata.sd[..., None])
    total: Array | None = None
    for low, high in pairwise(edges):
        begin, end = (np.minimum(np.maximum(limit, low), high) for limit in (start, stop))
        half = (end - begin)[:, None] / 2
        logs = _everywhere(log_density, begin[:, None] + half * (places + 1), wide, reach)
        peak = logs.max(axis=-1)
        with np.errstate(divide="ignore"):
            piece = np.log((np.exp(logs - peak[..., None]) * (half * weights)).sum(axis=-1)) + peak
        total = piece if total is None else np.logaddexp(total, piece)
    assert total is not None
    return total


def _everywhere(log_density: LogDensity, x: Array, strata: Strata, reach: Reach) -> Array:
    """Log densities at readings within the informative range and beyond it."""
    inner = np.clip(x, reach.low, reach.high)
    values = log_density(inner, strata)
    if (inner != x).any():
        center, sd = np.array(reach.center), np.array(reach.sd)
        values = values + (log_normal_density(x, center, sd) - log_normal_density(inner, center, sd))
    return values


@cache
def _quadrature() -> tuple[Array, Array]:
    """Places in [-1, 1] and weights of the Gauss-Legendre rule."""
    places, weights = np.polynomial.legendre.leggauss(NODES)
    return places, weights


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


def sides(marker: Threshold, strata: Strata, x: Array) -> tuple[Array, Array, Array]:
    """Log density of people on the near side of the cut, log ratio far : near, share on the far side."""
    sign = 1.0 if marker.direction == "+" else -1.0
    m, s = sign * strata.center, strata.sd
    cut = sign * cut_on_scale(marker)
    after, before = log_odds_of_usual(sign * x, m, s, np.full_like(s, marker.within.number), cut)
    near = log_normal_density(sign * x, m, s) - np.logaddexp(0, after) + np.logaddexp(0, before)
    return near, after - before, np.asarray(1 / (1 + np.exp(-before)))


def cut_on_scale(marker: Threshold) -> float:
    """The cut on the scale on which the marker is normal."""
    return math.log(marker.cut.number) if marker.reference.scale == "log" else marker.cut.number
