"""Readings so far out that they speak of something else than the marker is read for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bn.core.findings import Findings
from bn.core.note import Remark
from bn.core.notes.said import amount, said
from cpds.knowledge import Knowledge
from cpds.measurement import Readings
from cpds.records import Biomarker, Measured, Threshold
from cpds.strata import informative_range

NO_MORE = "where no more is concluded"


def beyond_informative(knowledge: Knowledge, settled: Findings) -> Iterator[Remark]:
    """Readings beyond either end of what is informative; limits that lie there too."""
    for name, reading in settled.readings.items():
        marker = knowledge.biomarkers[name]
        if not isinstance(marker, Measured | Threshold):  # a criterion is met far inside its range
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
                yield Remark("caution", (name,), f"{name} {rest}", rows, partial(_told, marker, reading, rest))


def _told(marker: Biomarker, reading: Readings, rest: str, row: int) -> str:
    return f"{said(marker, reading, row)} {rest}"
