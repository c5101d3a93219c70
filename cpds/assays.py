"""Assays that read otherwise: knowledge whose markers lie where an assay puts them, so that readings mean the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import exp

from msgspec.structs import replace

from cpds.knowledge import Knowledge
from cpds.records import Biomarker, Figure, Measured, Referred, Stratum, Threshold


@dataclass(frozen=True)
class ReadOtherwise(Knowledge):
    """Knowledge whose markers read higher by `offsets`: natural logs on a log scale, else numbers in their unit."""

    offsets: tuple[tuple[str, float], ...] = ()

    @cached_property
    def biomarkers(self) -> Mapping[str, Biomarker]:
        """Biomarkers by id, the reference of some of them moved."""
        found = dict(Knowledge(self.root).biomarkers)
        return found | {name: moved(found[name], by) for name, by in self.offsets}


def read_otherwise(knowledge: Knowledge, offsets: Mapping[str, float]) -> Knowledge:
    """The knowledge as it is read by other assays; `offsets` by marker are added to those that it has."""
    if not offsets:
        return knowledge
    before = dict(knowledge.offsets) if isinstance(knowledge, ReadOtherwise) else {}
    both = {name: before.get(name, 0.0) + offsets.get(name, 0.0) for name in {**before, **offsets}}
    return ReadOtherwise(knowledge.root, tuple(sorted(both.items())))


def moved(marker: Biomarker, by: float) -> Biomarker:
    """A marker whose readings lie higher by an offset: its reference, its cut and its informative range go with them.

    The densities of a reading in each state are those of the reading without the offset. Raises ValueError for a marker
    without a reference distribution.
    """
    if not isinstance(marker, Referred):
        raise ValueError(f"{marker.id} has no reference distribution that an assay could move")
    log = marker.reference.scale == "log"

    def put(value: float) -> float:
        return value * exp(by) if log else value + by

    def figure(one: Figure) -> Figure:
        return replace(one, value=put(one.number), low=None, high=None)

    def stratum(one: Stratum) -> Stratum:
        return replace(one, center=put(one.center))

    reference = replace(marker.reference, strata=tuple(map(stratum, marker.reference.strata)))
    if isinstance(marker, Threshold):
        return replace(marker, reference=reference, cut=figure(marker.cut))
    if isinstance(marker, Measured) and marker.informative:
        low, high = map(put, marker.informative)
        return replace(marker, reference=reference, informative=(low, high))
    return replace(marker, reference=reference)
