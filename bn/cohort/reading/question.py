"""What is asked of every row of a cohort: the columns that it adds, and how they are filled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bn.cohort.reading.columns import Columns
from bn.core.errors import QuestionError
from bn.core.names import Names
from cpds.table import Array
from cpds.text import quotable

ERROR = "error"


class Question(Protocol):
    """A question that files and tables of every kind can be put to.

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

    def answer(self, columns: Columns, results: Array) -> None:
        """Write answers to what `columns` say to `results`, axes (added column but for `error`, row).

        What cannot be answered becomes a problem, and NaN.
        """


def refuse_clash(headers: Sequence[str], added: Sequence[str]) -> None:
    """Raise QuestionError where a column of the input is named like one that is put beside it."""
    clash = [header for header in headers if header.strip() in added]
    if {added[0], added[-1]} <= {header.strip() for header in clash}:
        raise QuestionError("already scored: remove the result columns, or take the original")
    if clash:
        raise QuestionError(f"columns {', '.join(map(quotable, clash))} clash with result columns; rename them")
