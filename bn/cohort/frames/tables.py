"""A question asked of tables: block by block in memory, and when they are read for those that are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn.cohort.frames.arrow import without_null
from bn.cohort.frames.frames import Frame, frame_of, is_kind
from bn.cohort.reading.cells import Cells
from bn.cohort.reading.columns import Columns, read_columns
from bn.cohort.reading.first_rows import FirstRows
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.question import Question, refuse_clash
from bn.cohort.reading.read_options import ReadOptions
from bn.cohort.reading.summary import Summary, warn, warn_suspect, warn_unread
from bn.cohort.reading.unit_rows import LOOKED_AT, with_unit_rows
from bn.cohort.reading.unread import Unread, known_headings, review
from bn.core.errors import QuestionError
from bn.core.names import Names
from bn.engine.parallel import cores, in_order, single_blas
from cpds.table import Array
from cpds.text import quotable

Progress = Callable[[int, int], None]
ROWS, FEWEST, LOOKED = 1 << 17, 1 << 12, 1 << 14
STREAMED_ROWS = 1 << 16
SUMMARY_KEY = "myorisk"
DEFAULT = ReadOptions()


@dataclass(frozen=True)
class Tables:
    """What is asked of tables, and how their columns are read; see `bn.cohort.frames.questions.Scoring`."""

    question: Question
    options: ReadOptions = DEFAULT

    def answered(self, table: Any, progress: Progress | None = None, summary: bool = False) -> Any:
        """The table with the answers after its own columns, in the kind in which it came, when it is read if lazy.

        With `summary` beside it what became of rows and columns; a pandas frame holds that among its `attrs` too.
        Warns of columns that were not read, or read in another unit than they suit. Raises QuestionError as
        `bn.cohort.frames.questions.Scoring` does; for the columns of a lazy table at once.
        """
        for library, name, answered in _LAZY:
            if is_kind(table, library, name):
                if summary:
                    kind = type(table).__qualname__
                    raise QuestionError(f"summary=True: found {kind}, which is read later; expected a table in memory")
                return answered(self, table)
        done, became = self.table(table, progress)
        warn(became)
        if is_kind(done, "pandas", "DataFrame"):
            done.attrs[SUMMARY_KEY] = became.to_dict()
        return (done, became) if summary else done

    def table(
        self, table: Any, progress: Progress | None = None, parallel: bool = True, whole: bool = True
    ) -> tuple[Any, Summary]:
        """A table in memory with its answers, and what became of rows and columns; arguments as in `results`."""
        frame = frame_of(table)
        refuse_clash(frame.headers, self.question.added)
        results, errors, summary = self.results(frame, progress, parallel, whole)
        *names, _ = self.question.added
        return frame.beside(dict(zip(names, results, strict=True)), errors), summary

    def results(
        self,
        frame: Frame,
        progress: Progress | None = None,
        parallel: bool = True,
        whole: bool = True,
        headings: Headings | None = None,
    ) -> tuple[Array, dict[int, str], Summary]:
        """Answers, axes (added column but for `error`, row), errors by row, and what became of rows and columns.

        `parallel` says that nothing else is asked meanwhile, so that all cores are free for it; else the table is part
        of one whose unread columns were reported already. `whole` says that the frame is no part of another, whose
        units would be in its first part only. `headings` are those of the frame, where they are known.
        """
        headings = headings or headings_of(self.question.names, frame, self.options)
        if headings.unit_rows and not whole:
            raise QuestionError(
                f"row {headings.unit_rows[0]} holds units, which a table that comes in parts cannot be read by; "
                "name the units in the headers, as in 'hscrp [mg/dL]', and remove the row"
            )
        first = self._first_rows(frame, headings) if frame.rows else None
        unread = review(headings, first) if parallel else Unread()
        notes = [f"note: {text}" for text in self.question.notes]
        summary = Summary(headings, done=self.question.done, unread=unread, notes=notes)
        results = np.empty((len(self.question.added) - 1, frame.rows))
        errors: dict[int, str] = {}
        step = min(ROWS, max(FEWEST, -(-frame.rows // cores())))
        starts = range(0, max(frame.rows, 1), step)

        def block(start: int) -> Columns:
            rows = slice(start, min(start + step, frame.rows))
            cells = headings.cells(
                {position: cells_of(frame, position, rows, self.options) for position in headings.wanted}
            )
            skipped = np.array(headings.unit_rows) - 1 if headings.unit_rows and not start else None
            columns = read_columns(headings, cells, rows.stop - rows.start, skipped)
            self.question.answer(columns, results[:, rows])
            return columns

        blocks: Iterator[Columns] = in_order(block, starts) if parallel else map(block, starts)
        done = 0
        for columns in blocks:
            errors.update((done + row, text) for row, text in columns.problems.texts.items())
            places = np.arange(done + 1, done + 1 + columns.problems.rows)
            summary.add(columns, places)
            done += len(places)
            if progress:
                progress(done, frame.rows)
        summary.notes += summary.reading_notes
        return results, errors, summary

    def warn_unread(self, headers: Sequence[str]) -> None:
        """Warn of columns that will not be read, by their names alone."""
        warn_unread(review(known_headings(self.question.names, headers, self.options)))

    def _first_rows(self, frame: Frame, headings: Headings) -> FirstRows:
        rows = slice(0, min(LOOKED, frame.rows))
        return FirstRows(
            lambda position, numeric: cells_of(frame, position, rows, self.options),
            lambda position: frame.repeats(position, self.options.missing_texts),
            [place - 1 for place in headings.unit_rows],
        )


def headings_of(names: Names, frame: Frame, options: ReadOptions) -> Headings:
    """The headings of a table in memory, with the units of first rows that hold some."""
    return with_unit_rows(
        known_headings(names, frame.headers, options),
        lambda position: cells_of(frame, position, slice(0, LOOKED_AT), options),
        "row",
        range(1, min(frame.rows, LOOKED_AT) + 1),
    )


def cells_of(frame: Frame, position: int, rows: slice, options: ReadOptions) -> Cells:
    """Some rows of a column without the values that say nothing."""
    cells = frame.cells(position, rows, options.missing_texts)
    return cells.without(np.isin(cells.numbers, options.missing_numbers))


def _stream(tables: Tables, source: Any) -> Any:
    """A RecordBatchReader; a few blocks of rows are held at a time."""
    import pyarrow as pa

    for field in source.schema:
        if pa.types.is_union(field.type):  # Arrow cannot join pieces of it
            raise QuestionError(
                f"column '{quotable(field.name)}' holds {field.type}, which cannot be read in pieces; read_all() first"
            )
    schema = tables.table(source.schema.empty_table(), parallel=False, whole=False)[0].schema
    tables.warn_unread(source.schema.names)

    def answered() -> Iterator[Any]:
        warned: set[str] = set()
        blocks = in_order(lambda block: tables.table(block, parallel=False, whole=False), _blocks(source))
        for table, summary in blocks:
            warn_suspect(summary, warned)
            yield from table.to_batches()

    return pa.RecordBatchReader.from_batches(schema, answered())


def _blocks(source: Any) -> Iterator[Any]:
    """Tables of `STREAMED_ROWS` rows, the last one perhaps shorter, however the source is cut."""
    import pyarrow as pa

    waiting = source.schema.empty_table()
    for batch in source:
        columns = [without_null(column) for column in batch.columns]
        waiting = pa.concat_tables([waiting, pa.Table.from_arrays(columns, schema=batch.schema)])
        while waiting.num_rows >= STREAMED_ROWS:
            yield waiting.slice(0, STREAMED_ROWS).combine_chunks()
            waiting = waiting.slice(STREAMED_ROWS)
    if waiting.num_rows:
        yield waiting.combine_chunks()


def _polars_plan(tables: Tables, plan: Any) -> Any:
    """A LazyFrame; rows may come in pieces, as the streaming engine hands them on."""
    import polars as pl

    own = plan.collect_schema()
    schema = tables.table(pl.DataFrame(schema=own), parallel=False, whole=False)[0].schema
    tables.warn_unread(own.names())
    warned: set[str] = set()

    def answered(frame: Any) -> Any:
        done, summary = tables.table(frame, whole=False)
        warn_suspect(summary, warned)
        return done

    return plan.map_batches(answered, schema=schema, slice_pushdown=True, streamable=True)


def _dask_frame(tables: Tables, frame: Any) -> Any:
    """A dask DataFrame, answered partition by partition, wherever the partitions are.

    The model travels once to each worker process, which contracts it once for all of its partitions.
    """
    from dask.delayed import delayed

    meta = tables.table(frame._meta, parallel=False)[0]
    tables.warn_unread(list(map(str, frame.columns)))
    return frame.map_partitions(_answered_partition, delayed(tables, pure=False), meta=meta)


def _answered_partition(partition: Any, tables: Tables) -> Any:
    """One partition; the workers are many, so each takes one core."""
    with single_blas():
        done, summary = tables.table(partition, parallel=False, whole=False)
    warn_suspect(summary)
    return done


_LAZY: Sequence[tuple[str, str, Callable[[Tables, Any], Any]]] = (
    ("pyarrow", "RecordBatchReader", _stream),
    ("polars", "LazyFrame", _polars_plan),
    ("dask.dataframe", "DataFrame", _dask_frame),
)
