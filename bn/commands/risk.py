"""`myorisk risk`: one person."""

from __future__ import annotations

from pathlib import Path

import click

from bn.commands.common import load_model, observations, with_data, with_findings, with_json
from bn.commands.plotting import with_plot, with_plot_network
from bn.commands.telling import tell


@click.command()
@with_findings
@with_json
@with_plot
@with_plot_network
@with_data
def risk(
    findings: tuple[str, ...], as_json: bool, plot: Path | None, plot_network: Path | None, data: Path | None
) -> None:
    """Risk of one person, with interval and every mechanism."""
    model = load_model(data)
    tell(model, model.posterior(observations(findings)), as_json, plot, plot_network)
