"""A column whose numbers suit another unit of its marker better than the one in which they are read."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cpds.records import Criterion, Measured, Quantity, Threshold
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

    `like` are further units with nearly the same factor, of which one may be meant.
    """

    median: float
    read_as: str
    times: float
    center: float
    unit: str
    like: tuple[str, ...] = ()


def reference(marker: Quantity) -> tuple[float, float] | None:
    """Center of a marker's reference, averaged over its strata, and SD of the logarithm; None where it has none.

    Strata count alike: what matters here is a factor of several, not who the people are.
    """
    if not isinstance(marker, Measured | Threshold | Criterion):
        return None
    strata = marker.reference.strata
    centers = np.array([stratum.center for stratum in strata])
    if not (centers > 0).all():
        return None
    within = np.array([one.sd if marker.reference.scale == "log" else one.sd / one.center for one in strata])
    logs = np.log(centers)
    return float(np.exp(logs.mean())), float(np.sqrt(logs.var() + (within**2).mean()))


def better_unit(marker: Quantity, unit: str | None, numbers: Array) -> Suspect | None:
    """The unit that suits the numbers, where it is clearly another one than `unit` (by default the marker's own)."""
    known, numbers = reference(marker), numbers[numbers > 0]  # what is not positive is a code
    if known is None or len(numbers) < FEWEST:
        return None
    median = float(np.median(numbers))
    center, spread = known
    off = _off(marker, unit or marker.unit, median, center)
    if abs(off) < min(FAR, SPREADS * spread):
        return None
    others = [(abs(_off(marker, other, median, center)), other) for other in accepted_units(marker)]
    nearest = min(others)[0]
    near = [other for distance, other in others if distance <= nearest + SAME]
    if nearest > CLOSER * abs(off) or (unit or marker.unit) in near:
        return None
    return Suspect(median, unit or marker.unit, math.exp(off), center, near[0], tuple(near[1:]))


def distance(marker: Quantity, unit: str | None, numbers: Array) -> float:
    """How far the median of numbers in a unit lies from the marker's reference, on the log scale; 0 without one."""
    known = reference(marker)
    if known is None or not len(numbers):
        return 0.0
    return abs(_off(marker, unit or marker.unit, float(np.median(numbers)), known[0]))


def _off(marker: Quantity, unit: str, median: float, center: float) -> float:
    """How far a median lies from the center on the log scale, if it is in a unit."""
    factor, offset = conversion(marker, unit)
    canonical = median * factor + offset
    return math.log(canonical / center) if canonical > 0 else -math.inf
