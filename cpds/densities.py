"""One marker's reading -> what it says of the states of its variable, by its density or as one of several criteria.

*Measured.* On the marker's scale the states share one SD and lie `shift` SDs apart in all, so the
log likelihood ratio is linear and never turns back.

*Threshold.* The state is a usual value beyond a cut, as `thresholds` says; `criteria` says what one of several
criteria contributes.

All of it is computed in logarithms, so that readings far out keep what they say. What a limit says, and a
reading beyond the informative range, is the matter of `tails`.

A threshold whose state also holds when another criterion is met. With r = P(reading | met) /
P(reading | no criterion met) and g = P(reading | not met, another is) / P(reading | none met), g is 1 but for
a graded criterion, where g = exp(graded * (min(x, cut) - neutral)): below its cut HbA1c still tells people
who meet another criterion from those who meet none. The reading of people who do not meet this criterion is
a mixture of the two: with Q the product over the others of 1 - share, P(reading | none met) is that of all who
do not meet it, divided by Q + (1 - Q) g. Since `neutral` is kept true to people and not to the reference
distribution, the densities would not integrate to 1. All are multiplied by one factor that makes those of both
states, a power of their ratio over a mass, which no likelihood ratio feels.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from cpds.knowledge import Knowledge
from cpds.records import Binned, Biomarker, Criterion, Declared, Measured, Ordinal, Panel, Threshold
from cpds.strata import States, Strata, picked, reaches, references
from cpds.table import Array, Readings
from cpds.tails import LogDensity, informed, log_mass, log_normal_density, on_scale, sides, with_slips


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
    x, jacobian = on_scale(marker, readings)
    density, reach = _log_density(knowledge, marker), reaches(knowledge)[marker.id]
    mass = picked(knowledge, marker, _log_masses(knowledge, marker), at)
    return strata.axes, informed(density, x, readings.censored, strata, reach) - mass - jacobian


def _log_masses(knowledge: Knowledge, marker: Measured | Threshold) -> Array:
    """Log of the integral of each state's density over all readings, axes (state, *strata), worked out once."""

    def make() -> Array:
        grid, reach = references(knowledge)[marker.id], reaches(knowledge)[marker.id]
        return np.asarray(log_mass(_log_density(knowledge, marker), grid, reach)[..., 0])

    return knowledge.once(f"{marker.id}: masses", make)


def _log_density(knowledge: Knowledge, marker: Measured | Threshold) -> LogDensity:
    """Log densities of the marker's states on its scale, without regard to the ends of its informative range."""
    if isinstance(marker, Threshold):
        return lambda x, strata: with_slips(*sides(marker, strata, x, None), marker.error.number)
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


_LARGEST_POWER = 1.0
"""Of the likelihood ratio, that is tried."""


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
    x, jacobian = on_scale(marker, readings)
    density, reach = _criterion_density(knowledge, marker), reaches(knowledge)[marker.id]
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
        unmet, met = with_slips(*sides(marker, strata, x, marker.share.number), error)
        graded = _log_graded(marker, x)
        none = unmet - np.log(others + (1 - others) * np.exp(graded))
        return np.stack([none, met, none + graded])

    if marker.graded is None:
        return density
    all_unmet = others * (1 - marker.share.number)

    def log_ratio(none: Array, met: Array, other: Array) -> Array:
        """Log likelihood ratio of the last state, were this the only criterion that is measured."""
        either = np.log(marker.share.number) + met, np.log(1 - marker.share.number - all_unmet) + other
        return np.asarray(np.logaddexp(*either) - none - np.log(1 - all_unmet))

    key = f"{marker.id}: power and mass"
    power, mass = knowledge.once(key, lambda: _balanced(knowledge, marker, density, log_ratio))

    def proper(x: Array, strata: Strata) -> Array:
        parts = density(x, strata)
        return np.asarray(parts + power * log_ratio(*parts) - mass)

    return proper


def _balanced(
    knowledge: Knowledge, marker: Criterion, density: LogDensity, log_ratio: Callable[[Array, Array, Array], Array]
) -> Array:
    """Power of the likelihood ratio, and log of a mass, with which both states' densities integrate to 1."""
    grid, reach = references(knowledge)[marker.id], reaches(knowledge)[marker.id]

    def masses(power: float) -> tuple[float, float]:
        def both(x: Array, strata: Strata) -> Array:
            parts = density(x, strata)
            ratio = log_ratio(*parts)
            return np.stack([parts[0] + power * ratio, parts[0] + (power + 1) * ratio])

        absent, present = log_mass(both, grid, reach)
        return float(absent.mean()), float(present.mean())

    low, high = -_LARGEST_POWER, _LARGEST_POWER
    for _ in range(50):
        power = (low + high) / 2
        absent, present = masses(power)
        low, high = (low, power) if present > absent else (power, high)
    return np.array([power, absent])


def _log_graded(marker: Criterion, x: Array) -> Array:
    """Log of P(reading | not met, another criterion is) / P(reading | none met), for readings on the scale."""
    if marker.graded is None or marker.neutral is None:
        return np.zeros(x.shape)
    cut, sign = marker.cut.number, 1 if marker.direction == "+" else -1
    capped = np.minimum(sign * (np.exp(x) if marker.reference.scale == "log" else x), sign * cut)
    return np.asarray(marker.graded.number * (capped - sign * marker.neutral.number))
