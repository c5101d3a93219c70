"""A sheet of an Excel workbook, read by openpyxl row by row; its cells are text, as those of text files are.

The first row that holds anything has the headers; rows are called by the numbers that Excel shows. Blank rows are no
data. What Excel shows for a failed formula (`#DIV/0!`) is a cell that cannot be read. Formulas that no program has
computed yet have no values, so a sheet with some is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time
from itertools import chain, islice
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import pyarrow as pa

from bn.cohort.files.arrow import ArrowBlock, headings_of, rows_of_block
from bn.cohort.files.blocks import Fault, Source
from bn.cohort.files.places import Options, needed
from bn.cohort.files.text_format import PLAIN
from bn.core.errors import QuestionError, RunError
from bn.core.names import Names
from cpds.text import quotable

_BROKEN = (BadZipFile, KeyError, ValueError, TypeError, AttributeError, EOFError, SyntaxError, OSError)
"""What openpyxl and the libraries under it raise for a damaged file; XML that breaks off is a SyntaxError."""
_UNCOMPUTED = re.compile(rb'<c (?![^>]*t="str")[^>]*><f[^>]*(?:/>|>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>')
_PIECE, _LONGEST_CELL = 1 << 20, 1 << 14
Row = tuple[int, list[str | None]]
"""The number of a row that holds something, and its cells up to the last that does."""


@dataclass
class SheetSource(Source):
    """The rows of a sheet below its headers."""

    table: Iterator[Row]

    def blocks(self) -> Iterator[ArrowBlock]:
        """Blocks of rows, in order. Raises RunError for a damaged file."""
        step, last = rows_of_block(self.schema), None
        while rows := list(islice(self.table, step)):
            places = np.array([number for number, _ in rows])
            before = places[0] if last is None else last + 1
            blank, last = int(places[-1] - before + 1 - len(places)), int(places[-1])
            self.taken += len(rows)
            yield _block([cells for _, cells in rows], places, self.schema, blank)


@contextmanager
def open_sheet(source: str, names: Names, options: Options) -> Iterator[SheetSource]:
    """A workbook. Raises QuestionError where openpyxl is not installed, for what is none, and for several sheets."""
    openpyxl = needed("openpyxl", "Excel files")
    with open(source, "rb") as raw:
        try:
            book = openpyxl.load_workbook(raw, read_only=True, data_only=True)
        except _BROKEN as error:
            raise QuestionError(f"no Excel workbook, or a damaged one: {quotable(str(error))}") from None
        try:
            sheet = _chosen(book.worksheets, options.sheet)
            _refuse_uncomputed(source, sheet)
            table = _rows(sheet)
            first = next(table, None)
            if first is None:
                raise QuestionError(f"sheet '{quotable(sheet.title)}' is empty")
            headers = ["" if cell is None else cell.strip() for cell in first[1]]
            schema = pa.schema([pa.field(header, pa.string()) for header in headers])
            start = list(islice(table, rows_of_block(schema)))
            top = _block([cells for _, cells in start], np.array([number for number, _ in start]), schema)
            yield SheetSource(
                headings=headings_of(names, schema, [top], options),
                title=f"read as Excel, sheet '{quotable(sheet.title)}'",
                place="row",
                dialect=PLAIN,
                header=PLAIN.added(headers)[1:],
                ending=b"\n",
                schema=schema,
                one_dictionary=False,
                size=None,
                table=chain(start, table),
            )
        finally:
            book.close()


def _chosen(sheets: Sequence[Any], wanted: str | None) -> Any:
    """The sheet of a name; without one, the only sheet that holds anything."""
    if wanted is not None:
        for sheet in sheets:
            if sheet.title == wanted:
                return sheet
        raise QuestionError(f"no sheet '{quotable(wanted)}'; the workbook has {_titles(sheets)}")
    filled = [sheet for sheet in sheets if next(_rows(sheet), None) is not None]
    if not filled:
        raise QuestionError("the workbook is empty")
    if len(filled) > 1:
        raise QuestionError(f"the workbook has {len(filled)} sheets, {_titles(filled)}; name one with --sheet")
    return filled[0]


def _refuse_uncomputed(source: str, sheet: Any) -> None:
    """Raise QuestionError for formulas without values, which would be read as empty cells."""
    try:
        with ZipFile(source) as parts, parts.open(sheet._worksheet_path) as xml:
            uncomputed = _has_uncomputed(xml)
    except _BROKEN as error:
        raise RunError(f"the file is damaged: {quotable(str(error))}") from None
    if uncomputed:
        found = f"sheet '{quotable(sheet.title)}' has formulas that were never computed"
        raise QuestionError(f"{found}; open the file in Excel and save it")


def _has_uncomputed(xml: IO[bytes]) -> bool:
    end = b""
    while piece := xml.read(_PIECE):
        if _UNCOMPUTED.search(end + piece):
            return True
        end = piece[-_LONGEST_CELL:]
    return False


def _titles(sheets: Sequence[Any]) -> str:
    return ", ".join(quotable(sheet.title) for sheet in sheets)


def _rows(sheet: Any) -> Iterator[Row]:
    """The rows that hold something."""
    sheet.reset_dimensions()  # which some programs write wrongly
    try:
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            texts = [_text(cell) for cell in cells]
            while texts and texts[-1] is None:
                texts.pop()
            if texts:
                yield number, texts
    except _BROKEN as error:
        raise RunError(f"the file is damaged: {quotable(str(error))}") from None


def _text(value: Any) -> str | None:
    """A cell as text, None for an empty one; a day without a time is a date.

    >>> _text(27.0), _text(0.1), _text(True), _text(" "), _text(datetime(2024, 5, 31))
    ('27', '0.1', 'true', None, '2024-05-31')
    """
    if value is None or isinstance(value, str):
        return value if value and value.strip() else None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value)


def _block(rows: Sequence[list[str | None]], places: Any, schema: pa.Schema, blank: int = 0) -> ArrowBlock:
    """Rows as columns of text; cells beyond the headers are a fault of their row."""
    width = len(schema)
    faults = {
        at: Fault(
            "too many cells", f"row {places[at]}: {len(cells)} cells, expected {width}", 0, _joined(cells[width:])
        )
        for at, cells in enumerate(rows)
        if len(cells) > width
    }
    filled = [cells[:width] + [None] * (width - len(cells)) for cells in rows]
    columns = [pa.array([cells[position] for cells in filled], pa.string()) for position in range(width)]
    return ArrowBlock(pa.RecordBatch.from_arrays(columns, schema=schema), places, faults, blank)


def _joined(cells: Sequence[str | None]) -> str:
    return ",".join(cell or "" for cell in cells)
