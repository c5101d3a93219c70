"""How a text file is packed, encoded and delimited: found from its bytes, header and first records.

Work is done on bytes in which ASCII stands for itself. Where it does not (UTF-16) the text is turned into UTF-8 as
it comes and back as it goes, which returns every byte.
"""

from __future__ import annotations

import codecs
import gzip
import os
import re
import stat
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO, cast

from bn.cohort.files.places import PIPE, Options
from bn.cohort.files.text_records import Scanned, scan
from bn.cohort.reading.dictionaries import said_headers
from bn.core.errors import QuestionError, RunError
from bn.core.lexicon import flat
from bn.core.names import Names

DELIMITERS = b",;\t|"
_BOM = codecs.BOM_UTF8
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_START = 32
_ASCII = bytes(range(128))
_GZIP = b"\x1f\x8b"
_SEPARATOR_LINE = re.compile(rb'"?sep=(?P<mark>[^\r\n"])"?(?:\r\n|\r|\n)', re.IGNORECASE)
_BLANK = re.compile(rb"[\r\n]*")
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class Stream:
    """Unpacked bytes; `size` is the number of bytes on the disk, None where it is not known beforehand."""

    file: BinaryIO
    raw: BinaryIO
    size: int | None

    def read(self, length: int) -> bytes:
        """Up to so many bytes, none at the end. Raises RunError when packed data break off or are damaged."""
        try:
            return self.file.read(length)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise RunError(f"the packed file is damaged or not whole: {error}") from None

    @property
    def taken(self) -> int:
        """Bytes taken from the disk so far, 0 for a pipe."""
        return 0 if self.size is None else self.raw.tell()


@contextmanager
def open_stream(source: str) -> Iterator[Stream]:
    """The bytes of a file, or of standard input where it is called `-`; gzip is known by its first bytes."""
    if source == PIPE:
        yield _unpacked(cast(BinaryIO, sys.stdin.buffer), None)
        return
    with open(source, "rb") as file:
        status = os.fstat(file.fileno())
        yield _unpacked(file, status.st_size if stat.S_ISREG(status.st_mode) else None)


def _unpacked(raw: BinaryIO, size: int | None) -> Stream:
    packed = raw.peek(2)[:2] == _GZIP  # type: ignore[attr-defined]  # both kinds of files here are buffered
    return Stream(cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw, raw, size)


@dataclass(frozen=True)
class Encoding:
    """A codec by its Python name."""

    codec: str

    @classmethod
    def named(cls, name: str, head: bytes) -> Encoding:
        """The encoding a user names; UTF-16 takes its byte order from the mark in `head`, or little-endian.

        Raises QuestionError for one that is unknown or in which a delimiter may be part of a character.
        """
        try:
            codec = codecs.lookup(name).name
        except LookupError:
            raise QuestionError(
                f"unknown encoding '{name}'; expected utf-8, utf-16, latin-1, cp1252 or the like"
            ) from None
        if codec in ("utf-8", "utf-8-sig"):
            return cls("utf-8")
        if codec in ("utf-16", "utf-16-le", "utf-16-be"):
            return cls(_UTF16.get(head[:2], "utf-16-le") if codec == "utf-16" else codec)
        if len(bytes(range(256)).decode(codec, "replace")) != 256 or _ASCII.decode(codec, "replace") != _ASCII.decode():
            raise QuestionError(f"encoding '{name}' is not supported; convert the file to UTF-8")
        return cls(codec)

    @classmethod
    def of(cls, head: bytes) -> Encoding:
        """The encoding of a text by its start: UTF-16 by mark or zeros, UTF-8 where that is valid, else Latin-1."""
        if head[:2] in _UTF16:
            return cls(_UTF16[head[:2]])
        for first, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
            if set(head[first:_START:2]) == {0} and 0 not in head[1 - first : _START : 2]:
                return cls(codec)
        try:
            codecs.getincrementaldecoder("utf-8")().decode(head)
        except UnicodeDecodeError:
            return cls("iso8859-1")
        return cls("utf-8")

    @property
    def wide(self) -> bool:
        """Whether a character takes two bytes or more, so that the text is worked on as UTF-8."""
        return self.codec.startswith("utf-16")

    @property
    def title(self) -> str:
        """The name people use."""
        return {"iso8859-1": "Latin-1"}.get(self.codec, self.codec.upper())

    def incoming(self) -> Callable[[bytes, bool], bytes]:
        """Turns a file's bytes, piece by piece, into those that are worked on; the flag marks the last piece."""
        if not self.wide:
            return lambda piece, last: piece
        decoder = codecs.getincrementaldecoder(self.codec)("surrogatepass")

        def convert(piece: bytes, last: bool) -> bytes:
            try:
                return decoder.decode(piece, last).encode("utf-8", "surrogatepass")
            except UnicodeDecodeError as error:
                raise RunError(f"cannot be read as {self.title}: {error.reason}") from None

        return convert

    def outgoing(self, text: bytes) -> bytes:
        """Bytes that were worked on, as they stand in the file."""
        return text.decode("utf-8", "surrogatepass").encode(self.codec, "surrogatepass") if self.wide else text

    def read(self, text: bytes) -> str:
        """A cell as text; one that is not valid in this encoding is read as Latin-1."""
        try:
            return text.decode("utf-8" if self.wide else self.codec)
        except UnicodeDecodeError:
            return text.decode("latin-1")

    def write(self, text: str) -> bytes:
        """Text to be added; characters that the encoding lacks become question marks."""
        return text.encode("utf-8" if self.wide else self.codec, "replace")


@dataclass(frozen=True)
class Dialect:
    """Encoding, delimiter (one byte) and decimal mark, which is not `settled` where it is only supposed."""

    encoding: Encoding
    delimiter: bytes
    decimal: str = "."
    settled: bool = True

    @property
    def around(self) -> tuple[bytes, bytes]:
        """What is put before and after an added number: the delimiter, and quotes where it is the decimal mark too."""
        return (self.delimiter + b'"', b'"') if self.delimiter == self.decimal.encode() else (self.delimiter, b"")

    def cell(self, text: str) -> bytes:
        """A cell that holds the text on one line, in quotes where it needs them."""
        written = self.encoding.write(" ".join(text.splitlines()))
        quoted = b'"' in written or self.delimiter in written
        return b'"' + written.replace(b'"', b'""') + b'"' if quoted else written

    def added(self, texts: Sequence[str]) -> bytes:
        """Cells to be added to a record, each with its delimiter."""
        return b"".join(self.delimiter + self.cell(text) for text in texts)

    def read(self, cell: bytes) -> str:
        """The text of a cell."""
        if len(cell) > 1 and cell.startswith(b'"') and cell.endswith(b'"'):
            cell = cell[1:-1].replace(b'""', b'"')
        return self.encoding.read(cell)

    def __str__(self) -> str:
        names = {b",": "commas", b";": "semicolons", b"\t": "tabs", b"|": "pipes"}
        between = names.get(self.delimiter, f"'{self.delimiter.decode('latin-1')}'")
        comma = ", decimal comma" if self.decimal == "," else ""
        return f"{self.encoding.title}, cells between {between}{comma}"


PLAIN = Dialect(Encoding("utf-8"), b",")
"""How a table is written that was no text."""


@dataclass(frozen=True)
class Head:
    """The header of a text: everything up to its last character, and the line ending after it.

    `lines` counts the line endings.
    """

    written: bytes
    ending: bytes
    headers: tuple[str, ...]
    dialect: Dialect
    lines: int


def find_head(data: bytes, encoding: Encoding, names: Names, options: Options, final: bool) -> Head | None:
    """The header at the beginning of `data`, None when it is not whole.

    A byte-order mark, blank lines and a first line such as `sep=;` may come before it. The delimiter is the one
    that the user or such a line names, else that under which most columns are known, and among these the one that
    makes most columns. Raises QuestionError where there is no header.
    """
    start = len(_BOM) if data.startswith(_BOM) else 0
    named = _SEPARATOR_LINE.match(data, start)
    start = _BLANK.match(data, named.end() if named else start).end()  # type: ignore[union-attr]  # matches nothing too
    if start == len(data):
        if not final:
            return None
        raise QuestionError("empty; expected a header line and rows")
    marks = options.separator.encode() if options.separator else named["mark"] if named else DELIMITERS
    found = {mark: scan(data, start, mark, final) for mark in (marks[place : place + 1] for place in range(len(marks)))}
    if not all(found.values()):
        return None
    clean = {mark: record for mark, record in found.items() if record and record.fault is None}
    if not clean:
        raise QuestionError("the header has an unclosed quote")
    headers = {mark: _headers(data, start, record, Dialect(encoding, mark)) for mark, record in clean.items()}

    said = said_headers(names, options.said)

    def known(header: str) -> bool:
        is_known = names.find_header(header) is not None or names.find_part(header) is not None
        return is_known or header in said or flat(header) in said

    best = max(headers, key=lambda mark: (sum(map(known, headers[mark])), len(headers[mark])))
    end = clean[best].end
    ending = _LINE_END.match(data, end)
    lines = len(_LINE_END.findall(data[:end])) + (ending is not None)
    return Head(data[:end], ending[0] if ending else b"", headers[best], Dialect(encoding, best), lines)


def _headers(data: bytes, start: int, record: Scanned, dialect: Dialect) -> tuple[str, ...]:
    bounds = [start - 1, *record.delimiters, record.end]
    return tuple(dialect.read(data[low + 1 : high]) for low, high in pairwise(bounds))
