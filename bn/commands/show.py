"""`myorisk show`: where a number comes from."""

from __future__ import annotations

from pathlib import Path

import click

from bn.commands.common import load_model, with_data
from bn.commands.completion import entries


@click.command()
@click.argument("name", shell_complete=entries)
@with_data
def show(name: str, data: Path | None) -> None:
    """Where each number of an entry comes from.

    An entry is a variable, biomarker, intervention, source or claim.
    """
    from bn.report.text.entry import entry

    entry(load_model(data), name)
