"""An Arrow column as its distinct values, without making an object of every cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from bn.cohort.reading.cells import Cells


def arrow_cells(column: Any, empty: frozenset[str]) -> Cells:
    """The cells of an Array or ChunkedArray of any type; texts in `empty` (lower case) say nothing."""
    import pyarrow as pa

    column = _plain(column)
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return Cells.of_numbers(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    if pa.types.is_dictionary(kind):
        return _encoded(column, empty)
    try:
        return _encoded(column.dictionary_encode(), empty)
    except pa.ArrowNotImplementedError:  # nested types; weights of states come as structs
        return object_cells([_without_absent(value) for value in _objects(column)], empty)


def object_cells(values: list[Any], empty: frozenset[str]) -> Cells:
    """The cells of a column of Python's objects, None where there is none."""
    given = np.array([value is not None for value in values], dtype=bool)
    return Cells.of_values(np.where(given, np.arange(len(values)), -1), values, empty)


def _plain(column: Any) -> Any:
    """One array, of the type that an extension stores."""
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        if pa.types.is_dictionary(column.type):
            column = _one_dictionary(column)
        column = column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    return column.storage if isinstance(column, pa.ExtensionArray) else column


def _one_dictionary(column: Any) -> Any:
    """A ChunkedArray of dictionaries with one for all chunks."""
    import pyarrow as pa

    chunks = [without_null(chunk) for chunk in column.chunks]
    return pa.chunked_array(chunks, column.type).unify_dictionaries()


def without_null(column: Any) -> Any:
    """A dictionary array without nulls in its dictionary, which Arrow cannot join or write; others as they are."""
    import pyarrow as pa

    if not (pa.types.is_dictionary(column.type) and column.dictionary.null_count):
        return column
    return column.dictionary.take(column.indices).dictionary_encode().cast(column.type)


def _encoded(column: Any, empty: frozenset[str]) -> Cells:
    """A dictionary array; its dictionary may hold nulls."""
    import pyarrow as pa

    codes = column.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
    values = _objects(column.dictionary)
    nothing = np.array([value is None for value in values], dtype=bool)
    if nothing.any():
        codes = np.where((codes >= 0) & ~nothing[codes], codes, -1)
    return Cells.of_values(codes, values, empty)


def _objects(column: Any) -> list[Any]:
    """The values as objects of Python; the text where it has none, as for a day in the year 10000."""
    try:
        found: list[Any] = column.to_pylist()
    except (OverflowError, ValueError):
        found = [_object(scalar) for scalar in column]
    return found


def _object(scalar: Any) -> Any:
    import pyarrow as pa

    try:
        return scalar.as_py()
    except (OverflowError, ValueError):
        return scalar.cast(pa.string()).as_py()


def _without_absent(value: Any) -> Any:
    """Weights of states without those that a struct holds only because another row has them."""
    if not isinstance(value, dict):
        return value
    return {name: part for name, part in value.items() if part is not None} or None
