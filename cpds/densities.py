r"""One marker's reading -> what it says of the states of its variable, row by row.

*Measured.* On the marker's scale the states share one SD and lie `shift` SDs apart in all, so the
log likelihood ratio is linear and never turns back.

*Threshold.* The state is a usual value beyond a cut, as `thresholds` says; `criteria` says what one of several
criteria contributes.

All of it is computed in logarithms, so that readings far out keep what they say. What a limit says, and a
reading beyond the informative range, is the matter of `tails`.
"""

from __future__ import annotations

import numpy as np

from cpds.knowledge import Knowledge
from cpds.normal import log_normal_density
from cpds.readings import Readings
from cpds.records import Binned, Biomarker, Measured, Ordinal, Threshold
from cpds.strata import States, Strata, picked, reaches, references
from cpds.table import Array
from cpds.tails import LogDensity, informed, log_mass, on_scale
from cpds.thresholds import sides, with_slips


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
