"""The shapes in which numbers travel: tables with named axes, and readings of markers, a row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers over variables named by `axes`; the last axis of `values` is the batch.

    The batch axis holds draws of the parameters or rows of a cohort; its length is 1 where the
    table is the same for all. So `values.ndim == len(axes) + 1`.
    """

    axes: tuple[str, ...]
    values: Array

    def __post_init__(self) -> None:
        if self.values.ndim != len(self.axes) + 1:
            raise ValueError(
                f"axes {self.axes} and a batch axis need {len(self.axes) + 1} dimensions, found {self.values.ndim}"
            )
        if len(set(self.axes)) != len(self.axes):
            raise ValueError(f"axes {self.axes} name one variable twice")

    def __repr__(self) -> str:
        """Axes with their lengths, not the numbers.

        >>> Table(("a", "b"), np.zeros((2, 3, 400)))
        <Table: a (2) x b (3), batch of 400>
        """
        axes = " x ".join(f"{axis} ({length})" for axis, length in zip(self.axes, self.values.shape, strict=False))
        return f"<Table: {axes or 'no axes'}, batch of {self.values.shape[-1]}>"

    @property
    def nbytes(self) -> int:
        """Size of the values in bytes."""
        return self.values.nbytes

    def over(self, axes: tuple[str, ...]) -> Array:
        """Values laid along `axes` (which must include the own ones), with length 1 where absent."""
        order, shape = layout(self.axes, self.values.shape, axes)
        return self.values.transpose(*order).reshape(*shape)


def layout(
    own: tuple[str, ...], shape: tuple[int, ...], axes: Sequence[str]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Order of its axes, and then shape, in which a table with its `own` axes lies along others, the batch last.

    An axis that it lacks has length 1. Raises ValueError where one of its own is not among `axes`.

    >>> layout(("a", "b"), (2, 3, 400), ("b", "c", "a"))
    ((1, 0, 2), (3, 1, 2, 400))
    """
    places = [own.index(axis) if axis in own else None for axis in axes]
    order = [place for place in places if place is not None]
    if len(order) != len(own):
        raise ValueError(f"axes {tuple(axes)} lack some of {own}")
    lengths = (1 if place is None else shape[place] for place in places)
    return (*order, len(own)), (*lengths, shape[-1])


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
