"""How far a run is, shown on a terminal and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Shown = Callable[[int, int | None, int], None]


@contextmanager
def shown_on_terminal(title: str | None) -> Iterator[Shown]:
    """Takes what is done and of how much (None where that is not known), and the number of rows.

    Nothing is shown without a title.
    """
    if title is None or not sys.stderr.isatty():
        yield lambda done, total, rows: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None, rows=0)
        yield lambda done, total, rows: progress.update(task, completed=done, total=total, rows=rows)
