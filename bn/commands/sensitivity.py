"""`myorisk sensitivity`: how sure one person's risk is."""

from __future__ import annotations

from pathlib import Path

import click

from bn.commands.common import load_model, observations, with_data, with_findings, with_json
from bn.commands.plotting import with_plot
from bn.commands.telling import tell


@click.command()
@with_findings
@with_json
@click.option(
    "--top", type=click.IntRange(min=1), default=12, help="How many parameters and sources to show.", show_default=True
)
@with_plot
@with_data
def sensitivity(findings: tuple[str, ...], as_json: bool, top: int, plot: Path | None, data: Path | None) -> None:
    """How sure one person's risk is.

    What its interval is made of, and what would move it: parameters, findings, sources, structure.
    """
    model = load_model(data)
    tell(model, model.sensitivity(observations(findings)), as_json, plot, top=top)
