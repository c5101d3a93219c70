"""Results written behind records of text."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bn.cohort.files.append import Results, append
from bn.cohort.files.arrowblock import ArrowBlock
from bn.cohort.files.dialect import Dialect
from bn.cohort.files.textblock import TextBlock
from bn.core.errors import QuestionError
from bn.core.evidence import Indices
from cpds.text import quotable

LEVEL = 6
_SPECIAL = r'["\r\n{}]'


@dataclass(frozen=True)
class TextSink:
    """A text file in some dialect; packed with gzip, each block by itself, where `packed` says so."""

    file: BinaryIO
    dialect: Dialect
    packed: bool

    def start(self, header: bytes, ending: bytes, names: Sequence[str]) -> None:
        """Write the header as it came, with the names of the added columns."""
        self.put(self._leaving([header, self.dialect.added(names), ending]))

    def render(self, block: TextBlock | ArrowBlock, results: Results) -> list[bytes | memoryview]:
        """The bytes to be written for a block; several threads may render at once."""
        if isinstance(block, TextBlock):
            lacking = {row: block.lacking(row) for row in block.faults}
            return self._leaving(append(block.text, block.grid.ends, results, lacking, self.dialect))
        return self._leaving(append(*written(block.batch, self.dialect), results, {}, self.dialect))

    def put(self, pieces: Sequence[bytes | memoryview]) -> None:
        """Write what was rendered."""
        for piece in pieces:
            self.file.write(piece)
        self.file.flush()

    def _leaving(self, pieces: Sequence[bytes | memoryview]) -> list[bytes | memoryview]:
        if not (self.dialect.encoding.wide or self.packed):
            return list(pieces)
        text = self.dialect.encoding.outgoing(b"".join(pieces))
        return [gzip.compress(text, LEVEL, mtime=0) if self.packed else text]


def written(batch: pa.RecordBatch, dialect: Dialect) -> tuple[memoryview, Indices]:
    """The rows of a table as text, missing values as empty cells, and where each row's last character ends.

    Raises QuestionError for a column whose values are no single thing.
    """
    cells = [_cells(name, column, dialect) for name, column in zip(batch.schema.names, batch.columns, strict=True)]
    between = pa.scalar(dialect.delimiter.decode(), pa.large_string())
    rows = pc.binary_join_element_wise(*cells, between)
    ended = pc.binary_join_element_wise(rows, pa.scalar("\n", pa.large_string()), pa.scalar("", pa.large_string()))
    stops = np.frombuffer(ended.buffers()[1], np.int64)[ended.offset : ended.offset + len(ended) + 1]
    text = memoryview(ended.buffers()[2]) if len(ended) else memoryview(b"")
    return text[stops[0] : stops[-1]], stops[1:] - stops[0] - 1


def _cells(name: str, column: pa.Array, dialect: Dialect) -> pa.LargeStringArray:
    """A column as cells, in quotes where needed."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    try:
        text = column.cast(pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise QuestionError(
            f"column '{quotable(name)}' holds {column.type}, which text cannot; write to .arrow"
        ) from None
    text = text.fill_null("")
    special = pc.match_substring_regex(text, pattern=_SPECIAL.format(dialect.delimiter.decode()))
    if not pc.any(special).as_py():
        return text
    quote = pa.scalar('"', pa.large_string())
    doubled = pc.replace_substring(text, pattern='"', replacement='""')
    quoted = pc.binary_join_element_wise(quote, doubled, quote, pa.scalar("", pa.large_string()))
    return pc.if_else(special, quoted, text)
