"""What a user may say of a run, with the answers for one who says nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bn.cohort.reading.meaning import Meaning
from bn.core.errors import QuestionError
from bn.core.names import as_tuple
from bn.core.observe import MISSING

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}


@dataclass(frozen=True)
class Options:
    """Options of a run.

    When scoring, `risk_low` and `risk_high` are left out without `interval`, the `p_` columns without `posteriors`.
    `require` names findings without which a row is an error; `missing` are texts that stand for a missing value
    besides the usual ones, numbers among them in any spelling; of both, one may stand alone. `meaning` says what
    headers stand for, see `bn.cohort.reading.meaning`. `strict` stops at the first row with an error; `force`
    overwrites.

    `delimiter`, `decimal` and `encoding` are found from the file where they are None.
    Raises QuestionError for a delimiter or decimal mark that cannot be.
    """

    interval: bool = True
    posteriors: bool = True
    require: str | tuple[str, ...] = ()
    missing: str | tuple[str, ...] = ()
    meaning: Meaning = field(default_factory=dict)
    strict: bool = False
    force: bool = False
    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        mark = self.separator
        if mark is not None and (len(mark) != 1 or not mark.isascii() or mark.isalnum() or mark in "\"'\r\n+-.<>= "):
            raise QuestionError(f"delimiter '{mark}': expected one character such as , ; | or the word tab")
        if self.decimal not in (None, ".", ","):
            raise QuestionError(f"decimal mark '{self.decimal}': expected . or ,")

    @property
    def separator(self) -> str | None:
        """The delimiter as a character."""
        return None if self.delimiter is None else DELIMITERS.get(self.delimiter.lower(), self.delimiter)

    @property
    def empty(self) -> frozenset[str]:
        """Texts of a missing value in lower case."""
        return MISSING | _lowered(self.missing)

    @property
    def empty_numbers(self) -> tuple[float, ...]:
        """Those of `missing` that are numbers."""
        return tuple(number for text in _lowered(self.missing) if (number := _number(text)) is not None)


def _lowered(texts: str | Iterable[str]) -> frozenset[str]:
    return frozenset(str(text).strip().lower() for text in as_tuple(texts))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
