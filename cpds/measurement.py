r"""Readings -> log likelihood of each state of the variable, for many rows at once: alone, or as a panel.

Every table is log P(reading | state): a log density per canonical unit for a number (on a log scale
the Jacobian is included), a log probability for a limit such as `<0.3`, a level or a yes / no, and 0
where nothing was measured. Axes are the marker's variable and the variables that cut its strata
(sex, age); the batch axis holds the rows. `densities` says what one reading is worth.

*Correlated.* The log likelihood ratios against the first state add up and are divided by 1 + (n - 1) rho,
n being the number of members measured in the row; the first state's log densities add up as they are.

*Any.* Criterion i is met by a share a_i of adults, the criteria are treated as independent, and the
state is present when any is met. With r_i = P(reading i | met) / P(reading i | no criterion met) and
g_i = P(reading i | not met, another is) / P(reading i | none met), both 1 where nothing was measured,

    LR(present : absent) = [prod(a_i r_i + (1 - a_i) g_i) - prod((1 - a_i) g_i)] / [1 - prod(1 - a_i)].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from cpds.densities import criterion_parts, share_meeting_none, state_densities
from cpds.knowledge import Knowledge
from cpds.products import settle
from cpds.records import Criterion, Declared
from cpds.strata import States
from cpds.table import Array, Readings, Table, exact

PART = "part"


def log_likelihood(knowledge: Knowledge, marker_id: str, readings: Readings, at: States | None = None) -> Table:
    """Log likelihood of one marker's readings: axes (variable, *strata variables not in `at`).

    `at` gives the state index of a strata variable for every row; its axis is then absent and each
    row uses its own stratum. A member of an `any` panel is read as that panel's only measured one.
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
    """What one marker brings to its panel: axes (part, *strata variables not in `at`).

    Parts are the log likelihoods of the variable's states; of a criterion, the log density when none is met,
    a r + (1 - a) g, and g. In rows without a reading they change nothing.
    """
    marker = knowledge.biomarkers[marker_id]
    known = readings.measured
    if isinstance(marker, Criterion | Declared):
        axes, absent, met, graded = criterion_parts(knowledge, marker, readings, at or {})
        mixed = marker.share.number * met + (1 - marker.share.number) * graded
        values = [np.where(known, absent, 0.0), np.where(known, mixed, 1.0), np.where(known, graded, 1.0)]
        return Table((PART, *axes), np.stack(np.broadcast_arrays(*values)))
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
    panel = knowledge.panels[panel_id] if panel_id else None
    if panel and panel.rule == "any":
        values = _any(laid, share_meeting_none(knowledge, panel))
    else:
        total = reduce(np.add, laid)
        rho = panel.rho.number if panel and panel.rho and len(parts) > 1 else 0.0
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


def _any(parts: Sequence[Array], none: float) -> Array:
    """Log likelihood of (absent, present) for criteria joined by OR; see the top of this file."""
    absent = reduce(np.add, [part[0] for part in parts])
    joint = reduce(np.multiply, [part[1] for part in parts])
    unmet = none * reduce(np.multiply, [part[2] for part in parts])
    return np.stack(np.broadcast_arrays(absent, absent + np.log((joint - unmet) / (1 - none))))


__all__ = ["Readings", "contribution", "exact", "log_likelihood", "panel_log_likelihood", "settle", "together"]
