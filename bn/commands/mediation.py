"""`myorisk mediation`: through what the root of the network reaches the outcomes."""

from __future__ import annotations

from pathlib import Path

import click

from bn.commands.common import load_model, with_data, with_json
from bn.commands.plotting import with_plot
from bn.commands.telling import tell


@click.command()
@click.option(
    "--from", "before", metavar="VALUE", help="Where the change starts: 30, '[20, 40)'; else the first state."
)
@click.option("--to", "after", metavar="VALUE", help="Where it ends: 80, 75+; else the last state.")
@with_json
@with_plot
@with_data
def mediation(before: str | None, after: str | None, as_json: bool, plot: Path | None, data: Path | None) -> None:
    """Through what the root variable acts on each outcome.

    How its effect splits over what lies between them.
    """
    model = load_model(data)
    tell(model, model.mediation(before, after), as_json, plot)
