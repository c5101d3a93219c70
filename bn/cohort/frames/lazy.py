"""Tables that are not in memory are answered when they are read: a stream, a polars plan, a dask data frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bn.cohort.frames.arrow import without_null
from bn.cohort.frames.dask import answer_partitions
from bn.cohort.frames.frames import is_kind
from bn.cohort.frames.tables import KEPT_AS, Progress, Tables
from bn.cohort.reading.summary import Summary, warn, warn_suspect, warn_unread
from bn.core.errors import QuestionError
from bn.engine.parallel import in_order
from cpds.text import quotable

ROWS = 1 << 16


KINDS = (("pyarrow", "RecordBatchReader"), ("polars", "LazyFrame"), ("dask.dataframe", "DataFrame"))


def is_lazy(table: Any) -> bool:
    """Whether the table is one that is answered when it is read."""
    return any(is_kind(table, *kind) for kind in KINDS)


def answered(tables: Tables[Any], table: Any, progress: Progress | None = None) -> tuple[Any, Summary | None]:
    """The table with the answers after its own columns, in the kind in which it came, when it is read if lazy.

    Beside it what became of rows and columns, None where it is lazy. A pandas frame holds that among its `attrs`
    too. Warns of columns that were not read, or read in another unit than they suit. Raises QuestionError as
    `bn.cohort.frames.score.score` does.
    """
    later = lazily(tables, table)
    if later is not None:
        return later, None
    done, summary = tables.table(table, progress)
    warn(summary)
    if is_kind(done, "pandas", "DataFrame"):
        done.attrs[KEPT_AS] = summary.to_dict()
    return done, summary


def lazily(tables: Tables[Any], table: Any) -> Any | None:
    """The same kind of table with the answers after its own columns; None where the table is in memory.

    Raises QuestionError for its columns at once, before anything is read, and warns of those that will not be; of units
    it warns when it is read, once a column.
    """
    if is_kind(table, "pyarrow", "RecordBatchReader"):
        return _reader(tables, table)
    if is_kind(table, "polars", "LazyFrame"):
        return _plan(tables, table)
    if is_kind(table, "dask.dataframe", "DataFrame"):
        return answer_partitions(tables, table)
    return None


def _reader(tables: Tables[Any], source: Any) -> Any:
    """A RecordBatchReader; a few blocks of rows are held at a time."""
    import pyarrow as pa

    for field in source.schema:
        if pa.types.is_union(field.type):  # Arrow cannot join pieces of it
            raise QuestionError(
                f"column '{quotable(field.name)}' holds {field.type}, which cannot be read in pieces; read_all() first"
            )
    schema = tables.table(source.schema.empty_table(), alone=False, whole=False)[0].schema
    warn_unread(tables.unread(source.schema.names))

    def answered() -> Iterator[Any]:
        told: set[str] = set()
        for table, summary in in_order(lambda block: tables.table(block, alone=False, whole=False), _blocks(source)):
            warn_suspect(summary, told)
            yield from table.to_batches()

    return pa.RecordBatchReader.from_batches(schema, answered())


def _blocks(source: Any) -> Iterator[Any]:
    """Tables of `ROWS` rows, the last one perhaps shorter, however the source is cut."""
    import pyarrow as pa

    waiting = source.schema.empty_table()
    for batch in source:
        columns = [without_null(column) for column in batch.columns]
        waiting = pa.concat_tables([waiting, pa.Table.from_arrays(columns, schema=batch.schema)])
        while waiting.num_rows >= ROWS:
            yield waiting.slice(0, ROWS).combine_chunks()
            waiting = waiting.slice(ROWS)
    if waiting.num_rows:
        yield waiting.combine_chunks()


def _plan(tables: Tables[Any], plan: Any) -> Any:
    """A LazyFrame; rows may come in pieces, as the streaming engine hands them on."""
    import polars as pl

    own = plan.collect_schema()
    schema = tables.table(pl.DataFrame(schema=own), alone=False, whole=False)[0].schema
    warn_unread(tables.unread(own.names()))
    told: set[str] = set()

    def answered(frame: Any) -> Any:
        done, summary = tables.table(frame, whole=False)
        warn_suspect(summary, told)
        return done

    return plan.map_batches(answered, schema=schema, slice_pushdown=True, streamable=True)
