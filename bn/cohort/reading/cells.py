"""A column as its distinct values, and which of them each row holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bn.core.evidence import Indices
from bn.core.observe import is_missing
from cpds.table import Array
from cpds.text import finite, quotable

if TYPE_CHECKING:
    import pandas as pd

SAMPLE, FEW = 1 << 12, 1 << 9
_OF_ONE_KIND = frozenset(
    ("string", "empty", "integer", "floating", "mixed-integer-float", "boolean", "decimal", "date")
)
"""What pandas calls columns of objects in which what is equal says the same."""
_POINT = re.compile(r"(?<=\d)\.(?=\d)")


@dataclass(frozen=True)
class Cells:
    """`codes` gives each row's position in `values`, -1 where nothing is said.

    `numbers` holds, for each of `values`, what is a plain number, NaN for the others. `written` holds the values as
    they stand in a file with decimal commas, None where a point is the mark.
    """

    codes: Indices
    values: Sequence[Any] | Array
    numbers: Array
    written: Sequence[str] | None = None

    @classmethod
    def of_numbers(cls, numbers: Array) -> Cells:
        """A numeric column, NaN where nothing is said; every row stands for itself where few are alike."""
        import pandas as pd

        if len(np.unique(numbers[:SAMPLE])) <= SAMPLE // 2:
            codes, values = pd.factorize(numbers, use_na_sentinel=True)
            return cls(codes, values, values)
        codes = np.arange(len(numbers))
        codes[np.isnan(numbers)] = -1
        return cls(codes, numbers, numbers)

    @classmethod
    def of_values(cls, codes: Indices, values: Sequence[Any], empty: frozenset[str]) -> Cells:
        """Distinct values of any kind; texts in `empty` (lower case) say nothing."""
        plain = [cell.strip() if isinstance(cell, str) else cell for cell in values]
        absent = np.array(
            [cell.lower() in empty if isinstance(cell, str) else is_missing(cell) for cell in plain], dtype=bool
        )
        numbers = np.array([finite(cell) for cell in plain], dtype=float)
        if absent.any():
            codes = np.where((codes >= 0) & ~absent[codes], codes, -1)
        return cls(codes, plain, numbers)

    @classmethod
    def of_series(cls, series: pd.Series[Any], empty: frozenset[str]) -> Cells:
        """A pandas column of any type."""
        import pandas as pd

        if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
            return cls.of_numbers(series.to_numpy(dtype=float, na_value=np.nan))
        objects = series.astype(object)
        if pd.api.types.infer_dtype(objects, skipna=True) in _OF_ONE_KIND:
            codes, found = pd.factorize(objects, use_na_sentinel=True)
            return cls.of_values(codes, list(found), empty)
        return cls.of_values(*_told_apart(objects), empty)

    @property
    def given(self) -> NDArray[np.bool_]:
        """Rows that say something."""
        return np.asarray(self.codes >= 0)

    def told(self, place: int, message: str) -> str:
        """What is said of one of the values, quoting it as it stands in the file, other numbers with the file's mark.

        >>> cells = Cells(np.array([0]), ["x4.1"], np.array([np.nan]), ["x4,1"])
        >>> cells.told(0, "found 'x4.1', expected a number such as '1.7'")
        "found 'x4,1', expected a number such as '1,7'"
        """
        if self.written is None:
            return message
        around = [_POINT.sub(",", part) for part in message.split(f"'{quotable(self.values[place])}'")]
        return f"'{quotable(self.written[place])}'".join(around)

    def some_numbers(self) -> Array:
        """A few hundred of the plain numbers as they stand, spread over the rows."""
        codes = self.codes[:: max(1, len(self.codes) // FEW)]
        numbers: Array = np.asarray(self.numbers, dtype=float)[codes[codes >= 0]]
        return np.asarray(numbers[~np.isnan(numbers)])

    def used(self) -> NDArray[np.bool_]:
        """Which of the distinct values some row holds."""
        used = np.zeros(len(self.values) + 1, dtype=bool)
        used[self.codes] = True
        return used[:-1]

    def rows(self) -> list[Indices]:
        """Rows of each distinct value."""
        order = np.argsort(self.codes, kind="stable")
        bounds = np.searchsorted(self.codes[order], np.arange(len(self.values) + 1))
        return [order[low:high] for low, high in pairwise(bounds)]


def _told_apart(objects: Iterable[Any]) -> tuple[Indices, list[Any]]:
    """Codes and distinct values of objects of several kinds, which may be equal and yet say different things.

    >>> codes, values = _told_apart([1, True, 1.0, 1, {"a": 1}])
    >>> codes.tolist(), values
    ([0, 1, 2, 0, 3], [1, True, 1.0, {'a': 1}])
    """
    place: dict[Any, int] = {}
    codes: list[int] = []
    values: list[Any] = []
    for value in objects:
        key = (type(value), value, getattr(value, "tzinfo", None))  # one instant may fall on two days
        try:
            code = place.setdefault(key, len(values))
        except TypeError:  # weights of states, as a mapping
            code = len(values)
        if code == len(values):
            values.append(value)
        codes.append(code)
    return np.array(codes, dtype=np.int64), values


@dataclass(frozen=True)
class Replaced(Sequence[Any]):
    """Values of which some, by their place, are others."""

    values: Sequence[Any] | Array
    meant: Mapping[int, Any]

    @classmethod
    def of(cls, cells: Cells, meant: Mapping[int, Any]) -> Cells:
        """The cells with what some of their values mean in their place."""
        if not meant:
            return cells
        numbers = cells.numbers.copy()
        for place, value in meant.items():
            numbers[place] = finite(value)
        return replace(cells, values=cls(cells.values, meant), numbers=numbers)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, place: int) -> Any:  # type: ignore[override]  # nobody slices it
        return self.meant[place] if place in self.meant else self.values[place]


def silenced(cells: Cells, rows: Indices) -> Cells:
    """The cells, saying nothing in some rows."""
    if not len(rows):
        return cells
    codes = cells.codes.copy()
    codes[rows] = -1
    return replace(cells, codes=codes)
