"""Give up a question that nobody waits for any more: a flag is set, and the next sum over tables raises.

The flag belongs to the thread that asks and to those that it has work for it (`bn.engine.parallel`). Without one
nothing is ever stopped.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_flag: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


class StoppedError(Exception):
    """The question was given up."""


@contextmanager
def stopped_by(flag: threading.Event | None) -> Iterator[None]:
    """While the block runs, setting `flag` ends what it asks with StoppedError.

    >>> flag = threading.Event()
    >>> with stopped_by(flag):
    ...     raise_if_stopped()
    ...     flag.set()
    ...     raise_if_stopped()
    Traceback (most recent call last):
    bn.engine.stop.StoppedError
    """
    token = _flag.set(flag)
    try:
        yield
    finally:
        _flag.reset(token)


def stop_flag() -> threading.Event | None:
    """The flag that may stop this thread."""
    return _flag.get()


def raise_if_stopped() -> None:
    """Raise StoppedError if the flag is set."""
    flag = _flag.get()
    if flag is not None and flag.is_set():
        raise StoppedError
