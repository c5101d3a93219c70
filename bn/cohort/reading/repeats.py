"""Whether a column that tells people apart names some of them more than once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cpds.text import quotable

if TYPE_CHECKING:
    import pandas as pd

COMPARED, NAMED = 1 << 17, 1 << 10
"""How many rows are compared, and how many values that repeat are looked at."""

_CODES = frozenset({"0", "1", "yes", "no", "y", "n", "true", "false", "case", "control"})


def pandas_repeats(series: pd.Series[Any], empty: frozenset[str]) -> bool:
    """Of a pandas column; texts in `empty` (lower case) name nobody."""
    try:
        counts = series.value_counts(sort=False)
    except TypeError:  # what cannot be hashed is no id
        return False
    if not _tells_apart(counts.index[:NAMED].tolist(), len(counts), len(series)):
        return False
    return _names_somebody(counts.index[counts.to_numpy() > 1][:NAMED].tolist(), empty)


def arrow_repeats(column: Any, empty: frozenset[str]) -> bool:
    """Of an Arrow Array or ChunkedArray; cells of a text file may be in quotes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        counts = pc.value_counts(column)
    except pa.ArrowNotImplementedError:  # nested values are no ids
        return False
    values = counts.field("values")
    if not _tells_apart(values.slice(0, NAMED).to_pylist(), len(counts), len(column)):
        return False
    again = values.filter(pc.greater(counts.field("counts"), 1))
    return _names_somebody(again.slice(0, NAMED).to_pylist(), empty)


def some_ids(column: Any, empty: frozenset[str]) -> Any:
    """Some different values of an Arrow Array that tells people apart, to be looked for elsewhere; else None."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        values = pc.unique(column)
        some = values.slice(0, NAMED)
        named = [_names_somebody([value], empty) for value in some.to_pylist()]
        ids = some.filter(pa.array(named, pa.bool_()))
        has_some(ids, ids)
    except pa.ArrowNotImplementedError:  # nested values are no ids
        return None
    return ids if len(ids) and _tells_apart(ids.to_pylist(), len(values), len(column)) else None


def has_some(column: Any, ids: Any) -> bool:
    """Whether a column of the same type holds some of the ids."""
    import pyarrow.compute as pc

    return bool(pc.any(pc.is_in(column, value_set=ids)).as_py())


def _tells_apart(some: Iterable[Any], different: int, rows: int) -> bool:
    """Whether a column names people: a flag such as 0 and 1, or a few groups of many rows, do not."""
    return different**2 >= rows and not {_text(value) for value in some if value is not None} <= _CODES


def _names_somebody(values: Iterable[Any], empty: frozenset[str]) -> bool:
    return any(value is not None and _text(value) not in empty and value == value for value in values)


def _text(value: Any) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else quotable(value)
    return text.strip().strip('"').strip().removesuffix(".0").lower()
