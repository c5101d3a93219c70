"""How a table is read: what counts as missing, which columns must be there, and what its columns mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bn.cohort.reading.meaning import Meaning, read_if_file, unexpected
from bn.core.errors import QuestionError
from bn.core.names import as_tuple
from bn.core.observe import MISSING
from cpds.text import finite


@dataclass(frozen=True)
class ReadOptions:
    """Options of everything that reads tables.

    `require` names findings without which a row is an error. `missing` are texts or numbers that stand for a missing
    value besides the usual ones (empty, NA, N/A, #N/A, `.`, null, NaN), numbers in any spelling. Of both, one may be
    given by itself. `meaning` says what headers stand for.

    >>> options = ReadOptions(missing=["Unknown", -9])
    >>> "unknown" in options.missing_texts, options.missing_numbers
    (True, (-9.0,))
    """

    require: str | Iterable[str] = ()
    missing: str | float | Iterable[str | float] = ()
    meaning: Meaning | None = None

    def __post_init__(self) -> None:
        for option in ("require", "missing"):
            try:
                several = as_tuple(getattr(self, option))  # an iterator can be read once only
            except QuestionError as error:
                raise QuestionError(f"{option}: {error}") from None
            object.__setattr__(self, option, several)
        given = self.meaning
        if not isinstance(given, str | Mapping | list | tuple | None):
            raise unexpected("meaning", given, "headers with what each stands for, or the name of a dictionary or file")
        read = [*map(read_if_file, given)] if isinstance(given, list | tuple) else read_if_file(given)
        object.__setattr__(self, "meaning", read)  # what is wrong with a file is told here

    @cached_property
    def said(self) -> tuple[Mapping[str, Any] | str | None, ...]:
        """All that `meaning` holds: mappings, and names of dictionaries."""
        given = self.meaning
        return (given,) if given is None or isinstance(given, str | Mapping) else tuple(given)

    @cached_property
    def missing_texts(self) -> frozenset[str]:
        """Texts of a missing value in lower case."""
        return MISSING | self._lowered

    @cached_property
    def missing_numbers(self) -> tuple[float, ...]:
        """Those of `missing` that are numbers."""
        return tuple(number for text in self._lowered if not np.isnan(number := finite(text)))

    @property
    def _lowered(self) -> frozenset[str]:
        return frozenset(str(value).strip().lower() for value in as_tuple(self.missing))
