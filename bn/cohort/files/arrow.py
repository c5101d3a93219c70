"""Parquet and Arrow files: read batch by batch, and written with results after the columns, in full precision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, BinaryIO, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bn.cohort.files.blocks import Block, Column, Fault, Results, Source
from bn.cohort.files.places import Options
from bn.cohort.files.text_format import PLAIN, Dialect
from bn.cohort.frames.arrow import arrow_cells, without_null
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.labels import ValueLabels
from bn.cohort.reading.unit_rows import LOOKED_AT, with_unit_rows
from bn.cohort.reading.unread import known_headings
from bn.core.errors import QuestionError, RunError
from bn.core.evidence import Indices
from bn.core.names import Names
from cpds.text import quotable

B = TypeVar("B")
ROWS, CELLS = 1 << 16, 1 << 21
"""Rows in a block, and cells: fewer rows where there are many columns."""
LONG, EXACT = 1e9, 2.0**53
"""Whole numbers from the one to the other are written digit by digit."""
_MAGIC = b"ARROW1"
_SPECIAL = r'["\r\n{}]'


@dataclass(frozen=True)
class ArrowBlock:
    """A batch, and the number of each of its rows in the file; see `bn.cohort.files.blocks.Block`."""

    batch: pa.RecordBatch
    places: Indices
    faults: Mapping[int, Fault] = field(default_factory=dict)
    blank_lines: int = 0

    @classmethod
    def after(cls, rows: int, batch: pa.RecordBatch) -> ArrowBlock:
        """A batch before which there are so many rows."""
        return cls(batch, np.arange(rows + 1, rows + 1 + batch.num_rows))

    @classmethod
    def top(cls, batch: pa.RecordBatch) -> ArrowBlock:
        """The first rows of a table."""
        return cls.after(0, batch.slice(0, LOOKED_AT))

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.batch.num_rows)

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
        text = _as_text(column).fill_null("")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise QuestionError(
            f"column '{quotable(name)}' holds {column.type}, which text cannot; write to .arrow"
        ) from None
    special = pc.match_substring_regex(text, pattern=_SPECIAL.format(dialect.delimiter.decode()))
    if not pc.any(special).as_py():
        return text
    doubled = pc.replace_substring(text, pattern='"', replacement='""')
    return pc.if_else(special, pc.binary_join_element_wise(_text('"'), doubled, _text('"'), _text("")), text)


def _as_text(column: pa.Array) -> pa.LargeStringArray:
    """A column as text; whole numbers with all their digits, where Arrow writes an id of eleven as 1.2345678901e+10."""
    text = column.cast(pa.large_string())
    if not pa.types.is_floating(column.type):
        return text
    is_long = pc.and_(pc.greater_equal(pc.abs(column), LONG), pc.less(pc.abs(column), EXACT))
    whole = pc.fill_null(pc.and_(is_long, pc.equal(pc.floor(column), column)), False)
    if not pc.any(whole).as_py():
        return text
    return pc.if_else(whole, pc.if_else(whole, column, 0.0).cast(pa.int64()).cast(pa.large_string()), text)


def _text(text: str) -> pa.LargeStringScalar:
    return pa.scalar(text, pa.large_string())


@dataclass
class ArrowSource(Source):
    """A table whose columns are known, as batches; its rows are counted."""

    batches: Iterable[pa.RecordBatch]

    def blocks(self) -> Iterator[ArrowBlock]:
        """Blocks of rows, in order. Raises RunError for a damaged file."""
        batches, step = iter(self.batches), rows_of_block(self.schema)
        while (batch := _next(batches)) is not None:
            for start in range(0, batch.num_rows, step):
                part = batch.slice(start, step)
                yield ArrowBlock.after(self.taken, part)
                self.taken += part.num_rows


@contextmanager
def open_parquet(source: str, names: Names, options: Options) -> Iterator[ArrowSource]:
    """A Parquet file. Raises QuestionError for what is none, or columns that cannot be used."""
    import pyarrow.parquet as pq

    with open(source, "rb") as raw:
        try:
            file = pq.ParquetFile(raw, pre_buffer=False)
        except pa.ArrowException as error:
            raise QuestionError(f"no Parquet file: {error}") from None
        schema, rows = file.schema_arrow, file.metadata.num_rows
        headings = headings_of(names, schema, map(ArrowBlock.top, file.iter_batches(batch_size=LOOKED_AT)), options)
        batches = file.iter_batches(batch_size=rows_of_block(schema))
        header = PLAIN.added(schema.names)[1:]
        yield ArrowSource(headings, "read as Parquet", "row", PLAIN, header, b"\n", schema, False, rows, batches)


@contextmanager
def open_arrow(source: str, names: Names, options: Options) -> Iterator[ArrowSource]:
    """An Arrow (IPC, Feather) file or stream. Raises QuestionError as `open_parquet` does."""
    with open(source, "rb") as raw:
        is_file = raw.peek(len(_MAGIC))[: len(_MAGIC)] == _MAGIC
        try:
            reader = pa.ipc.open_file(raw) if is_file else pa.ipc.open_stream(raw)
        except (pa.ArrowException, OSError) as error:  # a stream that breaks off is an OSError without a name
            raise QuestionError(f"no Arrow file: {error}") from None
        batches = map(reader.get_batch, range(reader.num_record_batches)) if is_file else iter(reader)
        first = _next(batches)
        before, schema = [] if first is None else [first], reader.schema
        headings = headings_of(names, schema, map(ArrowBlock.top, before), options)
        header, batches = PLAIN.added(schema.names)[1:], chain(before, batches)
        yield ArrowSource(headings, "read as Arrow", "row", PLAIN, header, b"\n", schema, is_file, None, batches)


def _next(batches: Iterator[B]) -> B | None:
    """The next batch or block, None after the last. Raises RunError for a damaged file."""
    try:
        return next(batches, None)
    except (pa.ArrowException, OSError) as error:
        raise RunError(f"the file is damaged: {error}") from None


def headings_of(
    names: Names,
    schema: pa.Schema,
    blocks: Iterable[ArrowBlock],
    options: Options,
    labels: Mapping[int, ValueLabels] | None = None,
    titles: Mapping[int, str] | None = None,
) -> Headings:
    """The headings, with the units of a first row that holds some, which columns of numbers cannot."""
    headings = replace(known_headings(names, schema.names, options), labels=labels or {}, titles=titles or {})
    kinds = [schema.field(position).type for position, heading in headings.columns.items() if heading.numeric]
    of_text = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_dictionary)
    has_text = any(is_text(kind) for kind in kinds for is_text in of_text)
    top = _next(iter(blocks)) if has_text else None
    if top is None:
        return headings
    return with_unit_rows(headings, lambda at: top.column(at, False, options).cells, "row", top.places[:LOOKED_AT])


def rows_of_block(schema: pa.Schema) -> int:
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
        numbers = [pa.array(column, mask=blank | np.isnan(column)) for column in results.numbers]
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
