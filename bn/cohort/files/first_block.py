"""The first block of a file, read before the rest."""

from __future__ import annotations

from typing import Any

import numpy as np

from bn.cohort.files.blocks import Block
from bn.cohort.files.places import Options
from bn.cohort.reading.cells import Cells, arrow_ids, has_some
from bn.cohort.reading.first_rows import FirstRows
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.unread import review


class FirstBlock:
    """The first block of a table, by which its unread columns are judged, and the ids that later blocks repeat.

    A file may be in the order of visits, each of which has all people. `ids` are some of the first block's, by the
    position of their column; `repeated` the positions of those found again. Later blocks are looked at side by side.
    """

    def __init__(self, headings: Headings, block: Block | None, options: Options) -> None:
        self.block = block
        self.ids: dict[int, Any] = {}
        self.repeated: set[int] = set()
        self.unread = review(headings, self._rows(block, headings, options) if block else None)

    def _rows(self, block: Block, headings: Headings, options: Options) -> FirstRows:
        def repeats(position: int) -> bool:
            ids, repeated = arrow_ids(block.ids(position), options.missing_texts)
            if ids is not None and not repeated:
                self.ids[position] = ids
            return repeated

        unit_rows = np.flatnonzero(np.isin(block.places, headings.unit_rows)).tolist()

        def cells(position: int, numeric: bool) -> Cells:
            return headings.read(position, block.column(position, numeric, options).cells)

        return FirstRows(cells, repeats, unit_rows)

    def compare(self, block: Block) -> None:
        """Look for the ids in a block."""
        if block is not self.block:
            for position, ids in self.ids.items():
                if position not in self.repeated and has_some(block.ids(position), ids):
                    self.repeated.add(position)
