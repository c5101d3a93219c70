"""Draws a few at a time: tables that stay in the processor's cache are multiplied several times faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from bn.batch.parallel import side_by_side
from cpds.table import Array

R = TypeVar("R")


def parts(parameters: Mapping[str, Array], size: int) -> Iterator[dict[str, Array]]:
    """The same parameters for `size` draws after another, each of shape (draws,).

    >>> import numpy as np
    >>> [part["a|b"].tolist() for part in parts({"a|b": np.array([1.0, 2.0, 3.0])}, 2)]
    [[1.0, 2.0], [3.0]]
    """
    for start in range(0, max(map(len, parameters.values())), size):
        yield {name: values[start : start + size] for name, values in parameters.items()}


def by_parts(answer: Callable[[Mapping[str, Array]], R], parameters: Mapping[str, Array], size: int = 32) -> list[R]:
    """The answer for `size` draws after another, in their order; on every core of the machine."""
    return side_by_side(answer, parts(parameters, size))
