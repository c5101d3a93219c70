"""Parquet and Arrow files: read batch by batch, and written with results after the columns, in full precision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bn.cohort.files.blocks import Block, Column, Fault, Results, Source
from bn.cohort.files.places import Options
from bn.cohort.files.text_format import PLAIN, Dialect
from bn.cohort.frames.arrow import arrow_cells, without_null
from bn.cohort.reading.headings import LOOKED_AT, Headings, with_unit_rows
from bn.cohort.reading.unread import known_headings
from bn.core.errors import QuestionError, RunError
from bn.core.evidence import Indices
from bn.core.names import Names
from cpds.text import quotable

ROWS, CELLS = 1 << 16, 1 << 21
"""Rows in a block, and cells: fewer rows where there are many columns."""
_MAGIC = b"ARROW1"
_SPECIAL = r'["\r\n{}]'


@dataclass(frozen=True)
class ArrowBlock:
    """A batch whose first row has number `first` (from 1) in the file; see `bn.cohort.files.blocks.Block`."""

    batch: pa.RecordBatch
    first: int
    faults: Mapping[int, Fault] = field(default_factory=dict, init=False)
    blank_lines: int = field(default=0, init=False)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.batch.num_rows)

    @property
    def places(self) -> Indices:
        """Number of each row."""
        return np.arange(self.first, self.first + self.rows)

    def column(self, position: int, numeric: bool, options: Options) -> Column:
        """The cells of one column; `numeric` matters in text only."""
        cells = arrow_cells(self.batch.column(position), options.missing_texts)
        return Column(cells.without(np.isin(cells.numbers, options.missing_numbers)))

    def ids(self, position: int) -> pa.Array:
        """The cells of one column, without a dictionary."""
        column = self.batch.column(position)
        return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column

    def text(self, dialect: Dialect) -> tuple[memoryview, Indices]:
        """The rows as text, missing values as empty cells, and the position after each row's last character.

        Raises QuestionError for a column whose values are no single thing.
        """
        cells = [
            _cells(name, column, dialect)
            for name, column in zip(self.batch.schema.names, self.batch.columns, strict=True)
        ]
        rows = pc.binary_join_element_wise(*cells, _text(dialect.delimiter.decode()))
        ended = pc.binary_join_element_wise(rows, _text("\n"), _text(""))
        stops = np.frombuffer(ended.buffers()[1], np.int64)[ended.offset : ended.offset + len(ended) + 1]
        text = memoryview(ended.buffers()[2]) if len(ended) else memoryview(b"")
        return text[stops[0] : stops[-1]], stops[1:] - stops[0] - 1

    def table(self) -> pa.RecordBatch:
        """The batch as it came."""
        return self.batch


def _cells(name: str, column: pa.Array, dialect: Dialect) -> pa.LargeStringArray:
    """A column as cells, in quotes where needed."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    try:
        text = column.cast(pa.large_string()).fill_null("")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise QuestionError(
            f"column '{quotable(name)}' holds {column.type}, which text cannot; write to .arrow"
        ) from None
    special = pc.match_substring_regex(text, pattern=_SPECIAL.format(dialect.delimiter.decode()))
    if not pc.any(special).as_py():
        return text
    doubled = pc.replace_substring(text, pattern='"', replacement='""')
    return pc.if_else(special, pc.binary_join_element_wise(_text('"'), doubled, _text('"'), _text("")), text)


def _text(text: str) -> pa.LargeStringScalar:
    return pa.scalar(text, pa.large_string())


@dataclass
class ArrowSource(Source):
    """A table whose columns are known, as batches; its rows are counted."""

    batches: Iterable[pa.RecordBatch]

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

    options.refuse_text_format()
    with open(source, "rb") as raw:
        try:
            file = pq.ParquetFile(raw, pre_buffer=False)
        except pa.ArrowException as error:
            raise QuestionError(f"no Parquet file: {error}") from None
        schema, rows = file.schema_arrow, file.metadata.num_rows
        headings = _headings(names, schema, file.iter_batches(batch_size=LOOKED_AT), options)
        batches = file.iter_batches(batch_size=_step(schema))
        header = PLAIN.added(schema.names)[1:]
        yield ArrowSource(headings, "read as Parquet", "row", PLAIN, header, b"\n", schema, False, rows, batches)


@contextmanager
def open_arrow(source: str, names: Names, options: Options) -> Iterator[ArrowSource]:
    """An Arrow (IPC, Feather) file or stream. Raises QuestionError as `open_parquet` does."""
    options.refuse_text_format()
    with open(source, "rb") as raw:
        is_file = raw.peek(len(_MAGIC))[: len(_MAGIC)] == _MAGIC
        try:
            reader = pa.ipc.open_file(raw) if is_file else pa.ipc.open_stream(raw)
        except (pa.ArrowException, OSError) as error:  # a stream that breaks off is an OSError without a name
            raise QuestionError(f"no Arrow file: {error}") from None
        batches = map(reader.get_batch, range(reader.num_record_batches)) if is_file else iter(reader)
        first = _next(batches)
        before, schema = [] if first is None else [first], reader.schema
        headings = _headings(names, schema, before, options)
        header, batches = PLAIN.added(schema.names)[1:], chain(before, batches)
        yield ArrowSource(headings, "read as Arrow", "row", PLAIN, header, b"\n", schema, is_file, None, batches)


def _next(batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
    """The next batch, None after the last. Raises RunError for a damaged file."""
    try:
        return next(batches, None)
    except (pa.ArrowException, OSError) as error:
        raise RunError(f"the file is damaged: {error}") from None


def _headings(names: Names, schema: pa.Schema, batches: Iterable[pa.RecordBatch], options: Options) -> Headings:
    """The headings, with the units of a first row that holds some, which columns of numbers cannot."""
    headings = known_headings(names, schema.names, options)
    kinds = [schema.field(position).type for position, heading in headings.columns.items() if heading.numeric]
    of_text = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_dictionary)
    has_text = any(is_text(kind) for kind in kinds for is_text in of_text)
    first = _next(iter(batches)) if has_text else None
    if first is None:
        return headings
    top = ArrowBlock(first.slice(0, LOOKED_AT), 1)
    return with_unit_rows(headings, lambda at: top.column(at, False, options).cells, "row", top.places)


def _step(schema: pa.Schema) -> int:
    """Number of rows in a block."""
    return max(1, min(ROWS, CELLS // max(1, len(schema))))


@dataclass(frozen=True)
class ArrowSink:
    """A table being written: input columns as they came, text ones as text, then results, null where a row has none.

    `without_nulls` says that dictionaries that hold nulls are made anew without, since Parquet has none.
    """

    schema: pa.Schema
    writer: Any
    without_nulls: bool = False

    def render(self, block: Block, results: Results) -> pa.RecordBatch:
        """The batch to be written for a block."""
        blank = results.blank(block.rows)
        errors = [""] * block.rows
        for row, text in results.errors.items():
            surplus = block.faults[row].surplus if row in block.faults else ""
            errors[row] = f"{text}, found also '{surplus}'" if surplus else text
        columns = block.table().columns
        if self.without_nulls:
            columns = map(without_null, columns)
        inputs = [column.cast(field.type) for column, field in zip(columns, self.schema, strict=False)]
        numbers = [pa.array(column, mask=blank) for column in results.numbers]
        return pa.RecordBatch.from_arrays([*inputs, *numbers, pa.array(errors, pa.string())], schema=self.schema)

    def put(self, rendered: pa.RecordBatch) -> None:
        """Write what was rendered."""
        self.writer.write_batch(rendered)


@contextmanager
def parquet_sink(file: BinaryIO, source: Source, names: Sequence[str]) -> Iterator[ArrowSink]:
    """A Parquet file; no dictionary is sought for results, which are all different.

    Raises QuestionError for columns that it cannot hold.
    """
    import pyarrow.parquet as pq

    schema = _with_results(source.schema, names)
    try:
        writer = pq.ParquetWriter(file, schema, use_dictionary=[*source.schema.names, names[-1]])
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise QuestionError(f"cannot be written as Parquet: {error}") from None
    with writer:
        yield ArrowSink(schema, writer, without_nulls=True)


@contextmanager
def arrow_sink(file: BinaryIO, source: Source, names: Sequence[str]) -> Iterator[ArrowSink]:
    """An Arrow file. It holds one dictionary for a column: where blocks have several, categories are written out."""
    fields = list(source.schema)
    if not source.one_dictionary:
        is_dictionary = pa.types.is_dictionary
        fields = [field.with_type(field.type.value_type) if is_dictionary(field.type) else field for field in fields]
    schema = _with_results(pa.schema(fields, source.schema.metadata), names)
    with pa.ipc.new_file(file, schema) as writer:
        yield ArrowSink(schema, writer)


def _with_results(schema: pa.Schema, names: Sequence[str]) -> pa.Schema:
    doubled = next((name for name in schema.names if schema.names.count(name) > 1), None)
    if doubled is not None:
        raise QuestionError(
            f"column '{doubled}' is given twice, which a table cannot hold; rename one or write to .csv"
        )
    for name in names[:-1]:
        schema = schema.append(pa.field(name, pa.float64()))
    return schema.append(pa.field(names[-1], pa.string()))
