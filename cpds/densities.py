r"""One marker's reading -> what it says of the states of its variable, row by row.

*Measured.* On the marker's scale the states share one SD and lie `shift` SDs apart in all, so the
log likelihood ratio is linear and never turns back.

*Threshold.* The state is a usual value U beyond a cut. With readings X ~ N(m, s^2) and within-person
SD w, U given X is N(m + rho (X - m), rho w^2), rho = 1 - w^2 / s^2. With q = P(U beyond cut | X) and
pi = P(U beyond cut), P(X | present) = p(X) q / pi and P(X | absent) = p(X) (1 - q) / (1 - pi). A share
`error` of the people on the far side is recorded on the near one and as many the other way round, so
the ratio of the two, R = [q / (1 - q)] / [pi / (1 - pi)], becomes `slipped(R)` and stays finite.

*Criterion.* A threshold whose state also holds when another criterion is met. With r = P(reading | met) /
P(reading | no criterion met) and g = P(reading | not met, another is) / P(reading | none met), g is 1 but for
a graded criterion, where g = exp(graded * (min(x, cut) - neutral)): below its cut HbA1c still tells people
who meet another criterion from those who meet none. The reading of people who do not meet this criterion is
a mixture of the two, so with Q the product over the others of 1 - share, r = R (Q + (1 - Q) g), where R is
the slipped ratio against all who do not meet it. The densities of a graded criterion integrate to 1 only as
nearly as `neutral` suits the reference distribution; `neutral` is kept true to people, whose ratios it sets.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from cpds.knowledge import Knowledge
from cpds.readings import Codes, Readings
from cpds.records import Binned, Biomarker, Criterion, Declared, Measured, Ordinal, Threshold
from cpds.strata import Referred, States, Strata
from cpds.table import Array
from cpds.units import EXACT

_NODES = 256
_LOG_TINY = -700.0
_TINY = 1e-300
_LOG_ROOT = math.log(2 * math.pi) / 2
_MANY = 1 << 12


def slipped(ratio: Array, share: float, error: float) -> Array:
    """Likelihood ratio of a reading when a share `error` of the people who meet the cut are misfiled.

    As many who do not meet it are misfiled the other way, so the share stays the same and a certain
    reading leaves P(met) = 1 - error:

    >>> slipped(np.array([0.0, 1.0, np.inf]), share=0.2, error=0.01)  # odds of 99 from odds of 1/4: 396
    array([1.00250627e-02, 1.00000000e+00, 3.96000000e+02])
    """
    back = error * share / (1 - share)
    with np.errstate(invalid="ignore"):
        mixed = ((1 - error) * ratio + error) / (back * ratio + 1 - back)
    return np.asarray(np.where(np.isinf(ratio), (1 - error) / back if back else np.inf, mixed))


def beyond(x: Array, m: Array, s: Array, w: Array, cut: float) -> tuple[Array, Array]:
    """Log odds that the usual value exceeds `cut`, given a reading `x` and before it.

    Readings N(0, 2), within-person SD 1 (rho 0.75), cut 0: a reading of 1 puts U at 0.75 with SD
    0.866, so P = Phi(0.866) = 0.8068 and the log odds are 1.429; before it they are 0.

    >>> after, before = beyond(np.array([1.0]), np.array([0.0]), np.array([2.0]), np.array([1.0]), 0.0)
    >>> print(after.round(3), before.round(3))
    [1.429] [0.]
    """
    rho = 1 - (w / s) ** 2
    after = (m + rho * (x - m) - cut) / (w * np.sqrt(rho))
    before = (m - cut) / np.sqrt(s**2 - w**2)
    return _log_odds(after), _log_odds(before)


def log_phi(z: Array) -> Array:
    """Logarithm of the standard normal CDF.

    >>> log_phi(np.array([0.0, -10.0])).round(4)  # ln 0.5; ln of 7.62e-24
    array([ -0.6931, -53.2313])
    """
    if z.size > _MANY:
        from scipy.special import log_ndtr

        return np.asarray(log_ndtr(np.clip(z, -37.0, 37.0)))
    tail = np.asarray(_erfc(-np.clip(z, -37.0, 37.0) / math.sqrt(2)), dtype=float) / 2
    return np.asarray(np.log(tail))


_erfc = np.frompyfunc(math.erfc, 1, 1)


def _log_odds(z: Array) -> Array:
    return log_phi(z) - log_phi(-z)


def _log_normal(x: Array, m: Array, s: Array) -> Array:
    return np.asarray(-0.5 * ((x - m) / s) ** 2 - np.log(s) - _LOG_ROOT)


def state_densities(
    knowledge: Knowledge, marker: Biomarker, readings: Readings, at: States
) -> tuple[tuple[str, ...], Array]:
    """Strata axes not in `at`, and log densities (state, *strata, row) of a marker that stands for itself.

    In rows without a reading the values mean nothing.
    """
    if isinstance(marker, Ordinal):
        return (), _ordinal(marker, readings)
    if isinstance(marker, Binned):
        return (), _binned(knowledge, marker, readings)
    assert isinstance(marker, Measured | Threshold)
    strata = Strata.of(knowledge, marker, at)
    x, jacobian = _scaled(marker, readings)
    if isinstance(marker, Measured):
        states = len(knowledge.variables[marker.variable].states)
        values = _measured(marker, states, strata, x, readings.censored)
    else:

        def density(at_x: Array, among: Strata) -> Array:
            return np.exp(_two_states(*_threshold(marker, among, at_x, None), marker.error.number))

        values = np.log(np.maximum(_over_limits(density, x, readings.censored, strata), _TINY))
    return strata.axes, np.asarray(values - jacobian)


def _ordinal(marker: Ordinal, readings: Readings) -> Array:
    table = np.log([level.probabilities for level in marker.levels])
    index = np.where(readings.measured, readings.values, 0).astype(int)
    return np.asarray(table[index].T)


def _binned(knowledge: Knowledge, marker: Binned, readings: Readings) -> Array:
    """Certainty of the state whose interval holds the value; of all those a limit leaves open."""
    scale = knowledge.variables[marker.variable].scale
    assert scale is not None
    last = len(scale.midpoints) - 1
    index = np.clip(np.searchsorted(scale.edges, readings.values, side="right") - 1, 0, last)
    states = np.arange(last + 1)[:, None]
    low = np.where(readings.censored < 0, 0, index)
    high = np.where(readings.censored > 0, last, index)
    return np.where((low <= states) & (states <= high), 0.0, -np.inf)


def _scaled(marker: Referred, readings: Readings) -> tuple[Array, Array]:
    """Readings on the marker's scale, and the log Jacobian that makes densities per canonical unit."""
    values = np.where(readings.measured, readings.values, marker.accepted[1])
    if marker.reference.scale == "linear":
        return values, np.zeros(len(values))
    logs = np.log(np.maximum(values, 1e-300))
    return logs, np.where(readings.censored == EXACT, logs, 0.0)


def _measured(marker: Measured, states: int, strata: Strata, x: Array, censored: Codes) -> Array:
    """Axes (state, *strata, row): one SD for all states, centers evenly spaced."""
    sign = 1 if marker.direction == "+" else -1
    capped = x
    if marker.informative:
        ends = np.log(marker.informative) if marker.reference.scale == "log" else marker.informative
        capped = np.clip(x, *ends)
    z = (x - strata.center) / strata.sd
    at = (capped - strata.center) / strata.sd if marker.informative else z
    first = -0.5 * z**2 - np.log(strata.sd) - _LOG_ROOT
    steps = np.linspace(0, sign * marker.shift.number, states)
    values = np.stack([first + step * (at - step / 2) for step in steps])
    limits = np.flatnonzero(censored)
    if limits.size:
        side = -censored[limits]
        beyond_limit = np.stack([log_phi(side * (at[..., limits] - step)) for step in steps])
        values[..., limits] = log_phi(side * z[..., limits]) + beyond_limit - beyond_limit[0]
    return values


def _threshold(
    marker: Threshold | Criterion, strata: Strata, x: Array, share: float | None
) -> tuple[Array, Array, Array]:
    """Log density of people on the near side of the cut, log ratio far : near, share on the far side."""
    sign = 1.0 if marker.direction == "+" else -1.0
    m, s = sign * strata.center, strata.sd
    cut = sign * (math.log(marker.cut.number) if marker.reference.scale == "log" else marker.cut.number)
    after, before = beyond(sign * x, m, s, np.full_like(s, marker.within.number), cut)
    near = _log_normal(sign * x, m, s) - np.logaddexp(0, after) + np.logaddexp(0, before)
    met = np.asarray(1 / (1 + np.exp(-before))) if share is None else np.full_like(before, share)
    return near, after - before, met


def _over_limits(density: Callable[[Array, Strata], Array], x: Array, censored: Codes, strata: Strata) -> Array:
    """Densities at `x`; where it is a limit, their integral beyond it (Gauss-Legendre, to eight SDs out)."""
    values = density(x, strata)
    limits = np.flatnonzero(censored)
    if not limits.size:
        return values
    ends = strata.center.min() - 8 * strata.sd.max(), strata.center.max() + 8 * strata.sd.max()
    start, below = x[limits], censored[limits] < 0
    half = np.where(below, np.minimum(ends[0] - start, 0), np.maximum(ends[1] - start, 0)) / 2
    places, weights = _quadrature()
    nodes = start[:, None] + half[:, None] * (places + 1)
    heights = density(nodes.ravel(), strata.rows(np.repeat(limits, _NODES)))
    values = values.copy()
    values[..., limits] = np.abs(half) * (heights.reshape(*heights.shape[:-1], *nodes.shape) @ weights)
    return values


@cache
def _quadrature() -> tuple[Array, Array]:
    """Places in [-1, 1] and weights of the Gauss-Legendre rule."""
    places, weights = np.polynomial.legendre.leggauss(_NODES)
    return places, weights


def _two_states(near: Array, log_ratio: Array, share: Array, error: float) -> Array:
    """Log likelihood of (absent, present) after slips: the near side's density, then times the ratio."""
    ratio = np.exp(np.clip(log_ratio, _LOG_TINY, -_LOG_TINY))
    back = error * share / (1 - share)
    absent = near + np.log(1 - back + back * ratio)
    present = near + np.log(error + (1 - error) * ratio)
    return np.stack(np.broadcast_arrays(absent, present))


def criterion_parts(
    knowledge: Knowledge, marker: Criterion | Declared, readings: Readings, at: States, error: float, others: float
) -> tuple[tuple[str, ...], Array, Array, Array]:
    """Strata axes not in `at`, then log density when no criterion is met, r and g, each (*strata, row).

    `others` is the share of people who meet none of the other criteria. In rows without a reading the values
    mean nothing.
    """
    axes: tuple[str, ...] = ()
    if isinstance(marker, Declared):
        yes, back = readings.values == 1, error * marker.share.number / (1 - marker.share.number)
        absent = np.log(np.where(yes, back, 1 - back))
        met = np.where(yes, (1 - error) / back, error / (1 - back))
        graded = np.ones(len(readings.values))
    else:
        strata = Strata.of(knowledge, marker, at)
        x, jacobian = _scaled(marker, readings)

        def density(at_x: Array, among: Strata) -> Array:
            return _criterion_densities(marker, among, at_x, error, others)

        none, only, other = np.maximum(_over_limits(density, x, readings.censored, strata), _TINY)
        axes, absent, met, graded = strata.axes, np.log(none) - jacobian, only / none, other / none
    return axes, absent, met, graded


def _criterion_densities(marker: Criterion, strata: Strata, x: Array, error: float, others: float) -> Array:
    """Densities on the scale among people who meet no criterion, this one, and another one but not this one."""
    unmet, met = np.exp(_two_states(*_threshold(marker, strata, x, marker.share.number), error))
    graded = _graded(marker, x)
    none = unmet / (others + (1 - others) * graded)
    return np.stack([none, met, none * graded])


def _graded(marker: Criterion, x: Array) -> Array:
    """P(reading | not met, another criterion is) / P(reading | none met), for readings on the scale."""
    if marker.graded is None or marker.neutral is None:
        return np.ones(len(x))
    cut, sign = marker.cut.number, 1 if marker.direction == "+" else -1
    capped = np.minimum(sign * (np.exp(x) if marker.reference.scale == "log" else x), sign * cut)
    return np.asarray(np.exp(marker.graded.number * (capped - sign * marker.neutral.number)))
