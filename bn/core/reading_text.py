"""Readings as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpds.measurement import Readings
from cpds.records import Biomarker, Declared, Ordinal, Quantity
from cpds.units import in_words

if TYPE_CHECKING:
    pass
from bn.core.answer import SIGN


def reading_text(marker: Biomarker, reading: Readings, row: int) -> str:
    """Name and reading of a marker in one row; the reading in the canonical unit, whatever unit was typed."""
    value = float(reading.values[row])
    if isinstance(marker, Ordinal):
        return f"{marker.id} {marker.levels[int(value)].id}"
    if isinstance(marker, Declared):
        return f"{marker.id} {'yes' if value == 1 else 'no'}"
    return f"{marker.id} {SIGN[int(reading.censored[row])]}{amount(marker, value)}"


def amount(marker: Biomarker, value: float) -> str:
    """A number with the marker's unit."""
    unit = in_words(marker.unit) if isinstance(marker, Quantity) else ""
    return f"{value:.4g}" + (unit if unit == "%" else f" {unit}" if unit else "")
