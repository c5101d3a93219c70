"""How the columns of tables and files are to be read, as their users say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from bn.cohort.reading.meaning import Meaning
from bn.core.names import as_tuple
from bn.core.observe import MISSING


@dataclass(frozen=True)
class ReadOptions:
    """Options of everything that reads tables.

    `require` names findings without which a row is an error. `missing` are texts or numbers that stand for a missing
    value besides the usual ones (empty, NA, N/A, #N/A, `.`, null, NaN), numbers in any spelling. Of both, one may be
    given by itself. `meaning` says what headers stand for, see `bn.cohort.reading.meaning`.

    >>> options = ReadOptions(missing=["Unknown", -9])
    >>> "unknown" in options.missing_texts, options.missing_numbers
    (True, (-9.0,))
    """

    require: str | Iterable[str] = ()
    missing: str | float | Iterable[str | float] = ()
    meaning: Meaning | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "require", as_tuple(self.require))  # an iterator can be read once only
        object.__setattr__(self, "missing", as_tuple(self.missing))

    @cached_property
    def missing_texts(self) -> frozenset[str]:
        """Texts of a missing value in lower case."""
        return MISSING | self._lowered

    @cached_property
    def missing_numbers(self) -> tuple[float, ...]:
        """Those of `missing` that are numbers."""
        return tuple(number for text in self._lowered if (number := _number(text)) is not None)

    @property
    def _lowered(self) -> frozenset[str]:
        return frozenset(str(value).strip().lower() for value in as_tuple(self.missing))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
