"""What is asked of every row of a cohort: the columns that it adds, and how they are filled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from bn.cohort.reading.columns import Columns
from bn.core.errors import QuestionError
from bn.core.names import Names
from cpds.table import Array
from cpds.text import quotable

R = TypeVar("R")
ERROR = "error"


class Question(Protocol[R]):
    """A question that files and tables of every kind can be put to; `R` is where it keeps its results.

    Several threads may ask it at once.
    """

    @property
    def names(self) -> Names:
        """What columns can give."""

    @property
    def added(self) -> list[str]:
        """Names of the added columns: numbers, and `error`, which holds text, at the end."""

    @property
    def done(self) -> str:
        """What a row without a problem is, once it was asked: scored, say."""

    @property
    def notes(self) -> Sequence[str]:
        """What is to be said of the question itself, once for a table or file."""

    def room(self, rows: int) -> R:
        """Room for the results of so many rows."""

    def answer(self, columns: Columns, room: R, rows: slice) -> None:
        """Answer what `columns` say and write it to `rows` of `room`; what cannot be answered becomes a problem."""

    def numbers(self, room: R) -> list[Array]:
        """The added columns but for `error`, each with axis (row); what rows with a problem hold means nothing."""


def refuse_clash(headers: Sequence[str], added: Sequence[str]) -> None:
    """Raise QuestionError where a column of the input is named like one that is added."""
    clash = [header for header in headers if header.strip() in added]
    if {added[0], added[-1]} <= {header.strip() for header in clash}:
        raise QuestionError("already scored: remove the result columns, or take the original")
    if clash:
        raise QuestionError(f"columns {', '.join(map(quotable, clash))} clash with result columns; rename them")
