"""What a file itself says of its codes: value labels and user-missing codes, as statistics programs keep them."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bn.cohort.reading.cells import Cells
from bn.cohort.reading.codes import Code, code_of


@dataclass(frozen=True)
class ValueLabels:
    """`texts` maps the codes of a column to their labels; `missing` are ranges of user-missing codes, ends included.

    Codes are as `code_of` gives them.
    """

    texts: Mapping[Code, str]
    missing: Sequence[tuple[Code, Code]] = ()

    def read(self, cells: Cells, said: Container[Code] = ()) -> Cells:
        """The cells with codes replaced by their labels, and missing where they are user-missing.

        Codes of which the user has `said` what they mean stay as they are. A label that cannot be read is an error of
        its row, as the same text in a cell would be: a labeled 99 in a column of ages is no age.

        >>> labels = ValueLabels({1.0: "male", 2.0: "female"}, [(9.0, 9.0)])
        >>> cells = labels.read(Cells.of_values(np.array([0, 1, 2]), [1.0, 2.0, 9.0], frozenset()))
        >>> [cells.values[place] for place in range(2)], cells.codes.tolist()
        (['male', 'female'], [0, 1, -1])
        """
        absent = np.zeros(len(cells.values), dtype=bool)
        by_place: dict[int, str] = {}
        for place in np.flatnonzero(self._may_speak_of(cells)).tolist():
            code = code_of(cells.values[place])
            if code in said:
                continue
            absent[place] = self._is_missing(code)
            if code in self.texts:
                by_place[place] = self.texts[code]
        return cells.without(absent).replaced(by_place)

    def _may_speak_of(self, cells: Cells) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Distinct values that are looked at: texts, labeled numbers, numbers in a range of missing codes."""
        numbers = np.asarray(cells.numbers, dtype=float)
        chosen = np.isnan(numbers) | np.isin(numbers, [code for code in self.texts if isinstance(code, float)])
        for low, high in self.missing:
            if isinstance(low, float) and isinstance(high, float):
                chosen |= (numbers >= low) & (numbers <= high)
        return np.asarray(chosen & cells.used())

    def _is_missing(self, code: Code) -> bool:
        return any(
            low <= code <= high  # type: ignore[operator]  # they are of one type
            for low, high in self.missing
            if type(low) is type(code) and type(high) is type(code)
        )
