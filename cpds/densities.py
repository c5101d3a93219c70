"""One marker's reading -> what it says of the states of its variable, by its density in each of them.

*Measured.* On the marker's scale the states share one SD and lie `shift` SDs apart in all, so the
log likelihood ratio is linear and never turns back.

*Threshold.* The state is a usual value beyond a cut; see `tails.sides`.

*Graded.* Each state has a center and an SD of its own. The log ratio of a state to the one below it is a parabola,
which turns at

    x* = (m0 / s0^2 - m1 / s1^2) / (1 / s0^2 - 1 / s1^2).

Beyond its turn the ratio stays what it is there: the tail of the wider of the two states is a multiple of the other's.

All of it is computed in logarithms, so that readings far out keep what they say. What a limit says, and a
reading beyond the informative range, is the matter of `tails`.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from cpds.knowledge import Knowledge
from cpds.records import Binned, Biomarker, Declared, Graded, Ordinal, Referred, Threshold
from cpds.strata import States, Strata, picked, reaches, references, turns
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
    if isinstance(marker, Declared):
        return (), _declared(marker, readings)
    if isinstance(marker, Binned):
        return (), _binned(knowledge, marker, readings)
    strata = Strata.of(knowledge, marker, at)
    x, jacobian = on_scale(marker, readings)
    density, reach = _log_density(knowledge, marker), reaches(knowledge)[marker.id]
    mass = picked(knowledge, marker, _log_masses(knowledge, marker), at)
    return strata.axes, informed(density, x, readings.censored, strata, reach) - mass - jacobian


def _log_masses(knowledge: Knowledge, marker: Referred) -> Array:
    """Log of the integral of each state's density over all readings, axes (state, *strata), worked out once."""

    def make() -> Array:
        grid, reach = references(knowledge)[marker.id], reaches(knowledge)[marker.id]
        return np.asarray(log_mass(_log_density(knowledge, marker), grid, reach)[..., 0])

    return knowledge.once(f"{marker.id}: masses", make)


def _log_density(knowledge: Knowledge, marker: Referred) -> LogDensity:
    """Log densities of the marker's states on its scale, without regard to the ends of its informative range."""
    if isinstance(marker, Threshold):
        return lambda x, strata: with_slips(*sides(marker, strata, x), marker.error.number)
    if isinstance(marker, Graded):
        return partial(_graded, 1 if marker.direction == "+" else -1)
    shift = marker.shift.number * (1 if marker.direction == "+" else -1)
    steps = np.linspace(0, shift, len(knowledge.variables[marker.variable].states))

    def measured(x: Array, strata: Strata) -> Array:
        z = (x - strata.center) / strata.sd
        first = log_normal_density(x, strata.center, strata.sd)
        return np.stack([first + step * (z - step / 2) for step in steps])

    return measured


def _graded(sign: int, x: Array, strata: Strata) -> Array:
    """Log density of each state, normal but in tails where a ratio would turn back; `sign` is the direction."""
    x, m, s = sign * x, sign * strata.center, strata.sd
    logs = list(np.broadcast_arrays(*(log_normal_density(x, m[k], s[k]) for k in range(len(m)))))
    ends = turns(m, s)
    met = np.where(np.isfinite(ends), ends, m[1:])  # equal SDs turn nowhere, and their ratio is not asked for
    ratios = log_normal_density(met, m[1:], s[1:]) - log_normal_density(met, m[:-1], s[:-1])
    tails = list(zip(ends, ratios, strict=True))
    for k, (at, ratio) in enumerate(tails):  # the state above is the wider one: its tail below the turn
        logs[k + 1] = np.where((s[k] < s[k + 1]) & (x < at), logs[k] + ratio, logs[k + 1])
    for k, (at, ratio) in reversed(list(enumerate(tails))):  # the state below is: its tail above the turn
        logs[k] = np.where((s[k] > s[k + 1]) & (x > at), logs[k + 1] - ratio, logs[k])
    return np.stack(logs)


def _declared(marker: Declared, readings: Readings) -> Array:
    yes = np.array(marker.yes.probabilities)[:, None]
    return np.log(np.where(readings.values == 1, yes, 1 - yes))


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
