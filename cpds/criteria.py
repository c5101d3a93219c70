r"""What one criterion of several contributes, any of which puts a person into the last state.

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
from cpds.readings import Readings
from cpds.records import Criterion, Declared, Panel
from cpds.strata import States, Strata, reaches, references
from cpds.table import Array
from cpds.tails import LogDensity, informed, log_mass, on_scale
from cpds.thresholds import sides, with_slips

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
