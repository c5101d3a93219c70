"""Scoring into plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bn.cohort.frames.frames import frame_of
from bn.cohort.frames.questions import Scoring
from bn.cohort.frames.tables import DEFAULT, Tables
from bn.cohort.kernel.query import Columns
from bn.cohort.reading.read_options import ReadOptions
from bn.cohort.reading.summary import warn
from cpds.table import Array


@dataclass(frozen=True)
class Scores:
    """Results of many rows, NaN in rows with a problem.

    `probabilities` has axes (column, row): `columns` names the (variable, index of state) of each, all states
    but the first of every variable asked for. `risk` and `log_evidence` have axis (row), `interval` (low / high,
    row), None where it was not asked for. `definitions` holds by id the probability by a definition, axes (value / low
    / high, row), or (value, row) without intervals; NaN also where a row does not tell what the definition differs by.
    """

    columns: Columns
    probabilities: Array
    log_evidence: Array
    risk: Array
    interval: Array | None
    definitions: Mapping[str, Array] = field(default_factory=dict)

    def __repr__(self) -> str:
        failed = int(np.isnan(self.risk).sum())
        ends = "without" if self.interval is None else "with"
        return f"<Scores: rows: {len(self.risk)}, of them NaN: {failed}; {len(self.columns)} columns, {ends} intervals>"

    def posterior(self, variable: str) -> Array:
        """P(state) of one variable asked for, axes (state, row)."""
        others = self.probabilities[[place for place, (name, _) in enumerate(self.columns) if name == variable]]
        return np.concatenate([1 - others.sum(axis=0, keepdims=True), others])


@dataclass(frozen=True)
class ArrayScoring(Scoring):
    """Scoring into plain arrays, with all of `columns`."""

    @property
    def shown(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        """All columns, also where the risk alone is asked for."""
        return {f"p_{name}_{state}": (name, (state,)) for name, state in self.columns}

    def scores(self, table: Any, options: ReadOptions = DEFAULT) -> Scores:
        """The results of a table in memory; warns and raises as `Scoring` does."""
        results, _, summary = Tables(self, options).results(frame_of(table))
        warn(summary)
        width = 3 if self.interval else 1
        last = len(results) - 1 - width * len(self.conversions)
        by = {one.id: results[last + width * k :][:width] for k, one in enumerate(self.conversions)}
        ends = results[1:3] if self.interval else None
        return Scores(self.columns, results[width:last], results[-1], results[0], ends, by)
