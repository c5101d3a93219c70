"""Rows that are alike, so that each kind of them is looked at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bn.core.evidence import Indices


def alike(*columns: NDArray[np.generic]) -> tuple[Indices, Indices]:
    """The first row of each kind of rows that are alike in all columns, and the kind of every row.

    >>> first, kinds = alike(np.array([4.0, 1.0, 4.0]), np.array([0, 0, 0]))
    >>> first.tolist(), kinds.tolist()
    ([1, 0], [1, 0, 1])
    """
    kinds = np.zeros(len(columns[0]), dtype=np.int64)
    first = kinds[:1]
    for column in columns:
        values, codes = np.unique(column, return_inverse=True)
        _, first, kinds = np.unique(kinds * len(values) + codes.ravel(), return_index=True, return_inverse=True)
    return first, kinds.ravel()
