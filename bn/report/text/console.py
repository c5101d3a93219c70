"""Where tables go."""

from __future__ import annotations

from rich.console import Console


def console() -> Console:
    """Where tables go: the terminal's width, or wide enough to lose nothing in a pipe."""
    screen = Console(highlight=False)
    return screen if screen.is_terminal else Console(highlight=False, width=160)
