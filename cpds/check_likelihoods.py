"""Rules for what a marker's readings say of its variable: more of it never argues against what it argued for."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from cpds.knowledge import Knowledge
from cpds.measurement import exact, log_likelihood
from cpds.records import Criterion, Measured, Ordinal, Threshold
from cpds.table import Array, Table

POINTS = 200
ROUNDING = 1e-9
LEAST = 0.5
"""Log likelihood ratios of a marker spread over this at least, or it tells nothing."""
WEAK = 3.5
"""Likelihood ratio that a level against the laboratory's own reference does not reach."""


def readings(knowledge: Knowledge) -> Iterator[str]:
    """Over its accepted range a marker's likelihood ratio moves along `direction`, in every stratum, and does move."""
    for marker in knowledge.biomarkers.values():
        if not isinstance(marker, Measured | Threshold | Criterion):
            continue
        values = _grid(marker)
        table = log_likelihood(knowledge, marker.id, exact(values))
        ratios = _ratio(table)
        where = f"biomarkers/{marker.id}.toml"
        if not np.isfinite(ratios).all():
            place = np.argwhere(~np.isfinite(ratios))[0]
            yield (
                f"{where}: accepted: at {values[place[-1]]:.4g} no state{_among(knowledge, table, place)} is possible; "
                "correct accepted or reference"
            )
            continue
        steps = np.diff(ratios, axis=-1) * (1 if marker.direction == "+" else -1)
        if steps.min() < -ROUNDING:
            place = np.array(np.unravel_index(steps.argmin(), steps.shape))
            yield (
                f"{where}: direction: found '{marker.direction}', but from {values[place[-1]]:.4g} to "
                f"{values[place[-1] + 1]:.4g}{_among(knowledge, table, place)} the log likelihood ratio goes the other "
                f"way by {-steps.min():.3g}; correct direction, reference or slope"
            )
        spread = ratios.max(axis=-1) - ratios.min(axis=-1)
        if spread.min() <= LEAST:
            place = np.array([*np.unravel_index(spread.argmin(), spread.shape), 0])
            yield (
                f"{where}: log likelihood ratios{_among(knowledge, table, place)} spread over {spread.min():.3g}, "
                f"expected more than {LEAST}; a marker that tells so little is left out"
            )


def levels(knowledge: Knowledge) -> Iterator[str]:
    """A level is weak evidence; the one at the end of `direction` argues for the last state, those between against."""
    for marker in knowledge.biomarkers.values():
        if not isinstance(marker, Ordinal):
            continue
        ratios = _ratio(log_likelihood(knowledge, marker.id, exact(np.arange(len(marker.levels)))))
        last = knowledge.variables[marker.variable].states[-1]
        end = len(ratios) - 1 if marker.direction == "+" else 0
        for place, (level, ratio) in enumerate(zip(marker.levels, ratios, strict=True)):
            said = f"biomarkers/{marker.id}.toml: levels: '{level.id}' has a likelihood ratio of {math.exp(ratio):.3g}"
            if abs(ratio) >= math.log(WEAK):
                yield f"{said}, expected {1 / WEAK:.2g} to {WEAK}, the laboratory's reference being all it stands on"
            if place == end and ratio <= 0:
                yield f"{said}, expected above 1: by direction '{marker.direction}' it argues for '{last}'"
            if 0 < place < len(ratios) - 1 and ratio >= 0:
                yield f"{said}, expected below 1: it lies between the levels that argue for '{last}'"


def _grid(marker: Measured | Threshold | Criterion) -> Array:
    low, high = marker.accepted
    return np.geomspace(low, high, POINTS) if marker.reference.scale == "log" else np.linspace(low, high, POINTS)


def _ratio(table: Table) -> Array:
    """Log likelihood ratio of the last state against the first, axes (*strata, reading)."""
    return np.asarray(table.values[-1] - table.values[0])


def _among(knowledge: Knowledge, table: Table, place: np.ndarray[tuple[int], np.dtype[np.int64]]) -> str:
    """The stratum of an entry, as it stands in a message."""
    strata = zip(table.axes[1:], place, strict=False)
    told = ", ".join(f"{name} {knowledge.variables[name].states[state]}" for name, state in strata)
    return f" among {told}" if told else ""


RULES = (readings, levels)
