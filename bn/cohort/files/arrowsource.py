"""Parquet and Arrow files, read batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain

import pyarrow as pa

from bn.cohort.files.arrowblock import ArrowBlock
from bn.cohort.files.options import Options
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.unitrow import LOOKED_AT, with_unit_rows
from bn.cohort.reading.unread import known_headings
from bn.core.errors import QuestionError, RunError
from bn.core.names import Names

ROWS = 1 << 16
CELLS = 1 << 21
_MAGIC = b"ARROW1"


@dataclass
class ArrowSource:
    """A table whose columns are known; `taken` counts the rows read so far, of `size` where that is known.

    `one_dictionary` says that all batches share the dictionary of a column of categories.
    """

    schema: pa.Schema
    headings: Headings
    title: str
    size: int | None
    one_dictionary: bool
    batches: Iterable[pa.RecordBatch]
    taken: int = field(default=0, init=False)
    place: str = field(default="row", init=False)

    def blocks(self) -> Iterator[ArrowBlock]:
        """Blocks of rows, in order. Raises RunError for a damaged file."""
        batches, step = iter(self.batches), _step(self.schema)
        while (batch := _next(batches)) is not None:
            for start in range(0, batch.num_rows, step):
                part = batch.slice(start, step)
                yield ArrowBlock(part, self.taken + 1)
                self.taken += part.num_rows


@contextmanager
def open_parquet(source: str, names: Names, options: Options) -> Iterator[ArrowSource]:
    """A Parquet file. Raises QuestionError for what is none, or columns that cannot be used."""
    import pyarrow.parquet as pq

    _refuse_manner_of_text(options)
    with open(source, "rb") as raw:
        try:
            file = pq.ParquetFile(raw, pre_buffer=False)
        except pa.ArrowException as error:
            raise QuestionError(f"no Parquet file: {error}") from None
        schema = file.schema_arrow
        headings = known_headings(names, schema.names, options.meaning, options.require)
        headings = _with_units(headings, schema, file.iter_batches(batch_size=LOOKED_AT), options)
        batches = file.iter_batches(batch_size=_step(schema))
        yield ArrowSource(schema, headings, "read as Parquet", file.metadata.num_rows, False, batches)


@contextmanager
def open_arrow(source: str, names: Names, options: Options) -> Iterator[ArrowSource]:
    """An Arrow (IPC, Feather) file or stream. Raises QuestionError as `open_parquet` does."""
    _refuse_manner_of_text(options)
    with open(source, "rb") as raw:
        is_file = raw.peek(len(_MAGIC))[: len(_MAGIC)] == _MAGIC
        try:
            reader = pa.ipc.open_file(raw) if is_file else pa.ipc.open_stream(raw)
        except (pa.ArrowException, OSError) as error:  # a stream that breaks off is an OSError without a name
            raise QuestionError(f"no Arrow file: {error}") from None
        headings = known_headings(names, reader.schema.names, options.meaning, options.require)
        batches = (reader.get_batch(number) for number in range(reader.num_record_batches)) if is_file else iter(reader)
        first = _next(batches)
        before = [] if first is None else [first]
        headings = _with_units(headings, reader.schema, before, options)
        yield ArrowSource(reader.schema, headings, "read as Arrow", None, is_file, chain(before, batches))


def _next(batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
    """The next batch, None after the last. Raises RunError for a damaged file."""
    try:
        return next(batches, None)
    except (pa.ArrowException, OSError) as error:
        raise RunError(f"the file is damaged: {error}") from None


def _with_units(headings: Headings, schema: pa.Schema, batches: Iterable[pa.RecordBatch], options: Options) -> Headings:
    """The headings with the units of a first row that holds some, which columns of numbers cannot."""
    kinds = [schema.field(position).type for position, numeric in headings.numeric.items() if numeric]
    of_text = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_dictionary)
    if not any(is_text(kind) for kind in kinds for is_text in of_text):
        return headings
    first = _next(iter(batches))
    if first is None:
        return headings
    top = ArrowBlock(first.slice(0, LOOKED_AT), 1)
    return with_unit_rows(headings, lambda at: top.column(at, False, options).cells, top.rows, "row", top.places)


def _refuse_manner_of_text(options: Options) -> None:
    """Raise QuestionError for what only says how a text is written."""
    for name in ("delimiter", "decimal", "encoding"):
        if getattr(options, name) is not None:
            raise QuestionError(f"--{name} says how a text file is written, and this is none; leave it out")


def _step(schema: pa.Schema) -> int:
    """Number of rows in a block: fewer where there are many columns."""
    return max(1, min(ROWS, CELLS // max(1, len(schema))))
