"""A text file read block by block: blocks of whole records, whose rows and cells are found by their positions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bn.cohort.files.blocks import Column, Fault, Source, stretches
from bn.cohort.files.places import Options
from bn.cohort.files.text_format import Dialect, Encoding, Stream, find_head, open_stream
from bn.cohort.files.text_numbers import decimal_mark, read_texts
from bn.cohort.files.text_records import QUOTE, Records, frame
from bn.cohort.reading.cells import Cells
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.unit_rows import LOOKED_AT, with_unit_rows
from bn.cohort.reading.unread import known_headings
from bn.core.errors import RunError
from bn.core.evidence import Indices
from bn.core.names import Names

SAMPLE = 1 << 20
ROWS = 1 << 16
FEWEST, MOST = 1 << 16, 1 << 23
LONGEST_LINE = 1 << 26


@dataclass(frozen=True)
class TextBlock:
    """`records` of `data`, the first of them on line `line` (from 1) of a file with these `headers`.

    Each record is a row, except that a blank line is one only where the table has a single column. No byte is looked
    at twice. See `bn.cohort.files.blocks.Block`.
    """

    data: bytes
    records: Records
    line: int
    headers: tuple[str, ...]
    dialect: Dialect

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self._ends)

    @property
    def blank_lines(self) -> int:
        """Number of blank lines that are no rows."""
        return len(self.records.ends) - self.rows

    @cached_property
    def places(self) -> Indices:
        """Line of each row."""
        return self.line + self.records.lines[self._is_row]

    @cached_property
    def faults(self) -> Mapping[int, Fault]:
        """Rows with an unclosed quote, or with more or fewer cells than the header."""
        row_of = np.cumsum(self._is_row) - 1
        unclosed = {int(row_of[record]): one.fault for record, one in self.records.scanned.items() if one.fault}
        uneven = np.flatnonzero(self._count != len(self.headers)).tolist()
        return {row: self._fault(row, unclosed.get(row)) for row in sorted({*uneven, *unclosed})}

    def _fault(self, row: int, unclosed: str | None) -> Fault:
        count, expected = int(self._count[row]), len(self.headers)
        line, surplus = f"line {self.places[row]}", ""
        if count > expected:
            after = self._delimiters[self._first[row] + expected - 1] + 1
            surplus = self.dialect.encoding.read(self.data[after : self._ends[row]])
        kind = unclosed or ("too few cells" if count < expected else "too many cells")
        text = unclosed or f"{count} cell{'s' * (count != 1)}, expected {expected}"
        return Fault(kind, f"{line}: {text}", max(0, expected - count), surplus)

    def column(self, position: int, numeric: bool, options: Options) -> Column:
        """The cells under one header; rows with a fault have none."""
        return read_texts(self._cells(position, self._whole), self.dialect, numeric, options)

    def every_cell(self, position: int, options: Options) -> Cells:
        """The cells under one header of every row that has it, as texts."""
        return read_texts(self._cells(position, self._count > position), self.dialect, False, options).cells

    def ids(self, position: int) -> pa.BinaryArray:
        """The cells under one header as they came."""
        return self._cells(position, self._whole).drop_null()

    def text(self, dialect: Dialect) -> tuple[memoryview, Indices]:
        """The records as they came, and the position after each row's last character."""
        return memoryview(self.data)[: self.records.length], self._ends

    def table(self) -> pa.RecordBatch:
        """Every column as text, null where a row has no such cell."""
        columns = []
        for position in range(len(self.headers)):
            encoded = self._cells(position, self._count > position).dictionary_encode()
            texts = pa.array([self.dialect.read(cell) for cell in encoded.dictionary.to_pylist()], pa.string())
            columns.append(texts.take(encoded.indices))
        return pa.RecordBatch.from_arrays(columns, names=list(self.headers))

    def _cells(self, position: int, there: NDArray[np.bool_]) -> pa.BinaryArray:
        """Cells of one column as they came, null where not `there`; rows that are `there` must have one."""
        is_last = position == len(self.headers) - 1
        if self._is_even:
            table = self._delimiters.reshape(self.rows, -1)
            starts = table[:, position - 1] + 1 if position else self._starts
            ends = self._ends if is_last else table[:, position]
        else:
            after = np.append(self._delimiters, 0)
            at = np.minimum(self._first + position, len(self._delimiters))
            starts = after[at - 1] + 1 if position else self._starts
            ends = np.where(self._count - 1 > position, after[at], self._ends)
        if not there.all():
            starts, ends = (np.where(there, bounds, self._ends) for bounds in (starts, ends))
        return stretches(self.data, starts, ends, there)

    @cached_property
    def _whole(self) -> NDArray[np.bool_]:
        """Rows without a fault."""
        whole = np.ones(self.rows, dtype=bool)
        whole[list(self.faults)] = False
        return whole

    @cached_property
    def _record_starts(self) -> Indices:
        return np.append(0, self.records.stops[:-1])[: len(self.records.stops)]

    @cached_property
    def _is_row(self) -> NDArray[np.bool_]:
        """Which records are rows."""
        return np.asarray((self.records.ends > self._record_starts) | (len(self.headers) == 1))

    @cached_property
    def _starts(self) -> Indices:
        """Position of the first character of each row."""
        return self._record_starts[self._is_row]

    @cached_property
    def _ends(self) -> Indices:
        """Position after the last character of each row."""
        return self.records.ends[self._is_row]

    @cached_property
    def _first(self) -> Indices:
        """Place of each row's first delimiter among all."""
        if self._is_even:
            return np.arange(0, len(self._delimiters), len(self.headers) - 1)
        return np.searchsorted(self._delimiters, self._starts)

    @cached_property
    def _count(self) -> Indices:
        """Number of cells of each row."""
        if self._is_even:
            return np.full(self.rows, len(self.headers))
        return np.searchsorted(self._delimiters, self._ends) - self._first + 1

    @cached_property
    def _is_even(self) -> bool:
        """Whether every row has as many cells as the header, more than one: the delimiters then make a table."""
        each = len(self.headers) - 1
        if not (each and self.rows and len(self._delimiters) == each * self.rows):
            return False
        table = self._delimiters.reshape(self.rows, each)
        return bool((table[:, 0] >= self._starts).all() and (table[:, -1] < self._ends).all())

    @cached_property
    def _delimiters(self) -> Indices:
        """Positions of the delimiters between cells."""
        text = np.frombuffer(self.data, np.uint8)[: self.records.length]
        found = np.flatnonzero(text == self.dialect.delimiter[0])
        if QUOTE not in self.data:
            return found
        quotes, free = text == QUOTE[0], np.ones(len(text), dtype=bool)
        apart: list[int] = []
        for start, stop in self.records.bare:
            quotes[start:stop] = False
        for record, scanned in self.records.scanned.items():
            quotes[self._record_starts[record] : scanned.end] = False
            free[self._record_starts[record] : scanned.end] = False
            apart += scanned.delimiters
        inside = np.cumsum(quotes, dtype=np.uint8)[found] % 2
        kept = found[(inside == 0) & free[found]]
        return np.sort(np.append(kept, np.array(apart, dtype=np.int64)))


@dataclass
class _Text:
    """The text in the encoding that is worked on, piece by piece; `is_over` when nothing follows."""

    stream: Stream
    convert: Callable[[bytes, bool], bytes]
    is_over: bool = False

    def more(self, length: int) -> bytes:
        piece = self.stream.read(length)
        self.is_over = not piece
        return self.convert(piece, self.is_over)


@dataclass
class TextSource(Source):
    """A text file whose header is read; `block_size` is the number of bytes that are read at a time.

    `rest` is the text after the header that was read already, from line `line` on.
    """

    block_size: int
    text: _Text
    rest: bytes
    line: int

    def blocks(self) -> Iterator[TextBlock]:
        """Blocks of whole records, in order. Raises RunError for a line that never ends."""
        rest, line = self.rest, self.line
        while True:
            records = frame(rest, self.dialect.delimiter, self.text.is_over)
            self.taken = self.text.stream.taken
            if len(records.ends):
                yield TextBlock(rest, records, line, self.headings.headers, self.dialect)
            rest = rest[records.length :]
            line += records.line_endings
            if self.text.is_over:
                return
            if len(rest) > LONGEST_LINE:
                raise RunError(f"line {line} is longer than {LONGEST_LINE >> 20} MB; is this a text file?")
            rest += self.text.more(max(self.block_size, len(rest)))  # a long record is not looked through each time


@contextmanager
def open_text(source: str, names: Names, options: Options) -> Iterator[TextSource]:
    """A text file, `-` for standard input. Raises QuestionError for a header that cannot be used."""
    with open_stream(source) as stream:
        start = stream.read(SAMPLE)
        encoding = Encoding.named(options.encoding, start) if options.encoding else Encoding.of(start)
        text = _Text(stream, encoding.incoming(), not start)
        rest = text.convert(start, text.is_over)
        while not text.is_over and len(rest) < SAMPLE:
            rest += text.more(SAMPLE)
        while (head := find_head(rest, encoding, names, options, text.is_over)) is None:
            if len(rest) > LONGEST_LINE:
                raise RunError(f"the header is longer than {LONGEST_LINE >> 20} MB; is this a text file?")
            rest += text.more(max(SAMPLE, len(rest)))
        headings = known_headings(names, head.headers, options)
        rest = rest[len(head.written + head.ending) :]
        records = frame(rest, head.dialect.delimiter, text.is_over)
        sample = TextBlock(rest, records, 1 + head.lines, head.headers, head.dialect)
        mean = records.length // max(1, len(records.ends))
        decimal = options.decimal or _decimal(sample, headings)
        dialect = replace(head.dialect, decimal=decimal or ".", settled=decimal is not None)
        headings = _with_units(headings, replace(sample, dialect=dialect), options)
        yield TextSource(
            headings=headings,
            title=f"read as {dialect}",
            place="line",
            dialect=dialect,
            header=head.written,
            ending=head.ending,
            schema=pa.schema([pa.field(header, pa.string()) for header in head.headers]),
            one_dictionary=False,
            size=stream.size,
            block_size=min(MOST, max(FEWEST, ROWS * mean)),
            text=text,
            rest=rest,
            line=sample.line,
        )


def _with_units(headings: Headings, sample: TextBlock, options: Options) -> Headings:
    """The headings with the units of a first row that holds some."""
    stops = sample.records.stops[: 2 * LOOKED_AT]
    if not len(stops):
        return headings
    data = sample.data[: stops[-1]]
    top = replace(sample, data=data, records=frame(data, sample.dialect.delimiter, True))
    return with_unit_rows(headings, lambda position: top.every_cell(position, options), "line", top.places)


def _decimal(sample: TextBlock, headings: Headings) -> str | None:
    """The decimal mark of the recognized numbers, None where none shows it; a point where commas divide cells."""
    if sample.dialect.delimiter == b",":
        return "."
    numeric = [position for position, heading in headings.every.items() if heading.numeric]
    return decimal_mark([cell for position in numeric for cell in sample.ids(position).unique().to_pylist()])
