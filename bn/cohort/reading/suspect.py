"""A column whose numbers suit another unit of its marker better than the one in which they are read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bn.core.derive import Derived
from cpds.misfits import usual_on_scale
from cpds.records import Binned, Quantity, Variable
from cpds.strata import usual
from cpds.table import Array
from cpds.units import accepted_units, conversion

FEWEST, FAR, SPREADS, CLOSER, SAME = 8, math.log(3.5), 2.0, 0.5, math.log(1.25)
"""The rule, all of it assumed. Of at least `FEWEST` numbers the median is suspect where it lies further from the
marker's reference than `FAR` (on the log scale: 3.5 times it, or less than a 3.5th), or than `SPREADS` of the
reference's SDs, if that is nearer: no cohort's median lies where hardly a person's value does, while patients or
athletes may well be at twice or half of it. It is told only where in another unit the distance is at most `CLOSER` of
that. Of units whose medians differ by less than `SAME` the first one named by the marker's file is taken."""


@dataclass(frozen=True)
class Suspect:
    """A median as it stands, read as `read_as` it is `times` the reference `center`; in `unit` it fits.

    `like` are further units with nearly the same factor, of which one may be meant. Where the column is a part, the
    median is that of what follows from it, and `follows` is that with its unit.
    """

    median: float
    read_as: str
    times: float
    center: float
    unit: str
    like: tuple[str, ...] = ()
    follows: str = ""


def better_unit(marker: Quantity, unit: str | None, numbers: Array) -> Suspect | None:
    """The unit that suits the numbers, where it is clearly another one than `unit` (by default the marker's own)."""
    known, numbers = usual(marker), numbers[numbers > 0]  # what is not positive is a code
    if known is None or len(numbers) < FEWEST:
        return None
    median, read_as = float(np.median(numbers)), unit or marker.unit
    near = _nearer(known, {other: _canonical(marker, other, median) for other in accepted_units(marker)}, read_as)
    if not near:
        return None
    times = _canonical(marker, read_as, median) / known[0]
    return Suspect(median, read_as, times, known[0], near[0], near[1:])


def better_part_units(derived: Derived, variable: Variable, parts: Mapping[str, Array]) -> dict[str, Suspect]:
    """The unit that suits parts for which none is stated, by their id, where what follows from them tells it.

    `parts` hold numbers of the same rows. What has no reference is looked at on its variable's scale.
    """
    marker = derived.heading.numeric
    if marker is None:
        return {}
    known = usual(marker) or (usual_on_scale(variable) if isinstance(marker, Binned) else None)
    numbers = derived.numbers(parts)
    if known is None or np.isfinite(numbers).sum() < FEWEST:
        return {}
    bare = [part.id for part in derived.parts.values() if part.unit is None]
    ways = derived.units(bare)
    medians = {"": float(np.nanmedian(numbers))}
    for unit, changed in ways.items():
        meant = derived.in_unit(parts, changed, unit)
        if np.isfinite(meant).sum() > len(meant) / 2:
            medians[unit] = float(np.nanmedian(meant))
    near = _nearer(known, medians, "")
    if not near:
        return {}
    return {
        part: Suspect(
            medians[""],
            quantity.unit,
            medians[""] / known[0],
            known[0],
            near[0],
            follows=f"{derived.derivation.id} [{marker.unit}]",
        )
        for part in ways[near[0]]
        if (quantity := next(one.numeric for one in derived.parts.values() if one.id == part))
    }


def distance(marker: Quantity, unit: str | None, numbers: Array) -> float:
    """How far the median of numbers in a unit lies from the marker's reference, on the log scale; 0 without one."""
    known = usual(marker)
    if known is None or not len(numbers):
        return 0.0
    return abs(_off(_canonical(marker, unit or marker.unit, float(np.median(numbers))), known[0]))


def _nearer(known: tuple[float, float], medians: Mapping[str, float], read_as: str) -> tuple[str, ...]:
    """The units, in order, in which a median is clearly nearer to the reference than in `read_as`; mostly none."""
    center, spread = known
    off = abs(_off(medians[read_as], center))
    if off < min(FAR, SPREADS * spread):
        return ()
    others = {unit: abs(_off(median, center)) for unit, median in medians.items()}
    nearest = min(others.values())
    near = tuple(unit for unit, distance in others.items() if distance <= nearest + SAME)
    return () if nearest > CLOSER * off or read_as in near else near


def _canonical(marker: Quantity, unit: str, number: float) -> float:
    factor, offset = conversion(marker, unit)
    return number * factor + offset


def _off(median: float, center: float) -> float:
    """How far a median lies from the center on the log scale."""
    return math.log(median / center) if median > 0 else -math.inf
