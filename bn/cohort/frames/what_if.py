"""What-if for tables and files: the rows of a cohort as they came, with risk before, after and their difference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.cohort.frames.lazy import answered
from bn.cohort.frames.tables import Tables
from bn.cohort.kernel.scorer import IMPOSSIBLE
from bn.cohort.kernel.what_if import Batch
from bn.cohort.reading.columns import Columns
from bn.cohort.reading.meaning import Meaning
from bn.cohort.reading.question import ERROR
from bn.core.names import Names
from bn.questions.what_if.treatments import Change, combine, read_treatments
from cpds.table import Array

if TYPE_CHECKING:
    from bn.core.model import Model

ADDED = ("risk_before", "risk_after", "difference")


@dataclass(frozen=True)
class Cohort:
    """A change as a question asked of every row; see `bn.cohort.reading.question`.

    What was contracted for some rows serves the next. A pickled copy travels without it.
    """

    model: Model
    change: Change

    @classmethod
    def of(cls, model: Model, do: str | Iterable[str]) -> Cohort:
        """What is done as a user says it. Raises QuestionError for what cannot be done."""
        return cls(model, combine(model.knowledge, read_treatments(model.names, do)))

    def __getstate__(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @property
    def names(self) -> Names:
        """What the model knows."""
        return self.model.names

    @property
    def added(self) -> list[str]:
        """Names of the added columns."""
        return [*ADDED, ERROR]

    @property
    def done(self) -> str:
        """What becomes of a row."""
        return "answered"

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth saying of the acts and their combination."""
        return tuple(note.text for note in self.change.notes)

    def room(self, rows: int) -> Array:
        """Room for risk before, risk after and difference: axes (column, row)."""
        return np.full((len(ADDED), rows), np.nan)

    def answer(self, columns: Columns, room: Array, rows: slice) -> None:
        """Ask of the rows that have no problem; findings that cannot occur together are one."""
        fine = np.flatnonzero(columns.problems.fine)
        before, after = self._batch.risks(columns.findings.observed(), fine)
        room[:, rows][:, fine] = before, after, after - before
        columns.problems.add(IMPOSSIBLE, fine[np.isnan(before)])

    def numbers(self, room: Array) -> list[Array]:
        """The columns of `ADDED`, each with axis (row), NaN in rows with a problem."""
        return list(room)

    @cached_property
    def _batch(self) -> Batch:
        return Batch.of(self.model, self.change)


def what_if_frame(
    model: Model,
    table: Any,
    do: str | Iterable[str],
    require: str | Iterable[str] = (),
    missing: str | float | Iterable[str | float] = (),
    meaning: Meaning | None = None,
) -> Any:
    """The table with risk_before, risk_after, difference and error (empty where the row is fine) after its columns.

    Kinds of tables, `require`, `missing`, `meaning` and errors are those of `bn.cohort.frames.score.score`. Columns
    were found before the acts. A row that is already as an act would make it keeps its risk. Raises QuestionError also
    for what cannot be done.
    """
    return answered(Tables.of(Cohort.of(model, do), require, missing, meaning), table)[0]
