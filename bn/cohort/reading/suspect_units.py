"""Columns that are probably in another unit than they are read in: a cell holds it, or the numbers suit it better."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn.cohort.reading.headings import Headings
from bn.core.derive import Derived
from bn.core.toml_line import has_line, toml_line
from cpds.misfits import usual_on_scale
from cpds.records import Binned, Quantity
from cpds.strata import usual
from cpds.table import Array
from cpds.text import quotable
from cpds.units import accepted_units, conversion

FEWEST, FAR, SPREADS, CLOSER, SAME = 8, math.log(3.5), 2.0, 0.5, math.log(1.25)
"""The rule, all of it assumed. Of at least `FEWEST` numbers the median is suspect where it lies further from the
marker's reference than `FAR` (on the log scale: 3.5 times it, or less than a 3.5th), or than `SPREADS` of the
reference's SDs, if that is nearer: no cohort's median lies where hardly a person's value does, while patients or
athletes may well be at twice or half of it. It is reported only where in another unit the distance is at most `CLOSER`
of that. Of units whose medians differ by less than `SAME` the first one named by the marker's file is taken."""


@dataclass(frozen=True)
class Suspect:
    """Numbers read in `read_as` that suit `unit` better, with the reason; `like` are units with nearly its factor."""

    read_as: str
    unit: str
    reason: str
    like: tuple[str, ...] = ()


@dataclass(frozen=True)
class InAnotherUnit:
    """That a column is probably in another unit, and what it is `if_so` and `if_not`, as `meaning` takes it."""

    header: str
    reason: str
    if_so: str | dict[str, Any]
    if_not: str | dict[str, Any]
    factors: str = ""

    @property
    def line(self) -> str:
        """The line for a file for `--columns` if it is so, with the other way behind it; empty where there is none."""
        if not has_line(self.header):
            return ""
        checked = f"; {self.factors}" if self.factors else ""
        return f"{toml_line(self.header, self.if_so)}  # if not: {toml_line(self.header, self.if_not)}{checked}"

    def __str__(self) -> str:
        return f"{self.reason}; if so: {self.line}" if self.line else self.reason

    @property
    def argument(self) -> str:
        """The same for a caller of Python."""
        if not has_line(self.header):
            return self.reason
        so, no = (f"meaning={ {self.header: said}!r}" for said in (self.if_so, self.if_not))
        return f"{self.reason}. If so: {so}{f' ({self.factors})' if self.factors else ''}; if not: {no}"


def in_another_unit(
    headings: Headings,
    stated: Mapping[tuple[str, str], str],
    numbers: Mapping[str, Sequence[Array]],
    parts: Mapping[str, Sequence[Mapping[str, Array]]],
    proposed: Mapping[str, Mapping[str, Any]],
) -> list[InAnotherUnit]:
    """Columns of which some cells hold another unit, then those whose numbers suit another one.

    `stated` are units in place of values, by header and unit, with the places of their rows; `numbers` of each
    marker's column, by its id; `parts` numbers of the columns of parts, by the derived finding. All that is to be
    said of a column is kept: its meaning and what is `proposed` for it, by header.
    """
    by_header = {heading.column or "": heading for heading in headings.columns.values()}
    claims: list[tuple[str, str, str, str, str]] = []
    for (header, unit), places in stated.items():
        heading = by_header[header]
        assert heading.numeric is not None
        read_as = heading.unit or heading.numeric.unit
        reason = f"{places} holds the unit '{quotable(unit)}' in place of a value, but numbers are read in {read_as}"
        claims.append((header, unit, read_as, reason, ""))
    for name, one in _suspects(headings, numbers, parts).items():
        header = headings.headers[headings.position_of[name]]
        if not any(header == other for other, _ in stated):
            factors = _factors(headings.names.knowledge.biomarkers.get(name), one)
            claims.append((header, one.unit, one.read_as, one.reason, factors))
    found = []
    for header, unit, read_as, reason, factors in claims:
        meaning = headings.meanings.get(header)
        keys = {**(meaning.keys if meaning else {}), **proposed.get(header, {})}
        rest = {key: value for key, value in keys.items() if key not in ("is", "unit")}
        name = by_header[header].id
        so, no = ({"is": name, "unit": one, **rest} if rest else f"{name} [{one}]" for one in (unit, read_as))
        found.append(InAnotherUnit(header, f"{quotable(header)}: {reason}", so, no, factors))
    return found


def _suspects(
    headings: Headings, numbers: Mapping[str, Sequence[Array]], parts: Mapping[str, Sequence[Mapping[str, Array]]]
) -> dict[str, Suspect]:
    """Findings and parts, by id, whose numbers suit another unit; a stated unit is trusted."""
    found: dict[str, Suspect | None] = {}
    for name, blocks in numbers.items():
        marker = headings.names.knowledge.biomarkers.get(name)
        if isinstance(marker, Quantity) and headings.columns[headings.position_of[name]].unit is None:
            found[name] = better_unit(marker, None, np.concatenate(blocks))
    for derived in headings.derived:
        if several := parts.get(derived.derivation.id):  # a file without rows has none
            some = {part.id: np.concatenate([block[part.id] for block in several]) for part in derived.parts.values()}
            found |= _better_part_units(derived, some)
    return {name: suspect for name, suspect in found.items() if suspect}


def _factors(marker: object, one: Suspect) -> str:
    """Which factor the unit takes, where the marker's file has another one for it."""
    factors = getattr(marker, "factors", {})
    if not any(unit.startswith(f"{one.unit}@") for unit in one.like):
        return ""
    others = ", ".join(f"[{unit}]" for unit in one.like)
    return f"{1 / factors[one.unit].number:.4g} {one.unit} a {one.read_as}; {others} is in use too"


def better_unit(marker: Quantity, unit: str | None, numbers: Array) -> Suspect | None:
    """The unit that suits the numbers, where it is clearly another one than `unit` (by default the marker's own)."""
    known, numbers = usual(marker), numbers[numbers > 0]  # what is not positive is a code
    if known is None or len(numbers) < FEWEST:
        return None
    median, read_as = float(np.median(numbers)), unit or marker.unit
    medians = {other: _canonical(marker, other, median) for other in accepted_units(marker)}
    near = _nearer(known, medians, read_as)
    if not near:
        return None
    reason = _reason(f"{median:.3g}", medians[read_as] / known[0], f"{known[0]:.3g} {read_as}", near[0])
    return Suspect(read_as, near[0], reason, near[1:])


def _better_part_units(derived: Derived, parts: Mapping[str, Array]) -> dict[str, Suspect]:
    """The unit that suits parts for which none is stated, by their id, where what follows from them shows it.

    `parts` hold numbers of the same rows. What has no reference is looked at on its variable's scale.
    """
    marker = derived.heading.numeric
    if marker is None:
        return {}
    known = usual(marker) or (usual_on_scale(derived.heading.variable) if isinstance(marker, Binned) else None)
    numbers = derived.numbers(parts)
    if known is None or np.isfinite(numbers).sum() < FEWEST:
        return {}
    changes = derived.units([part.id for part in derived.parts.values() if part.unit is None])
    medians = {"": float(np.nanmedian(numbers))}
    for unit, changed in changes.items():
        supposed = derived.in_unit(parts, changed, unit)
        if np.isfinite(supposed).sum() > len(supposed) / 2:
            medians[unit] = float(np.nanmedian(supposed))
    near = _nearer(known, medians, "")
    if not near:
        return {}
    median = f"{medians['']:.3g} of {derived.derivation.id} that follows"
    reason = _reason(median, medians[""] / known[0], f"{known[0]:.3g} {marker.unit}", near[0])
    own = {part.id: part.numeric.unit for part in derived.parts.values() if part.numeric}
    return {part: Suspect(own[part], near[0], reason) for part in changes[near[0]]}


def _reason(median: str, times: float, center: str, unit: str) -> str:
    return f"the median {median} is {times:.2g} times what is usual ({center}); in {unit} it would fit"


def distance(marker: Quantity, unit: str | None, numbers: Array) -> float:
    """How far the median of numbers in a unit lies from the marker's reference, on the log scale; 0 without one."""
    known = usual(marker)
    if known is None or not len(numbers):
        return 0.0
    return abs(_log_ratio(_canonical(marker, unit or marker.unit, float(np.median(numbers))), known[0]))


def _nearer(known: tuple[float, float], medians: Mapping[str, float], read_as: str) -> tuple[str, ...]:
    """The units, in order, in which a median is clearly nearer to the reference than in `read_as`; mostly none."""
    center, spread = known
    distances = {unit: abs(_log_ratio(median, center)) for unit, median in medians.items()}
    if distances[read_as] < min(FAR, SPREADS * spread):
        return ()
    nearest = min(distances.values())
    near = tuple(unit for unit, distance in distances.items() if distance <= nearest + SAME)
    return () if nearest > CLOSER * distances[read_as] or read_as in near else near


def _canonical(marker: Quantity, unit: str, number: float) -> float:
    factor, offset = conversion(marker, unit)
    return number * factor + offset


def _log_ratio(median: float, center: float) -> float:
    return math.log(median / center) if median > 0 else -math.inf
