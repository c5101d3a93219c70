"""Results written beside the columns of a table, in full precision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa

from bn.cohort.files.append import Results
from bn.cohort.files.arrowblock import ArrowBlock
from bn.cohort.files.textblock import TextBlock
from bn.cohort.frames.arrow import without_null
from bn.core.errors import QuestionError


@dataclass(frozen=True)
class ArrowSink:
    """A table being written: input columns as they came, text ones as text, then results, null where a row has none.

    `remade` says that dictionaries that hold nulls are made anew without, since Parquet has none.
    """

    schema: pa.Schema
    writer: Any
    remade: bool = False

    def render(self, block: TextBlock | ArrowBlock, results: Results) -> pa.RecordBatch:
        """The batch to be written for a block; several threads may render at once."""
        blank = results.blank(block.rows)
        errors = [""] * block.rows
        for row, text in results.errors.items():
            surplus = block.surplus(row) if isinstance(block, TextBlock) else ""
            errors[row] = f"{text}, found also '{surplus}'" if surplus else text
        table = block.table()
        columns = [without_null(column) for column in table.columns] if self.remade else table.columns
        inputs = [column.cast(field.type) for column, field in zip(columns, self.schema, strict=False)]
        numbers = [pa.array(column, mask=blank) for column in results.numbers]
        return pa.RecordBatch.from_arrays([*inputs, *numbers, pa.array(errors, pa.string())], schema=self.schema)

    def put(self, batch: pa.RecordBatch) -> None:
        """Write what was rendered."""
        self.writer.write_batch(batch)


@contextmanager
def parquet_sink(file: BinaryIO, schema: pa.Schema, names: Sequence[str]) -> Iterator[ArrowSink]:
    """A Parquet file; no dictionary is sought for results, which are all different.

    Raises QuestionError for columns that it cannot hold.
    """
    import pyarrow.parquet as pq

    whole = _with_results(schema, names)
    try:
        writer = pq.ParquetWriter(file, whole, use_dictionary=[*schema.names, names[-1]])
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise QuestionError(f"cannot be written as Parquet: {error}") from None
    with writer:
        yield ArrowSink(whole, writer, remade=True)


@contextmanager
def arrow_sink(file: BinaryIO, schema: pa.Schema, names: Sequence[str], one_dictionary: bool) -> Iterator[ArrowSink]:
    """An Arrow file. It holds one dictionary for a column: without `one_dictionary`, categories are written out."""
    whole = _with_results(schema if one_dictionary else _without_dictionaries(schema), names)
    with pa.ipc.new_file(file, whole) as writer:
        yield ArrowSink(whole, writer)


def _without_dictionaries(schema: pa.Schema) -> pa.Schema:
    is_dictionary = pa.types.is_dictionary
    fields = [field.with_type(field.type.value_type) if is_dictionary(field.type) else field for field in schema]
    return pa.schema(fields, schema.metadata)


def _with_results(schema: pa.Schema, names: Sequence[str]) -> pa.Schema:
    twice = next((name for name in schema.names if schema.names.count(name) > 1), None)
    if twice is not None:
        raise QuestionError(f"column '{twice}' stands twice, which a table cannot hold; rename one or write to .csv")
    *numbers, error = names
    for name in numbers:
        schema = schema.append(pa.field(name, pa.float64()))
    return schema.append(pa.field(error, pa.string()))
