"""What is wrong with some rows of a cohort: a text for each row, and the rows of each kind."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bn.evidence import Indices


class Problems:
    """Gathers problems of `rows` rows; a row may have several.

    >>> problems = Problems(3)
    >>> problems.add("age: out of range", np.array([1]), "age: found '300'")
    >>> problems.add("impossible", np.array([1, 2]))
    >>> list(problems.texts)
    ['', "age: found '300'; impossible", 'impossible']
    """

    def __init__(self, rows: int) -> None:
        self._texts = np.full(rows, "", dtype=object)
        self._kinds: dict[str, list[Indices]] = {}

    def add(self, kind: str, rows: Indices, text: str | None = None) -> None:
        """Note a problem of some rows, in the words of `text` or else of its kind."""
        if not len(rows):
            return
        said = text or kind
        self._texts[rows] = [f"{before}; {said}" if before else said for before in self._texts[rows]]
        self._kinds.setdefault(kind, []).append(rows)

    @property
    def texts(self) -> NDArray[np.object_]:
        """One text a row, empty where it is fine."""
        return self._texts

    @property
    def fine(self) -> NDArray[np.bool_]:
        """Rows without a problem."""
        return np.asarray(self._texts == "", dtype=bool)

    @property
    def kinds(self) -> Mapping[str, Indices]:
        """Positions of the rows that have each kind of problem, in order."""
        return {kind: np.sort(np.concatenate(rows)) for kind, rows in self._kinds.items()}
