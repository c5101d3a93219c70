"""How a text file writes its cells: found from its header and first records, and used for what is added."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bn.cohort.files.encoding import BOM, Encoding
from bn.cohort.files.options import Options
from bn.cohort.files.scan import Odd, scan
from bn.core.errors import QuestionError
from bn.core.names import Names

DELIMITERS = b",;\t|"
_SAID = re.compile(rb'"?sep=(?P<mark>[^\r\n"])"?(?:\r\n|\r|\n)', re.IGNORECASE)
_BLANK = re.compile(rb"[\r\n]*")
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class Dialect:
    """Encoding, delimiter (one byte) and decimal mark, which is not `settled` where it is only supposed."""

    encoding: Encoding
    delimiter: bytes
    decimal: str = "."
    settled: bool = True

    @property
    def sides(self) -> tuple[bytes, bytes]:
        """What stands before and after an added number: the delimiter, and quotes where it is the decimal mark too."""
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


@dataclass(frozen=True)
class Head:
    """The header of a text: everything up to its last character, and the line ending after it."""

    written: bytes
    ending: bytes
    headers: tuple[str, ...]
    dialect: Dialect

    @property
    def length(self) -> int:
        """Number of bytes."""
        return len(self.written) + len(self.ending)

    @property
    def lines(self) -> int:
        """Number of line endings."""
        return len(_LINE_END.findall(self.written + self.ending))


def find_head(data: bytes, encoding: Encoding, names: Names, options: Options, final: bool) -> Head | None:
    """The header at the beginning of `data`, None when it is not whole.

    A byte-order mark, blank lines and a first line such as `sep=;` may stand before it. The delimiter is the one
    that is said, else that under which most columns are known, and among these the one that makes most columns.
    Raises QuestionError where there is no header.
    """
    start = len(BOM) if data.startswith(BOM) else 0
    said = _SAID.match(data, start)
    start = _BLANK.match(data, said.end() if said else start).end()  # type: ignore[union-attr]  # it matches nothing too
    if start == len(data):
        if not final:
            return None
        raise QuestionError("empty; expected a header line and rows")
    marks = options.separator.encode() if options.separator else said["mark"] if said else DELIMITERS
    found = {mark: scan(data, start, mark, final) for mark in (marks[place : place + 1] for place in range(len(marks)))}
    if not all(found.values()):
        return None
    clean = {mark: odd for mark, odd in found.items() if odd and odd.fault is None}
    if not clean:
        raise QuestionError("the header has an unclosed quote")
    headers = {mark: _headers(data, start, odd, Dialect(encoding, mark)) for mark, odd in clean.items()}
    best = max(headers, key=lambda mark: (_known(headers[mark], names, options.meaning), len(headers[mark])))
    end = clean[best].end
    ending = _LINE_END.match(data, end)
    return Head(data[:end], ending[0] if ending else b"", headers[best], Dialect(encoding, best))


def _headers(data: bytes, start: int, odd: Odd, dialect: Dialect) -> tuple[str, ...]:
    bounds = [start - 1, *odd.delimiters, odd.end]
    return tuple(dialect.read(data[low + 1 : high]) for low, high in pairwise(bounds))


def _known(headers: Sequence[str], names: Names, meaning: Collection[str]) -> int:
    return sum(
        header in meaning or names.find_header(header) is not None or names.find_part(header) is not None
        for header in headers
    )
