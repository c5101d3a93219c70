"""Pictures on the command line: the options that name a file, and how the file is written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _checked(path: Path | None) -> Path | None:
    """A suffix that no picture has, or matplotlib missing, is told before anything is computed."""
    if path is not None:
        from bn.plots.style import check_format

        check_format(path)
    return path


Plot = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE", callback=_checked, help="Also draw the answer: .svg, .png or .pdf."),
]
PlotNetwork = Annotated[
    Path | None,
    typer.Option(
        "--plot-network", metavar="FILE", callback=_checked, help="Also draw it on the network: .svg, .png or .pdf."
    ),
]


def draw(picture: Callable[[], Figure], path: Path | None) -> None:
    """Write the picture where a file is named for it, and say so on stderr."""
    if path is None:
        return
    from bn.plots.style import save

    print(f"picture: {save(picture(), path)}", file=sys.stderr)
