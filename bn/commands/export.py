"""`myorisk export`: the network for other programs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bn.commands.common import FILE, load_model, with_data


@click.command()
@click.argument("path", type=FILE, metavar="FILE")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@with_data
def export(path: Path, force: bool, data: Path | None) -> None:
    """Write the network for other programs.

    The suffix of the file names the format: .bif, .xmlbif, .net or .xdsl.
    """
    load_model(data).export(path, overwrite=force)
    print(f"wrote {path}", file=sys.stderr)
