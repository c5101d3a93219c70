"""Readings that may not mean what they seem to: far out, or rare unless they are in another unit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from bn.core.answer import SIGN, Note, Remark
from bn.core.derive import FromParts
from bn.core.evidence import Findings, Observed
from bn.core.heading import Heading
from bn.core.names import split_unit
from bn.core.reading_text import amount, reading_text
from cpds.knowledge import Knowledge
from cpds.measurement import Readings
from cpds.misfits import usual_on_scale
from cpds.products import short
from cpds.records import Biomarker, Measured, Quantity, Referred, Threshold
from cpds.strata import covered, informative_range
from cpds.unit_grammar import in_moles
from cpds.units import accepted_units, conversion, typed_unit

NO_MORE = "where no more is concluded"


def outside_informative_range(knowledge: Knowledge, settled: Findings) -> Iterator[Remark]:
    """Readings beyond either end of what is informative; limits that lie there too."""
    for name, reading in settled.readings.items():
        marker = knowledge.biomarkers[name]
        if not isinstance(marker, Measured | Threshold):  # what a graded one says is settled far inside its range
            continue
        ends = tuple(float(f"{end:.3g}") for end in informative_range(knowledge, marker))
        instead = marker.beyond if isinstance(marker, Measured) else None
        above = f"beyond {amount(marker, ends[1])}, {f'where it speaks of {instead}' if instead else NO_MORE}"
        below = f"below {amount(marker, ends[0])}, {NO_MORE}"
        for rows, where, end in (
            ((reading.values > ends[1]) & (reading.censored >= 0), above, ends[1]),
            ((reading.values < ends[0]) & (reading.censored <= 0), below, ends[0]),
        ):
            if rows.any():
                rest = f"is {where}; it counts as {end:g}"
                yield Remark("caution", (name,), f"{name} {rest}", rows, partial(_text, marker, reading, rest))


def _text(marker: Biomarker, reading: Readings, rest: str, row: int) -> str:
    return f"{reading_text(marker, reading, row)} {rest}"


ODDS, ODDS_AMONG_MOLES = 15.0, 4.0
"""Assumed: how much likelier a bare number must be in another unit before a note says so. The second holds where more
speaks for that unit: another finding of the person was typed in moles and this unit counts moles too, or the number is
a limit, which a laboratory prints at the ends of what is usual. At 15 about one survey adult in 50 hears it of insulin,
whose tail is heavy, and five in six of those whose insulin is in pmol/L (NHANES 2007-2016, computed); at 12 it would
also be noted of the lower detection limit of a CRP."""
COMMON = 2.5
"""Assumed: a number that the other unit brings to the other side of the middle must lie within so many SDs there."""
FAR, LONG = 3.0, 3.0
"""Assumed: disease stretches a marker's tail to its own side. Where the number as read lies more than `FAR` SDs on the
other side, where nobody is, an SD toward disease counts as a `LONG`th in the other unit, without `COMMON` as an end (a
glucose of 25 mg/dL; 25 mmol/L is a severe diabetes)."""


def other_units(knowledge: Knowledge, heading: Heading, known: Mapping[str, Any], observed: Observed) -> Iterator[Note]:
    """A note on one reading without a unit, if in another unit it would be a likelier one; on no void one."""
    marker = heading.marker
    if not isinstance(marker, Referred) or typed_unit(known[heading.header], heading.unit):
        return
    if any(cause in observed.readings and observed.readings[cause].values[0] == 1 for cause in marker.voided_by):
        return
    reading = observed.readings[marker.id]
    number, side = float(reading.values[0]), int(reading.censored[0])
    middle, spread = _usual(knowledge, marker, observed)
    toward = 1 if marker.direction == "+" else -1
    moles = any(in_moles(unit) for unit in _typed(known))
    for unit in accepted_units(marker)[1:]:
        factor, offset = conversion(marker, unit)
        other = number * factor + offset
        if factor == 1 or not _possible(marker, other):
            continue
        z, there = (toward * (_on_scale(marker, value) - middle) / spread for value in (number, other))
        wanted = ODDS_AMONG_MOLES if side or (moles and in_moles(unit) and not in_moles(marker.unit)) else ODDS
        if _log_odds(z, there, side * toward) > math.log(wanted):
            sign = SIGN[side]
            text = f"{marker.id} {sign}{number:.4g} is read as {marker.unit}, in which it is rare; "
            text += f"{sign}{number:.4g} {unit} would be {sign}{short(other)}"
            text += "" if offset else f" ({_rate(marker, unit, factor)})"
            yield Note("caution", (marker.id,), f"{text}. If that is meant, type the unit")
            return


def parts_in_other_units(knowledge: Knowledge, one: FromParts, observed: Observed) -> Iterator[Note]:
    """A note on parts without a unit, if in another unit they would give a likelier finding."""
    marker = one.derived.heading.numeric
    if marker is None or not one.bare:
        return
    middle, spread = _usual(knowledge, marker, observed)
    for unit, changed in one.derived.units(one.bare).items():
        other = float(one.derived.in_unit(one.numbers, changed, unit)[0])
        if not _possible(marker, other):
            continue
        z, there = ((_on_scale(marker, value) - middle) / spread for value in (one.number, other))
        if _log_odds(z, there, 0) > math.log(ODDS):
            name, typed = one.derived.derivation.id, " and ".join(f"{one.numbers[part][0]:.4g}" for part in changed)
            read = f"{name} {short(one.number)} is rare, from {one.derived.sources} without a unit"
            meant = f"{' and '.join(changed)} of {typed} {unit} would give {short(other)}"
            yield Note("caution", (name, *changed), f"{read}; {meant}. If that is meant, type the unit")
            return


def _log_odds(here: float, there: float, side: int) -> float:
    """How much likelier a number is in another unit: `here` SDs toward disease as read, `there` in that unit.

    A limit (`side` 1: what it leaves lies toward disease, -1: away from it) is rare only where it leaves hardly
    anybody.

    >>> round(_log_odds(3.0, 1.0, 0), 6), _log_odds(3.0, -2.6, 0), _log_odds(3.0, -2.6, 1), _log_odds(3.0, 0.0, -1)
    (4.0, -inf, 4.5, 0.0)
    """
    if side:
        here, there = (side * max(side * z, 0.0) for z in (here, there))
    if here < -FAR and there > 0:
        there /= LONG
    elif here * there < 0 and abs(there) > COMMON:
        return -math.inf
    return (here**2 - there**2) / 2


def _possible(marker: Quantity, value: float) -> bool:
    """Whether a number (canonical unit) is one that a person could have."""
    low, high = marker.accepted
    return value > 0 and low <= value <= high


def _typed(known: Mapping[str, Any]) -> Iterator[str]:
    """Units that were typed to some finding of the person."""
    for header, value in known.items():
        if unit := typed_unit(value, split_unit(header)[1]):
            yield unit


def _rate(marker: Referred, unit: str, factor: float) -> str:
    """How two units go into each other, the one that is worth more first, and other factors in use."""
    rate = f"1 {marker.unit} = {1 / factor:.4g} {unit}" if factor < 1 else f"1 {unit} = {factor:.4g} {marker.unit}"
    others = [other for other in marker.factors if other.startswith(f"{unit}@")]
    return rate + (f"; {', '.join(others)} is in use too" if others else "")


def _on_scale(marker: Quantity, value: float) -> float:
    linear = isinstance(marker, Referred) and marker.reference.scale == "linear"
    return value if linear else math.log(value)


def _usual(knowledge: Knowledge, marker: Quantity, observed: Observed) -> tuple[float, float]:
    """Middle and SD of the reference among people like this one, on its scale.

    Strata that the person cannot be in are left out; the others count by how many states they cover. Without a
    reference it is that of the variable's own scale.
    """
    if not isinstance(marker, Referred):
        typical, spread_of_logs = usual_on_scale(knowledge.variables[marker.variable])
        return math.log(typical), spread_of_logs
    weights, centers, spreads = [], [], []
    for stratum in marker.reference.strata:
        weight = 1.0
        for name in stratum.where:
            inside = covered(knowledge, name, stratum)
            stated = observed.weights[name][:, 0] if name in observed.weights else np.ones(len(inside))
            weight *= float(stated[inside].sum())
        weights.append(weight)
        centers.append(_on_scale(marker, stratum.center))
        spreads.append(stratum.sd)
    share, center, spread = np.array(weights) / sum(weights), np.array(centers), np.array(spreads)
    middle = float(share @ center)
    return middle, math.sqrt(float(share @ (spread**2 + (center - middle) ** 2)))
