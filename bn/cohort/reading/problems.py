"""What is wrong with some rows: a text for each, and the rows of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn.core.evidence import Indices


class Problems:
    """Gathers problems of `rows` rows; a row may have several.

    `ways` are, by header, what `meaning` would take to have those of a column read; `units` are further units that its
    cells hold, by header and unit, with their rows. `skipped` rows are no data and have none.

    >>> problems = Problems(3)
    >>> problems.add("age: out of range", np.array([1]), "age: found '300'")
    >>> problems.add("impossible", np.array([1, 2]))
    >>> problems.texts
    {1: "age: found '300'; impossible", 2: 'impossible'}
    """

    def __init__(self, rows: int, skipped: Indices | None = None) -> None:
        self.rows = rows
        self.skipped = np.array([], dtype=np.int64) if skipped is None else skipped
        self.texts: dict[int, str] = {}
        self.ways: dict[str, Any] = {}
        self.units: dict[tuple[str, str], Indices] = {}
        self._kinds: dict[str, list[Indices]] = {}

    def add(self, kind: str, rows: Indices, text: str | None = None) -> None:
        """Note a problem of some rows, in the words of `text` or else of its kind."""
        if len(self.skipped):
            rows = rows[~np.isin(rows, self.skipped)]
        if not len(rows):
            return
        said = text or kind
        for row in rows.tolist():
            before = self.texts.get(row)
            self.texts[row] = f"{before}; {said}" if before else said
        self._kinds.setdefault(kind, []).append(rows)

    @property
    def fine(self) -> NDArray[np.bool_]:
        """Rows without a problem that are not skipped."""
        fine = np.ones(self.rows, dtype=bool)
        fine[list(self.texts)] = False
        fine[self.skipped] = False
        return fine

    @property
    def kinds(self) -> Mapping[str, Indices]:
        """Positions of the rows that have each kind of problem, in order."""
        return {kind: np.sort(np.concatenate(rows)) for kind, rows in self._kinds.items()}
