"""Readings of markers as numbers, and which of them may be used together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cpds.knowledge import Knowledge
from cpds.products import products, superseding
from cpds.records import Threshold
from cpds.table import Array
from cpds.units import EXACT

Codes = NDArray[np.int8]


@dataclass(frozen=True)
class Readings:
    """Readings of one marker, a row each: `values` in the canonical unit, NaN where missing.

    Ordinal markers hold the index of the level, declared ones 1 / 0. `censored` is -1 for a limit
    below which the value lies, +1 for one above, 0 for an exact value.
    """

    values: Array
    censored: Codes

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or self.values.shape != self.censored.shape:
            raise ValueError(f"values {self.values.shape} and censored {self.censored.shape} need one row each")

    @property
    def measured(self) -> NDArray[np.bool_]:
        """Rows that hold a reading."""
        return ~np.isnan(self.values)

    def take(self, rows: NDArray[np.int64]) -> Readings:
        """Some rows, in the order of `rows`, which may repeat."""
        return Readings(self.values[rows], self.censored[rows])

    def only(self, rows: NDArray[np.bool_]) -> Readings:
        """The same readings, missing outside `rows`."""
        return Readings(np.where(rows, self.values, np.nan), self.censored)


def exact(values: object) -> Readings:
    """Readings without limits.

    >>> exact([4.1, float("nan")]).measured
    array([ True, False])
    """
    array = np.atleast_1d(np.asarray(values, dtype=float))
    return Readings(array, np.zeros(array.shape, dtype=np.int8))


def settle(knowledge: Knowledge, readings: Mapping[str, Readings]) -> dict[str, Readings]:
    """Readings as they may be used: products computed, what they supersede and what is void left out.

    A product (HOMA-IR from insulin and glucose) is computed where it is missing and its factors are
    exact; a factor that measures the product's own variable is then dropped in those rows. A marker
    is dropped where a declared marker that voids it says yes.
    """
    settled = dict(readings)
    for product in products(knowledge):
        _multiply(knowledge, product, settled)
    for name in list(settled):
        for cause in knowledge.biomarkers[name].voided_by:
            if cause in settled:
                settled[name] = settled[name].only(settled[cause].values != 1)
    return settled


def _multiply(knowledge: Knowledge, marker: Threshold, settled: dict[str, Readings]) -> None:
    """Fill in a product from its factors, and drop the factors that it supersedes."""
    factors = [settled[name] for name in marker.product_of if name in settled]
    given = settled.get(marker.id)
    if len(factors) == len(marker.product_of):
        divisor = marker.divisor.number if marker.divisor else 1.0
        product = np.prod([factor.values for factor in factors], axis=0) / divisor
        limits = np.any([factor.censored != EXACT for factor in factors], axis=0)
        product[limits] = np.nan
        missing = np.isnan(given.values) if given else np.ones(product.shape, dtype=bool)
        values = np.where(missing, product, given.values if given else np.nan)
        censored = np.where(missing, 0, given.censored if given else 0).astype(np.int8)
        given = settled[marker.id] = Readings(values, censored)
    if given is not None:
        for name in marker.product_of:
            if name in settled and marker.id in superseding(knowledge, name):
                settled[name] = settled[name].only(~given.measured)
