"""Tables of every library as columns of cells; results are put beside them in the kind they came."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn.cohort.frames.arrow import arrow_cells, object_cells
from bn.cohort.reading.cells import COMPARED, Cells, arrow_repeats, pandas_repeats
from bn.cohort.reading.question import ERROR
from bn.core.errors import QuestionError
from cpds.table import Array

KINDS = (
    "a pandas DataFrame, a polars DataFrame or LazyFrame, a pyarrow Table, RecordBatch or RecordBatchReader, "
    "a dask DataFrame, or another table with the Arrow stream interface (__arrow_c_stream__)"
)


@dataclass(frozen=True)
class Frame(ABC):
    """A table of some library, held in memory."""

    table: Any

    @property
    @abstractmethod
    def headers(self) -> list[str]:
        """Names of the columns as text."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.table)

    @abstractmethod
    def cells(self, position: int, rows: slice, empty: frozenset[str]) -> Cells:
        """Some rows of one column; texts in `empty` (lower case) say nothing. Dictionaries are not written out."""

    @abstractmethod
    def repeats(self, position: int, empty: frozenset[str]) -> bool:
        """Whether one of the first cells of a column that says something occurs there again."""

    @abstractmethod
    def beside(self, results: Mapping[str, Array], errors: Mapping[int, str]) -> Any:
        """The table, its own columns as they were, with results after them: numbers by name, then the errors.

        Each array has axis (row), NaN where there is no result, which is null in the table but for pandas; `errors` has
        the rows with an error.
        """


def is_kind(table: Any, library: str, name: str) -> bool:
    """Whether the table is an instance of a library's class; a library that is not loaded stays so."""
    module = sys.modules.get(library)
    return module is not None and isinstance(table, getattr(module, name))


def frame_of(table: Any) -> Frame:
    """The table as a frame. Raises QuestionError for what is no table in memory."""
    if is_kind(table, "pandas", "DataFrame"):
        if table.columns.nlevels > 1:
            raise QuestionError(f"columns have {table.columns.nlevels} levels of names; expected one, so flatten them")
        return PandasFrame(table)
    if is_kind(table, "polars", "DataFrame"):
        return PolarsFrame(table)
    if is_kind(table, "pyarrow", "Table") or is_kind(table, "pyarrow", "RecordBatch"):
        return ArrowFrame(table)
    if hasattr(table, "__arrow_c_stream__"):
        import pyarrow as pa

        try:
            return ArrowFrame(pa.table(table))
        except pa.ArrowInvalid as error:
            raise _refusal(table) from error
    raise _refusal(table)


class PandasFrame(Frame):
    """A pandas data frame; its index is kept."""

    @property
    def headers(self) -> list[str]:
        """Names of the columns as text."""
        return [str(column) for column in self.table.columns]

    def cells(self, position: int, rows: slice, empty: frozenset[str]) -> Cells:
        """Some rows of one column; categories and Arrow's columns are not written out."""
        import pandas as pd

        series = self.table.iloc[rows, position]
        if isinstance(series.dtype, pd.CategoricalDtype):
            codes = series.cat.codes.to_numpy().astype(np.int64)
            return Cells.of_values(codes, series.cat.categories.tolist(), empty)
        if isinstance(series.dtype, pd.ArrowDtype | pd.StringDtype):
            import pyarrow as pa

            return arrow_cells(pa.array(series.array, from_pandas=True), empty)
        return Cells.of_series(series, empty)

    def repeats(self, position: int, empty: frozenset[str]) -> bool:
        """By pandas itself."""
        return pandas_repeats(self.table.iloc[:COMPARED, position], empty)

    def beside(self, results: Mapping[str, Array], errors: Mapping[int, str]) -> Any:
        """The frame with further columns after its own, same index; missing results are NaN."""
        import pandas as pd
        from pandas.api.types import is_object_dtype

        texts, dtype = error_column(errors, self.rows), pd.Series([""]).dtype
        error: Any = pd.array(texts.to_numpy(zero_copy_only=False) if is_object_dtype(dtype) else texts, dtype=dtype)
        added = pd.DataFrame({**results, ERROR: error}, index=self.table.index, copy=False)
        joined = pd.concat([self.table, added], axis=1)
        joined.attrs = dict(self.table.attrs)
        joined.columns.name = self.table.columns.name
        return joined


class ArrowFrame(Frame):
    """A pyarrow Table or RecordBatch; metadata of the schema are kept."""

    @property
    def headers(self) -> list[str]:
        """Names of the columns."""
        return list(self.table.schema.names)

    def cells(self, position: int, rows: slice, empty: frozenset[str]) -> Cells:
        """Some rows of one column; its own dictionary serves where it has one."""
        return arrow_cells(self.table.column(position).slice(rows.start, rows.stop - rows.start), empty)

    def repeats(self, position: int, empty: frozenset[str]) -> bool:
        """By Arrow itself."""
        return arrow_repeats(self.table.column(position).slice(0, COMPARED), empty)

    def beside(self, results: Mapping[str, Array], errors: Mapping[int, str]) -> Any:
        """The table with further columns after its own, of the same class."""
        import pyarrow as pa

        added = arrow_columns(results, errors, self.rows)
        schema = self.table.schema
        for name, column in added.items():
            schema = schema.append(pa.field(name, column.type))
        return type(self.table).from_arrays([*self.table.columns, *added.values()], schema=schema)


class PolarsFrame(Frame):
    """A polars data frame."""

    @property
    def headers(self) -> list[str]:
        """Names of the columns."""
        return list(self.table.columns)

    def cells(self, position: int, rows: slice, empty: frozenset[str]) -> Cells:
        """Some rows of one column; its own categories serve where it has them."""
        import polars as pl

        column = self.table.to_series(position)[rows]
        if column.dtype == pl.Object:
            return object_cells(column.to_list(), empty)
        if column.dtype.is_integer():  # those of 128 bits are unknown to Arrow
            column = column.cast(pl.Float64)
        return arrow_cells(column.to_arrow(), empty)

    def repeats(self, position: int, empty: frozenset[str]) -> bool:
        """By Arrow; objects of Python are unknown to it."""
        import polars as pl

        column = self.table.to_series(position)[:COMPARED]
        return column.dtype != pl.Object and arrow_repeats(column.to_arrow(), empty)

    def beside(self, results: Mapping[str, Array], errors: Mapping[int, str]) -> Any:
        """The frame with further columns after its own."""
        import polars as pl

        added = arrow_columns(results, errors, self.rows)
        return self.table.hstack([pl.Series(name, column) for name, column in added.items()])


def arrow_columns(results: Mapping[str, Array], errors: Mapping[int, str], rows: int) -> dict[str, Any]:
    """Results as Arrow arrays by name, the errors last."""
    import pyarrow as pa

    columns = {name: pa.array(values, pa.float64(), from_pandas=True) for name, values in results.items()}
    return {**columns, ERROR: error_column(errors, rows)}


def error_column(errors: Mapping[int, str], rows: int) -> Any:
    """Texts as an Arrow array, empty where the row is fine."""
    import pyarrow as pa

    which = np.zeros(rows, dtype=np.int32)
    which[list(errors)] = np.arange(1, len(errors) + 1)
    return pa.DictionaryArray.from_arrays(which, pa.array(["", *errors.values()])).dictionary_decode()


def _refusal(table: Any) -> QuestionError:
    found = f"{type(table).__module__}.{type(table).__qualname__}".removeprefix("builtins.")
    if is_kind(table, "polars", "LazyFrame"):
        return QuestionError(f"found {found}, which is not in memory; collect() it first")
    if is_kind(table, "dask.dataframe", "DataFrame"):
        return QuestionError(f"found {found}, which is not in memory; compute() it first")
    return QuestionError(f"found {found}; expected {KINDS}")
