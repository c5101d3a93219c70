"""How far long work has come, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[int, int], None]
"""Takes how much is done, and of how much."""


@contextmanager
def progress(title: str, every: float | None = None) -> Iterator[Tell]:
    """A bar on a terminal; elsewhere a line every so many seconds, with the minutes that are left, or nothing."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
        return
    start = last = time.monotonic()

    def say(done: int, total: int) -> None:
        nonlocal last
        if every is not None and done and time.monotonic() - last > every:
            last = time.monotonic()
            minutes = (last - start) / 60
            left = minutes * (total - done) / done
            print(f"{title}: {done / total:.0%}, {minutes:.0f} min, about {left:.0f} left", file=sys.stderr, flush=True)

    yield say
