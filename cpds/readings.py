"""Readings of markers as numbers, a row each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cpds.table import Array

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
