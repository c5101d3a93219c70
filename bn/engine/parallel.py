"""Work on the cores of this machine side by side; numpy releases the interpreter lock while it computes.

Draws go a few at a time: tables that stay in the processor's cache are multiplied several times faster.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from math import ceil
from typing import TypeVar

import numpy as np

from bn.engine.contract import cells
from bn.engine.stop import stop_flag, stopped_by
from cpds.table import Array, Table

T = TypeVar("T")
R = TypeVar("R")
LARGEST_KEPT = (1 << 25) - (1 << 16)
"""Bytes; the C library of Linux keeps no block that is larger, 32 MiB with its own bookkeeping."""
AT_ONCE = 1 << 23
"""Table entries that are touched together: many more would not stay in the processor's cache."""


def cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def side_by_side(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """The results of `work` on every item, in order; what stops this thread stops the work, too."""
    items, flag = list(items), stop_flag()
    if len(items) < 2 or cores() < 2:
        return [work(item) for item in items]

    def of_one(item: T) -> R:
        with stopped_by(flag):
            return work(item)

    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(of_one, items))


def in_order(work: Callable[[T], R], items: Iterable[T], ahead: int = 2) -> Generator[R, None, None]:
    """The results of `work`, in order; at most `ahead` items a core are under way, so memory stays bounded."""
    with single_blas(), ThreadPoolExecutor(cores()) as pool:
        waiting: list[Future[R]] = []
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= ahead * cores():
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()


@contextmanager
def single_blas() -> Iterator[None]:
    """One BLAS thread a core of ours: two layers of threads would only get in each other's way."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield


def at_once(tables: Sequence[Table]) -> int:
    """How many draws go together when each has tables of these axes."""
    return max(1, AT_ONCE // max(1, cells(tables)))


def parts(parameters: Mapping[str, Array], size: int) -> Iterator[dict[str, Array]]:
    """The same parameters for `size` draws after another, each of shape (draws,).

    >>> [part["a|b"].tolist() for part in parts({"a|b": np.array([1.0, 2.0, 3.0])}, 2)]
    [[1.0, 2.0], [3.0]]
    """
    for start in range(0, max(map(len, parameters.values())), size):
        yield {name: values[start : start + size] for name, values in parameters.items()}


def on_cores(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """The results of `work` on every item, in order, in memory that is used again from one table to the next.

    The C library gives blocks back to the system, and gets them anew page by page, if they are larger than the
    largest one that was freed before.
    """
    np.empty(LARGEST_KEPT, dtype=np.uint8)
    return side_by_side(work, items)


def by_parts(answer: Callable[[Mapping[str, Array]], R], parameters: Mapping[str, Array], size: int = 32) -> list[R]:
    """The answer for at most `size` draws after another, in their order; on every core of the machine."""
    size = min(size, ceil(max(map(len, parameters.values())) / cores()))
    return on_cores(answer, parts(parameters, size))
