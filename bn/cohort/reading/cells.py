"""A column as its distinct values and which of them each row holds; whether one that names people repeats some."""

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
COMPARED, NAMED = 1 << 17, 1 << 10
"""How many rows are compared for ids that repeat, and how many values that repeat are looked at."""
NEAR_ZERO = 16.0**-65 * (1 + 1e-9)
"""The least number that is not zero in a SAS transport file, whose exponents are of base 16. Files of the US health
survey, and what others made of them, hold it where they mean zero."""
_OF_ONE_KIND = frozenset(
    ("string", "empty", "integer", "floating", "mixed-integer-float", "boolean", "decimal", "date")
)
"""What pandas calls columns of objects in which equal values mean the same."""
_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_GROUPS = frozenset({"0", "1", "yes", "no", "y", "n", "true", "false", "case", "control"})


@dataclass(frozen=True)
class Cells:
    """`codes` gives each row's position in `values`, -1 where the cell is missing.

    `numbers` holds, for each of `values`, what is a plain number, NaN for the others. `written` holds the values as
    they stand in a file with decimal commas, None where a point is the mark. Near-zeros (see `NEAR_ZERO`) are zeros.

    >>> cells = Cells.of_numbers(np.array([16.0**-65, 2.0]))
    >>> cells.numbers.tolist(), cells.values[0]
    ([0.0, 2.0], 0)
    """

    codes: Indices
    values: Sequence[Any] | Array
    numbers: Array
    written: Sequence[str] | None = None

    def __post_init__(self) -> None:
        numbers = np.asarray(self.numbers)
        near = np.abs(numbers) <= NEAR_ZERO
        if near.any() and (near := near & (numbers != 0)).any():
            object.__setattr__(self, "numbers", np.where(near, 0.0, numbers))
            object.__setattr__(self, "values", _Replaced(self.values, dict.fromkeys(np.flatnonzero(near).tolist(), 0)))

    @classmethod
    def of_numbers(cls, numbers: Array) -> Cells:
        """A numeric column, NaN where missing; where few are equal, every row counts as a value of its own."""
        import pandas as pd

        if len(np.unique(numbers[:SAMPLE])) <= SAMPLE // 2:
            codes, values = pd.factorize(numbers, use_na_sentinel=True)
            return cls(codes, values, values)
        return cls(np.where(np.isnan(numbers), -1, np.arange(len(numbers))), numbers, numbers)

    @classmethod
    def of_values(cls, codes: Indices, values: Sequence[Any], empty: frozenset[str]) -> Cells:
        """Distinct values of any kind; texts in `empty` (lower case) are missing values."""
        plain = [cell.strip() if isinstance(cell, str) else cell for cell in values]
        absent = [cell.lower() in empty if isinstance(cell, str) else is_missing(cell) for cell in plain]
        numbers = np.array([finite(cell) for cell in plain], dtype=float)
        return cls(codes, plain, numbers).without(np.array(absent, dtype=bool))

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
        return cls.of_values(*_distinct_objects(objects), empty)

    @property
    def given(self) -> NDArray[np.bool_]:
        """Rows with a value."""
        return np.asarray(self.codes >= 0)

    def without(self, missing: NDArray[np.bool_]) -> Cells:
        """The cells, those missing that hold one of some values; axis of `missing` (value)."""
        return replace(self, codes=np.where(missing[self.codes], -1, self.codes)) if missing.any() else self

    def without_rows(self, rows: Indices) -> Cells:
        """The cells, missing in some rows."""
        codes = self.codes.copy()
        codes[rows] = -1
        return replace(self, codes=codes)

    def replaced(self, by_place: Mapping[int, Any]) -> Cells:
        """The cells with others of the distinct values, by their place."""
        if not by_place:
            return self
        numbers = self.numbers.copy()
        for place, value in by_place.items():
            numbers[place] = finite(value)
        return replace(self, values=_Replaced(self.values, by_place), numbers=numbers)

    def quoted(self, place: int, message: str) -> str:
        """A message on one of the values, which quotes it as the file has it, and other numbers with the file's mark.

        >>> cells = Cells(np.array([0]), ["x4.1"], np.array([np.nan]), ["x4,1"])
        >>> cells.quoted(0, "found 'x4.1', expected a number such as '1.7'")
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


@dataclass(frozen=True)
class _Replaced(Sequence[Any]):
    """Values of which some, by their place, are others."""

    values: Sequence[Any] | Array
    by_place: Mapping[int, Any]

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, place: int) -> Any:  # type: ignore[override]  # nobody slices it
        return self.by_place[place] if place in self.by_place else self.values[place]


def _distinct_objects(objects: Iterable[Any]) -> tuple[Indices, list[Any]]:
    """Codes and distinct values of objects of several kinds, which may be equal and yet mean different things.

    >>> codes, values = _distinct_objects([1, True, 1.0, 1, {"a": 1}])
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


def pandas_repeats(series: pd.Series[Any], empty: frozenset[str]) -> bool:
    """Whether a pandas column names somebody more than once; texts in `empty` (lower case) name nobody."""
    try:
        counts = series.value_counts(sort=False)
    except TypeError:  # what cannot be hashed is no id
        return False
    repeated = counts.index[counts.to_numpy() > 1]
    some = counts.index[:NAMED].tolist()
    return _are_ids(some, len(counts), len(series)) and _names_somebody(repeated[:NAMED].tolist(), empty)


def arrow_repeats(column: Any, empty: frozenset[str]) -> bool:
    """Whether an Arrow Array or ChunkedArray does."""
    return arrow_ids(column, empty)[1]


def arrow_ids(column: Any, empty: frozenset[str]) -> tuple[Any, bool]:
    """Some ids of an Arrow Array that names people, else None, and whether it names somebody more than once.

    Cells of a text file may be in quotes.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        counts = pc.value_counts(column)
    except pa.ArrowNotImplementedError:  # nested values are no ids
        return None, False
    values = counts.field("values")
    some = values[:NAMED].to_pylist()
    if not _are_ids(some, len(counts), len(column)):
        return None, False
    ids = values[:NAMED].filter(pa.array([_names_somebody([value], empty) for value in some], pa.bool_()))
    repeated = values.filter(pc.greater(counts.field("counts"), 1))[:NAMED].to_pylist()
    return ids if len(ids) else None, _names_somebody(repeated, empty)


def has_some(column: Any, ids: Any) -> bool:
    """Whether a column of the same type holds some of the ids."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return bool(pc.any(pc.is_in(column, value_set=ids)).as_py())
    except pa.ArrowNotImplementedError:
        return False


def _are_ids(some: Iterable[Any], different: int, rows: int) -> bool:
    """Whether a column names people: a flag such as 0 and 1, or a few groups of many rows, do not."""
    return different**2 >= rows and not {_text(value) for value in some if value is not None} <= _GROUPS


def _names_somebody(values: Iterable[Any], empty: frozenset[str]) -> bool:
    return any(value is not None and _text(value) not in empty and value == value for value in values)


def _text(value: Any) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else quotable(value)
    return text.strip().strip('"').strip().removesuffix(".0").lower()
