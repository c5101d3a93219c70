"""A text file read block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pyarrow as pa

from bn.cohort.files.dialect import Dialect, Head, find_head
from bn.cohort.files.encoding import Encoding
from bn.cohort.files.framing import frame
from bn.cohort.files.marks import decimal_mark
from bn.cohort.files.options import Options
from bn.cohort.files.stream import Stream, open_stream
from bn.cohort.files.textblock import TextBlock
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.unitrow import LOOKED_AT, with_unit_rows
from bn.cohort.reading.unread import known_headings
from bn.core.errors import RunError
from bn.core.names import Names

SAMPLE = 1 << 20
ROWS = 1 << 16
FEWEST, MOST = 1 << 16, 1 << 23
LONGEST_LINE = 1 << 26


@dataclass
class _Text:
    """The text in the encoding that is worked on, piece by piece; `over` when nothing follows."""

    stream: Stream
    convert: Callable[[bytes, bool], bytes]
    over: bool = False

    def more(self, length: int) -> bytes:
        piece = self.stream.read(length)
        self.over = not piece
        return self.convert(piece, self.over)


@dataclass
class TextSource:
    """A text file whose header is read. `block_size` is the number of bytes that are read at a time."""

    head: Head
    dialect: Dialect
    headings: Headings
    stream: Stream
    block_size: int
    _text: _Text
    _rest: bytes
    place: str = field(default="line", init=False)
    one_dictionary: bool = field(default=False, init=False)

    @property
    def title(self) -> str:
        """How the file was read."""
        return f"read as {self.dialect}"

    @property
    def schema(self) -> pa.Schema:
        """The columns as they are carried over into a table: as text."""
        return pa.schema([pa.field(header, pa.string()) for header in self.head.headers])

    @property
    def size(self) -> int | None:
        """Bytes on the disk, None for a pipe."""
        return self.stream.size

    @property
    def taken(self) -> int:
        """Bytes taken from the disk so far."""
        return self.stream.taken

    def blocks(self) -> Iterator[TextBlock]:
        """Blocks of whole records, in order. Raises RunError for a line that never ends."""
        rest, line = self._rest, 1 + self.head.lines
        while True:
            records = frame(rest, self.dialect.delimiter, self._text.over)
            if len(records.ends):
                yield TextBlock(rest, records, line, self.head.headers, self.dialect)
            rest = rest[records.length :]
            line += records.line_endings
            if self._text.over:
                return
            if len(rest) > LONGEST_LINE:
                raise RunError(f"line {line} is longer than {LONGEST_LINE >> 20} MB; is this a text file?")
            rest += self._text.more(max(self.block_size, len(rest)))  # a long record is not looked through each time


@contextmanager
def open_text(source: str, names: Names, options: Options) -> Iterator[TextSource]:
    """A text file, `-` for standard input. Raises QuestionError for a header that cannot be used."""
    with open_stream(source) as stream:
        first = stream.read(SAMPLE)
        encoding = Encoding.named(options.encoding, first) if options.encoding else Encoding.of(first)
        text = _Text(stream, encoding.incoming(), not first)
        rest = text.convert(first, text.over)
        while not text.over and len(rest) < SAMPLE:
            rest += text.more(SAMPLE)
        while (head := find_head(rest, encoding, names, options, text.over)) is None:
            if len(rest) > LONGEST_LINE:
                raise RunError(f"the header is longer than {LONGEST_LINE >> 20} MB; is this a text file?")
            rest += text.more(max(SAMPLE, len(rest)))
        headings = known_headings(names, head.headers, options.meaning, options.require)
        rest = rest[head.length :]
        records = frame(rest, head.dialect.delimiter, text.over)
        sample = TextBlock(rest, records, 1, head.headers, head.dialect)
        mean = records.length // max(1, len(records.ends))
        block_size = min(MOST, max(FEWEST, ROWS * mean))
        decimal = options.decimal or _decimal(sample, headings)
        dialect = replace(head.dialect, decimal=decimal or ".", settled=decimal is not None)
        headings = _with_units(headings, replace(sample, dialect=dialect, line=1 + head.lines), options)
        yield TextSource(head, dialect, headings, stream, block_size, text, rest)


def _with_units(headings: Headings, sample: TextBlock, options: Options) -> Headings:
    """The headings with the units of a first row that holds some."""
    stops = sample.records.stops[: 2 * LOOKED_AT]
    if not len(stops):
        return headings
    data = sample.data[: stops[-1]]
    top = replace(sample, data=data, records=frame(data, sample.dialect.delimiter, True))
    return with_unit_rows(headings, lambda position: top.ragged(position, options), top.rows, "line", top.places)


def _decimal(sample: TextBlock, headings: Headings) -> str | None:
    """The decimal mark of the recognized numbers, None where none tells; a point where commas stand between cells."""
    if sample.dialect.delimiter == b",":
        return "."
    numeric = [position for position, holds in headings.numeric.items() if holds]
    return decimal_mark([cell for position in numeric for cell in sample.distinct(position)])
