"""Raw results of many rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bn.core.evidence import Indices
from cpds.table import Array

TILE = 1 << 10


@dataclass(frozen=True)
class Scores:
    """Raw results, NaN in rows with a problem.

    `probabilities` has axes (column, row): `columns` names the (variable, index of state) of each, all states
    but the first of every variable asked for. `risk` and `log_evidence` have axis (row), `interval` (low / high,
    row), None where it was not asked for.
    """

    columns: tuple[tuple[str, int], ...]
    probabilities: Array
    log_evidence: Array
    risk: Array
    interval: Array | None

    def __repr__(self) -> str:
        failed = int(np.isnan(self.risk).sum())
        ends = "without" if self.interval is None else "with"
        return f"<Scores: rows: {len(self.risk)}, of them NaN: {failed}; {len(self.columns)} columns, {ends} intervals>"

    @classmethod
    def room(cls, columns: tuple[tuple[str, int], ...], rows: int, interval: bool) -> Scores:
        """Room for the results of so many rows."""
        ends = np.empty((2, rows)) if interval else None
        return cls(columns, np.empty((len(columns), rows)), np.empty(rows), np.empty(rows), ends)

    def posterior(self, variable: str) -> Array:
        """P(state) of one variable asked for, axes (state, row)."""
        others = self.probabilities[[place for place, (name, _) in enumerate(self.columns) if name == variable]]
        return np.concatenate([1 - others.sum(axis=0, keepdims=True), others])

    def part(self, rows: slice) -> Scores:
        """The same for some rows; to write there is to write here."""
        interval = None if self.interval is None else self.interval[:, rows]
        return Scores(self.columns, self.probabilities[:, rows], self.log_evidence[rows], self.risk[rows], interval)


@dataclass(frozen=True)
class Found:
    """Results while they are found, each row's side by side: `probabilities` has axes (row, column).

    `log_evidence` has axis (row), `interval` (low / high, row).
    """

    probabilities: Array
    log_evidence: Array
    interval: Array | None

    @classmethod
    def beside(cls, scores: Scores, fine: NDArray[np.bool_]) -> Found:
        """For the rows of `scores`, whose interval and evidence are written in place; NaN where a row is not fine."""
        found = cls(np.empty(scores.probabilities.shape[::-1]), scores.log_evidence, scores.interval)
        found.put(np.flatnonzero(~fine), np.nan, np.nan, np.nan)
        return found

    def put(
        self, rows: Indices, probabilities: Array | float, log_evidence: Array | float, interval: Array | float | None
    ) -> None:
        """Write the results of some rows."""
        self.probabilities[rows] = probabilities
        self.log_evidence[rows] = log_evidence
        if self.interval is not None:
            self.interval[:, rows] = interval

    def lay(self, scores: Scores) -> None:
        """Write the probabilities to `scores`, a few rows at a time so that they stay in the cache."""
        for start in range(0, len(self.probabilities), TILE):
            scores.probabilities[:, start : start + TILE] = self.probabilities[start : start + TILE].T
