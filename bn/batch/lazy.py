"""Tables that are not in memory are scored when they are read: a stream, a polars plan, a dask data frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bn.batch.frames import is_kind
from bn.batch.parallel import in_order

if TYPE_CHECKING:
    from bn.batch.score import Scoring

ROWS = 1 << 16


def lazily(scoring: Scoring, table: Any) -> Any | None:
    """The same kind of table with the results after its own columns; None where the table is in memory.

    Raises QuestionError for its columns at once, before anything is read.
    """
    if is_kind(table, "pyarrow", "RecordBatchReader"):
        return _reader(scoring, table)
    if is_kind(table, "polars", "LazyFrame"):
        return _plan(scoring, table)
    if is_kind(table, "dask.dataframe", "DataFrame"):
        from bn.batch.dask import score_partitions

        return score_partitions(scoring, table)
    return None


def _reader(scoring: Scoring, source: Any) -> Any:
    """A RecordBatchReader; a few blocks of rows are held at a time."""
    import pyarrow as pa

    schema = scoring.table(source.schema.empty_table(), alone=False)[0].schema

    def scored() -> Iterator[Any]:
        for table in in_order(lambda block: scoring.table(block, alone=False)[0], _blocks(source)):
            yield from table.to_batches()

    return pa.RecordBatchReader.from_batches(schema, scored())


def _blocks(source: Any) -> Iterator[Any]:
    """Tables of `ROWS` rows, the last one perhaps shorter, however the source is cut."""
    import pyarrow as pa

    waiting = source.schema.empty_table()
    for batch in source:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
        while waiting.num_rows >= ROWS:
            yield waiting.slice(0, ROWS).combine_chunks()
            waiting = waiting.slice(ROWS)
    if waiting.num_rows:
        yield waiting.combine_chunks()


def _plan(scoring: Scoring, plan: Any) -> Any:
    """A LazyFrame; rows may come in pieces, as the streaming engine hands them on."""
    import polars as pl

    schema = scoring.table(pl.DataFrame(schema=plan.collect_schema()), alone=False)[0].schema
    return plan.map_batches(lambda frame: scoring.table(frame)[0], schema=schema, slice_pushdown=True, streamable=True)
