"""Work side by side on the cores of this machine; numpy lets go of the interpreter while it computes."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def side_by_side(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """The results of `work` on every item, in order."""
    items = list(items)
    if len(items) < 2 or cores() < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(work, items))


def in_order(work: Callable[[T], R], items: Iterable[T], ahead: int = 2) -> Generator[R, None, None]:
    """The results of `work`, in order; at most `ahead` items a core are under way, so memory stays bounded."""
    with _single_blas(), ThreadPoolExecutor(cores()) as pool:
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
def _single_blas() -> Iterator[None]:
    """One BLAS thread a core of ours: two layers of threads would only get in each other's way."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield
