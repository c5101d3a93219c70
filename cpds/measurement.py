r"""Readings -> log likelihood of each state of the variable, for many rows at once: alone, or as a panel.

Every table is log P(reading | state): a log density per canonical unit for a number (on a log scale
the Jacobian is included), a log probability for a limit such as `<0.3`, a level or a yes / no, and 0
where nothing was measured. Axes are the marker's variable and the variables that cut its strata
(sex, age); the batch axis holds the rows. `densities` says what one reading is worth.

*Correlated.* The log likelihood ratios against the first state add up and are divided by 1 + (n - 1) rho,
n being the number of members measured in the row; the first state's log densities add up as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from cpds.densities import state_densities
from cpds.knowledge import Knowledge
from cpds.products import settle
from cpds.strata import States
from cpds.table import Array, Readings, Table, exact

PART = "part"


def log_likelihood(knowledge: Knowledge, marker_id: str, readings: Readings, at: States | None = None) -> Table:
    """Log likelihood of one marker's readings: axes (variable, *strata variables not in `at`).

    `at` gives the state index of a strata variable for every row; its axis is then absent and each
    row uses its own stratum.
    """
    marker = knowledge.biomarkers[marker_id]
    parts = contribution(knowledge, marker_id, readings, at)
    return together(knowledge, marker.variable, marker.panel, [parts], np.ones(1, dtype=np.int64))


def panel_log_likelihood(
    knowledge: Knowledge, panel_id: str, readings: Mapping[str, Readings], at: States | None = None
) -> Table:
    """Joint log likelihood of a panel's members, by its rule; axes as in `log_likelihood`."""
    parts = [contribution(knowledge, name, given, at) for name, given in readings.items()]
    count = np.sum([given.measured for given in readings.values()], axis=0)
    return together(knowledge, knowledge.panels[panel_id].variable, panel_id, parts, count)


def contribution(knowledge: Knowledge, marker_id: str, readings: Readings, at: States | None = None) -> Table:
    """What one marker brings to its panel: log likelihoods with axes (part, *strata variables not in `at`).

    Parts are the states of the variable. In rows without a reading they change nothing.
    """
    marker, known = knowledge.biomarkers[marker_id], readings.measured
    axes, densities = state_densities(knowledge, marker, readings, at or {})
    return Table((PART, *axes), np.where(known, densities, 0.0))


def together(
    knowledge: Knowledge, variable: str, panel_id: str | None, parts: Sequence[Table], count: NDArray[np.int64]
) -> Table:
    """Log likelihood of the variable's states from what its markers contribute: axes (variable, *strata).

    `count` is the number of markers measured in each row.
    """
    strata = tuple(dict.fromkeys(axis for part in parts for axis in part.axes[1:]))
    laid = [part.over((PART, *strata)) for part in parts]
    total = reduce(np.add, laid)
    rho = knowledge.panels[panel_id].rho.number if panel_id and len(parts) > 1 else 0.0
    values = total[:1] + (total - total[:1]) * temper(count, rho) if rho else total
    return Table((variable, *strata), values)


def temper(count: NDArray[np.int64], rho: float) -> Array:
    """What multiplies the summed log likelihood ratios of `count` markers that correlate by `rho`.

    This is exact for multivariate normal markers with one common correlation and shift:
    five markers at rho 0.5 are worth 5 / 3 of one, not 5.

    >>> temper(np.array([0, 1, 2, 5]), 0.5)
    array([1.        , 1.        , 0.66666667, 0.33333333])
    """
    return np.asarray(1.0 / (1.0 + np.maximum(count - 1, 0) * rho))


__all__ = ["Readings", "contribution", "exact", "log_likelihood", "panel_log_likelihood", "settle", "together"]
