"""A number without a unit that hardly anybody has, while in another unit of its marker many do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from bn.core.evidence import Observed
from bn.core.heading import Heading
from bn.core.note import Note
from cpds.knowledge import Knowledge
from cpds.products import short
from cpds.records import Criterion, Measured, Threshold
from cpds.strata import Referred, covered
from cpds.units import EXACT, accepted_units, conversion

RARE, COMMON = 2.5, 2.0
"""SDs from the middle of the reference: about one person in eighty is further out than the first, most are within
the second."""


def other_units(knowledge: Knowledge, heading: Heading, value: Any, observed: Observed) -> Iterator[Note]:
    """A note on one reading to which no unit was typed, if another unit would make it a common one; on no void one."""
    marker = heading.marker
    if not isinstance(marker, Measured | Threshold | Criterion) or heading.unit or not _bare(value):
        return
    if any(cause in observed.readings and observed.readings[cause].values[0] == 1 for cause in marker.voided_by):
        return
    reading = observed.readings[marker.id]
    number = float(reading.values[0])
    if reading.censored[0] != EXACT or _distance(knowledge, marker, number, observed) <= RARE:
        return
    for unit in accepted_units(marker)[1:]:
        factor, offset = conversion(marker, unit)
        other = number * factor + offset
        if other > 0 and factor != 1 and _distance(knowledge, marker, other, observed) <= COMMON:
            text = f"{marker.id} {number:.4g} is read as {marker.unit}, in which it is rare; "
            text += f"{number:.4g} {unit} would be {short(other)}"
            text += "" if offset else f" ({_rate(marker, unit, factor)})"
            yield Note("caution", (marker.id,), f"{text}. If that is meant, type the unit")
            return


def _rate(marker: Referred, unit: str, factor: float) -> str:
    """How two units go into each other, the one that is worth more first."""
    if factor < 1:
        return f"1 {marker.unit} = {1 / factor:.4g} {unit}"
    return f"1 {unit} = {factor:.4g} {marker.unit}"


def _bare(value: Any) -> bool:
    """Whether a reading was typed without a unit."""
    try:
        return math.isfinite(float(str(value)))
    except ValueError:
        return False


def _distance(knowledge: Knowledge, marker: Referred, value: float, observed: Observed) -> float:
    """SDs between a value and the middle of the reference among people like this one, on its scale.

    Strata that the person cannot be in are left out; the others count by how many states they cover.
    """
    weights, centers, spreads = [], [], []
    for stratum in marker.reference.strata:
        weight = 1.0
        for name in stratum.where:
            inside = covered(knowledge, name, stratum)
            said = observed.weights[name][:, 0] if name in observed.weights else np.ones(len(inside))
            weight *= float(said[inside].sum())
        weights.append(weight)
        centers.append(math.log(stratum.center) if marker.reference.scale == "log" else stratum.center)
        spreads.append(stratum.sd)
    share, center, spread = np.array(weights) / sum(weights), np.array(centers), np.array(spreads)
    middle = float(share @ center)
    whole = math.sqrt(float(share @ (spread**2 + (center - middle) ** 2)))
    return abs((math.log(value) if marker.reference.scale == "log" else value) - middle) / whole
