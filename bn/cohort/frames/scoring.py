"""Scoring as a question that is asked of every row."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.cohort.frames.results import names, numbers
from bn.cohort.kernel.scorer import Scorer
from bn.cohort.kernel.scores import Scores
from bn.cohort.reading.columns import Columns
from bn.core.errors import QuestionError
from bn.core.names import Names
from cpds.table import Array
from cpds.text import quotable

if TYPE_CHECKING:
    from bn.core.model import Model


@dataclass(frozen=True)
class Scoring:
    """By which model, and whether `interval` and `posteriors` are asked for; see `bn.cohort.reading.question`.

    What was contracted for some rows serves the next. A pickled copy travels without it.
    """

    model: Model
    interval: bool = True
    posteriors: bool = True

    def __post_init__(self) -> None:
        for name in ("interval", "posteriors"):
            if not isinstance(getattr(self, name), bool | np.bool_):
                raise QuestionError(f"{name}: found {quotable(repr(getattr(self, name)))}, expected True or False")

    def __getstate__(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @cached_property
    def scorer(self) -> Scorer:
        """The scorer of all rows."""
        return Scorer(self.model, self.interval, self.posteriors)

    @property
    def names(self) -> Names:
        """What the model knows."""
        return self.model.names

    @property
    def added(self) -> list[str]:
        """Names of the added columns; see `bn.cohort.frames.score.score`."""
        return names(self.scorer)

    @property
    def done(self) -> str:
        """What becomes of a row."""
        return "scored"

    @property
    def notes(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def room(self, rows: int) -> Scores:
        """Room for the results of so many rows."""
        return self.scorer.room(rows)

    def answer(self, columns: Columns, room: Scores, rows: slice) -> None:
        """Score the rows; findings that cannot occur together are a problem."""
        self.scorer.score(columns.findings, columns.problems, room.part(rows))

    def numbers(self, room: Scores) -> list[Array]:
        """The added columns but for `error`, each with axis (row), NaN in rows with a problem."""
        return numbers(self.scorer, room)
