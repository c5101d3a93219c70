"""`myorisk explain`: why one person's risk is what it is."""

from __future__ import annotations

from pathlib import Path

import click

from bn.commands.common import load_model, observations, with_data, with_findings, with_json
from bn.commands.plotting import with_plot
from bn.commands.telling import tell


@click.command()
@with_findings
@click.option("--seed", type=int, default=0, help="For the sampling that more than 16 findings need.")
@with_json
@with_plot
@with_data
def explain(findings: tuple[str, ...], seed: int, as_json: bool, plot: Path | None, data: Path | None) -> None:
    """Why one person's risk is what it is.

    What each finding did to it, through what, and on which claims and sources that rests.
    """
    model = load_model(data)
    tell(model, model.explain(observations(findings), seed=seed), as_json, plot)
