"""What a limit such as `>600` says, and a reading beyond the range in which its marker tells anything.

Beyond the informative range all readings say what its end says, of the variable and of whatever cuts the
reference alike: only a factor that all states and strata share tells how rare they are. It falls like the
tail of a normal distribution with the marker's average center and SD. A limit says what the readings that it
allows say together, each by its weight: P(reading beyond the limit | state) is the integral of the density.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np

from cpds.normal import log_normal_density
from cpds.readings import Codes, Readings
from cpds.strata import Reach, Referred, Strata
from cpds.table import Array
from cpds.units import ABOVE, EXACT

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
