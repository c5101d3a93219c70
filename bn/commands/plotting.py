"""Pictures on the command line: the options that name a file, and how the file is written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bn.commands.common import FILE

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _checked(_: click.Context, __: click.Parameter, path: Path | None) -> Path | None:
    """A suffix that no picture has, or matplotlib missing, is told before anything is computed."""
    if path is not None:
        from bn.report.figures.style import check_format

        check_format(path)
    return path


def _picture(option: str, drawn: str) -> Callable[[Any], Any]:
    help_text = f"{drawn}: .svg, .png or .pdf."
    return click.option(option, type=FILE, metavar="FILE", callback=_checked, help=help_text)


with_plot = _picture("--plot", "Also draw the answer")
with_plot_network = _picture("--plot-network", "Also draw it on the network")


def draw(picture: Callable[[], Figure], path: Path | None) -> None:
    """Write the picture where a file is named for it, and say so on stderr."""
    if path is None:
        return
    from bn.report.figures.style import save

    print(f"picture: {save(picture(), path)}", file=sys.stderr)
