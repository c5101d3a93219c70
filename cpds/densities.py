r"""One marker's reading -> what it says of the states of its variable, row by row.

*Measured.* On the marker's scale the states share one SD and lie `shift` SDs apart in all, so the
log likelihood ratio is linear and never turns back.

*Threshold.* The state is a usual value U beyond a cut. With readings X ~ N(m, s^2) and within-person
SD w, U given X is N(m + rho (X - m), rho w^2), rho = 1 - w^2 / s^2. With q = P(U beyond cut | X) and
pi = P(U beyond cut), P(X | present) = p(X) q / pi and P(X | absent) = p(X) (1 - q) / (1 - pi). A share
`error` of the people on the far side is recorded on the near one and as many the other way round, so
the ratio of the two, R = [q / (1 - q)] / [pi / (1 - pi)], stays finite: see `with_slips`.

*Criterion.* A threshold whose state also holds when another criterion is met. With r = P(reading | met) /
P(reading | no criterion met) and g = P(reading | not met, another is) / P(reading | none met), g is 1 but for
a graded criterion, where g = exp(graded * (min(x, cut) - neutral)): below its cut HbA1c still tells people
who meet another criterion from those who meet none. The reading of people who do not meet this criterion is
a mixture of the two: with Q the product over the others of 1 - share, P(reading | none met) is that of all who
do not meet it, divided by Q + (1 - Q) g. Since `neutral` is kept true to people and not to the reference
distribution, that density and g times it would not integrate to 1; both are multiplied by the one power of g
that makes them, which leaves g as it is.

All of it is computed in logarithms, so that readings far out keep what they say. What a limit says, and a
reading beyond the informative range, is the matter of `tails`.
"""

from __future__ import annotations

import math

import numpy as np

from cpds.knowledge import Knowledge
from cpds.normal import log_normal_density, log_odds_above_zero
from cpds.readings import Readings
from cpds.records import Binned, Biomarker, Criterion, Declared, Measured, Ordinal, Panel, Threshold
from cpds.strata import Referred, States, Strata, picked
from cpds.table import Array
from cpds.tails import LogDensity, informed, log_mass
from cpds.units import EXACT

_LARGEST_POWER = 16.0
"""Of g, that is tried."""


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
    density, reach = _log_density(knowledge, marker), knowledge.reaches[marker.id]
    mass = picked(knowledge, marker, _log_masses(knowledge, marker), at)
    return strata.axes, informed(density, x, readings.censored, strata, reach) - mass - jacobian


def _log_masses(knowledge: Knowledge, marker: Measured | Threshold) -> Array:
    """Log of the integral of each state's density over all readings, axes (state, *strata), worked out once."""
    key = f"{marker.id}: masses"
    if key not in knowledge.kept:
        grid, reach = knowledge.references[marker.id], knowledge.reaches[marker.id]
        knowledge.kept[key] = log_mass(_log_density(knowledge, marker), grid, reach)[..., 0]
    return knowledge.kept[key]


def _log_density(knowledge: Knowledge, marker: Measured | Threshold) -> LogDensity:
    """Log densities of the marker's states on its scale, without regard to the ends of its informative range."""
    if isinstance(marker, Threshold):
        return lambda x, strata: with_slips(*_threshold(marker, strata, x, None), marker.error.number)
    shift = marker.shift.number * (1 if marker.direction == "+" else -1)
    steps = np.linspace(0, shift, len(knowledge.variables[marker.variable].states))

    def measured(x: Array, strata: Strata) -> Array:
        z = (x - strata.center) / strata.sd
        first = log_normal_density(x, strata.center, strata.sd)
        return np.stack([first + step * (z - step / 2) for step in steps])

    return measured


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


def _threshold(
    marker: Threshold | Criterion, strata: Strata, x: Array, share: float | None
) -> tuple[Array, Array, Array]:
    """Log density of people on the near side of the cut, log ratio far : near, share on the far side."""
    sign = 1.0 if marker.direction == "+" else -1.0
    m, s = sign * strata.center, strata.sd
    cut = sign * (math.log(marker.cut.number) if marker.reference.scale == "log" else marker.cut.number)
    after, before = log_odds_of_usual(sign * x, m, s, np.full_like(s, marker.within.number), cut)
    near = log_normal_density(sign * x, m, s) - np.logaddexp(0, after) + np.logaddexp(0, before)
    met = np.asarray(1 / (1 + np.exp(-before))) if share is None else np.full_like(before, share)
    return near, after - before, met


def criterion_parts(
    knowledge: Knowledge, marker: Criterion | Declared, readings: Readings, at: States
) -> tuple[tuple[str, ...], Array, Array, Array]:
    """Strata axes not in `at`, then log density when no criterion is met, r and g, each (*strata, row).

    In rows without a reading the values mean nothing.
    """
    if isinstance(marker, Declared):
        error = _slips(knowledge, marker)
        yes, back = readings.values == 1, error * marker.share.number / (1 - marker.share.number)
        absent = np.log(np.where(yes, back, 1 - back))
        met = np.where(yes, (1 - error) / back, error / (1 - back))
        return (), absent, met, np.ones(len(readings.values))
    strata = Strata.of(knowledge, marker, at)
    x, jacobian = _scaled(marker, readings)
    density, reach = _criterion_density(knowledge, marker), knowledge.reaches[marker.id]
    none, only, other = informed(density, x, readings.censored, strata, reach)
    return strata.axes, none - jacobian, np.exp(only - none), np.exp(other - none)


def share_meeting_none(knowledge: Knowledge, panel: Panel, without: str | None = None) -> float:
    """Share of people who meet no criterion of the panel, or none but perhaps one of them."""
    members = [marker for marker in knowledge.biomarkers.values() if marker.panel == panel.id and marker.id != without]
    return math.prod(1 - marker.share.number for marker in members if isinstance(marker, Criterion | Declared))


def _slips(knowledge: Knowledge, marker: Criterion | Declared) -> float:
    error = knowledge.panels[str(marker.panel)].error
    return error.number if error else 0.0


def _criterion_density(knowledge: Knowledge, marker: Criterion) -> LogDensity:
    """Log densities on the scale of people who meet no criterion, this one, and another one but not this one."""
    error = _slips(knowledge, marker)
    others = share_meeting_none(knowledge, knowledge.panels[str(marker.panel)], without=marker.id)

    def density(x: Array, strata: Strata) -> Array:
        unmet, met = with_slips(*_threshold(marker, strata, x, marker.share.number), error)
        graded = _log_graded(marker, x)
        none = unmet - np.log(others + (1 - others) * np.exp(graded))
        return np.stack([none, met, none + graded])

    if marker.graded is None:
        return density
    key = f"{marker.id}: power and mass"
    if key not in knowledge.kept:
        knowledge.kept[key] = _balanced(knowledge, marker, density)
    power, mass = knowledge.kept[key]

    def proper(x: Array, strata: Strata) -> Array:
        none, met, other = density(x, strata)
        change = power * _log_graded(marker, x) - mass
        return np.stack([none + change, met, other + change])

    return proper


def _balanced(knowledge: Knowledge, marker: Criterion, density: LogDensity) -> Array:
    """Power of g, and log of a mass, with which the densities of those who do not meet the criterion become proper."""
    grid, reach = knowledge.references[marker.id], knowledge.reaches[marker.id]

    def masses(power: float) -> tuple[float, float]:
        none, _, other = log_mass(lambda x, strata: density(x, strata) + power * _log_graded(marker, x), grid, reach)
        return float(none.mean()), float(other.mean())

    low, high = -_LARGEST_POWER, _LARGEST_POWER
    for _ in range(50):
        power = (low + high) / 2
        none, other = masses(power)
        low, high = (power, high) if none > other else (low, power)
    return np.array([power, none])


def _log_graded(marker: Criterion, x: Array) -> Array:
    """Log of P(reading | not met, another criterion is) / P(reading | none met), for readings on the scale."""
    if marker.graded is None or marker.neutral is None:
        return np.zeros(x.shape)
    cut, sign = marker.cut.number, 1 if marker.direction == "+" else -1
    capped = np.minimum(sign * (np.exp(x) if marker.reference.scale == "log" else x), sign * cut)
    return np.asarray(marker.graded.number * (capped - sign * marker.neutral.number))
