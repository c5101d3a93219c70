"""Parquet and Arrow files, read batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa

from bn.batch.files.arrowblock import ArrowBlock
from bn.batch.files.options import Options
from bn.batch.headings import Headings
from bn.errors import QuestionError, RunError
from bn.names import Names

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
        while (batch := self._next(batches)) is not None:
            for start in range(0, batch.num_rows, step):
                part = batch.slice(start, step)
                yield ArrowBlock(part, self.taken + 1)
                self.taken += part.num_rows

    def _next(self, batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
        try:
            return next(batches, None)
        except (pa.ArrowException, OSError) as error:
            raise RunError(f"the file is damaged: {error}") from None


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
        headings = Headings.of(names, schema.names, options.meaning, options.require)
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
        headings = Headings.of(names, reader.schema.names, options.meaning, options.require)
        batches = (reader.get_batch(number) for number in range(reader.num_record_batches)) if is_file else reader
        yield ArrowSource(reader.schema, headings, "read as Arrow", None, is_file, batches)


def _refuse_manner_of_text(options: Options) -> None:
    """Raise QuestionError for what only says how a text is written."""
    for name in ("delimiter", "decimal", "encoding"):
        if getattr(options, name) is not None:
            raise QuestionError(f"--{name} says how a text file is written, and this is none; leave it out")


def _step(schema: pa.Schema) -> int:
    """Number of rows in a block: fewer where there are many columns."""
    return max(1, min(ROWS, CELLS // max(1, len(schema))))
