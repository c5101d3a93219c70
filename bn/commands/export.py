"""`myorisk export`: the network for other programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bn.commands.common import Data


def export(
    path: Annotated[Path, typer.Argument(help="File to write; its suffix names the format: .bif .xmlbif .net .xdsl")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    data: Data = None,
) -> None:
    """Write the network for other programs."""
    import bn

    bn.load(data).export(path, overwrite=force)
    print(f"wrote {path}", file=sys.stderr)
