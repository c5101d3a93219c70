"""Some rows of a Parquet or Arrow file: their cells column by column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from bn.cohort.files.options import Options
from bn.cohort.files.textblock import Fault
from bn.cohort.files.texts import Column, silence
from bn.cohort.frames.arrow import arrow_cells
from bn.cohort.reading.repeats import arrow_repeats
from bn.core.evidence import Indices


@dataclass(frozen=True)
class ArrowBlock:
    """A batch whose first row has number `first` (from 1) in the file."""

    batch: pa.RecordBatch
    first: int

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.batch.num_rows)

    @property
    def places(self) -> Indices:
        """Number of each row."""
        return np.arange(self.first, self.first + self.rows)

    @property
    def faults(self) -> Mapping[int, Fault]:
        """None: every row has its cells."""
        return {}

    @property
    def blank_lines(self) -> int:
        """None: there are no lines."""
        return 0

    def column(self, position: int, numeric: bool, options: Options) -> Column:
        """The cells of one column; `numeric` matters in text only."""
        return Column(silence(arrow_cells(self.batch.column(position), options.empty), options))

    def repeats(self, position: int, options: Options) -> bool:
        """Whether a cell that says something stands in the column again."""
        return arrow_repeats(self.ids(position), options.empty)

    def ids(self, position: int) -> pa.Array:
        """The cells of one column, without a dictionary."""
        column = self.batch.column(position)
        return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column

    def table(self) -> pa.RecordBatch:
        """The batch as it came."""
        return self.batch
