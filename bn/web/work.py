"""Questions answered by a few threads, with a bound on how many wait, how long they wait, and how long one may take."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bn.engine.stop import stopped_by

T = TypeVar("T")


class BusyError(Exception):
    """Too many questions wait; ask again later."""


class TooLongError(Exception):
    """A question took longer than it may."""


class GoneError(Exception):
    """Whoever asked did not wait for the answer."""


@dataclass
class Workers:
    """`threads` that answer; at most `waiting` questions wait, each for `patience` seconds, and may take `seconds`.

    What nobody waits for any more, or takes too long, is stopped at its next sum over tables (`bn.engine.stop`).
    """

    threads: int
    waiting: int
    patience: float
    seconds: float
    _pool: ThreadPoolExecutor = field(init=False)
    _asked: int = 0

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="myorisk")

    async def run(self, call: Callable[[], T], gone: Callable[[], Awaitable[Any]]) -> T:
        """What the call returns or raises; it ends early where `gone` returns before. Raises BusyError."""
        if self._asked >= self.threads + self.waiting:
            raise BusyError
        begun, stop = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def tell(what: Callable[[], None]) -> None:
            with suppress(RuntimeError):  # a question may outlive the server that it was asked of
                loop.call_soon_threadsafe(what)

        def work() -> T:
            tell(begun.set)
            with stopped_by(stop):
                return call()

        self._asked += 1
        task = self._pool.submit(work)
        task.add_done_callback(lambda _: tell(self._left))
        answer = asyncio.wrap_future(task)
        left = asyncio.ensure_future(gone())
        start = asyncio.ensure_future(begun.wait())
        try:
            waited: tuple[asyncio.Future[Any], ...] = (start, answer, left)
            await asyncio.wait(waited, timeout=self.patience, return_when=asyncio.FIRST_COMPLETED)
            if not begun.is_set() and not answer.done():
                raise GoneError if left.done() else BusyError
            await asyncio.wait({answer, left}, timeout=self.seconds, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            raise GoneError if left.done() else TooLongError
        finally:
            for one in (start, left, answer):
                one.cancel()
            task.cancel()
            stop.set()

    def _left(self) -> None:
        self._asked -= 1

    def close(self) -> None:
        """Begin nothing that waits."""
        self._pool.shutdown(wait=False, cancel_futures=True)
