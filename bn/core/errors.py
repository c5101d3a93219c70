"""What can go wrong with a question put to the network; one small family."""

from __future__ import annotations

import copyreg
from collections.abc import Iterable

from cpds.knowledge import nearest
from cpds.text import quotable


class QuestionError(ValueError):
    """A question that cannot be answered; the message says what was found and what to do."""

    def __reduce__(self) -> tuple[object, ...]:
        """From one process to another, without being made anew from what a kind of error is made from."""
        return copyreg.__newobj__, (type(self), *self.args), vars(self)  # type: ignore[attr-defined]


class UnknownNameError(QuestionError):
    """A name that the network does not know; offers the nearest one, unless another `hint` is given."""

    def __init__(self, kind: str, name: str, known: Iterable[str], hint: str | None = None) -> None:
        names = list(known)
        listed = f"; known: {', '.join(names)}" if len(names) <= 12 else ""
        super().__init__(f"unknown {kind} '{quotable(name)}'{nearest(name, names) if hint is None else hint}{listed}")


class ImpossibleEvidenceError(QuestionError):
    """Findings that have probability zero together."""


class NothingReadError(QuestionError):
    """No column of a table is known; `lines` of a columns file say what some may be by their names."""

    def __init__(self, message: str, lines: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.lines = tuple(lines)

    @property
    def of_file(self) -> str:
        """The same for who asks files, and can put the lines into one for `--columns`."""
        if not self.lines:
            return str(self)
        way = "if they are what they seem, put these lines into a file and pass it with --columns:"
        return "\n    ".join([f"no column is recognized; {way}", *self.lines])


class UnreadColumnsWarning(UserWarning):
    """Columns of a table were not read although they may matter; the message says which, and how to have them read."""


class SuspectUnitWarning(UserWarning):
    """The numbers of a column suit another unit than the one in which they were read; the message names it."""


class RunError(Exception):
    """A run that could not go on, for a reason that lies in the data or the machine, not in what was asked."""


class StalePosteriorWarning(UserWarning):
    """The posterior was fitted to other knowledge than stands beside it: answers are of before, or reweighted."""
