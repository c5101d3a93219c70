"""`myorisk explain`: why one person's risk is what it is."""

from __future__ import annotations

from pathlib import Path

import click

from bn.commands.common import load_model, observations, print_json, with_data, with_findings, with_json
from bn.commands.plotting import draw, with_plot
from cpds.notice import NOTE


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
    found = model.explain(observations(findings), seed=seed)
    draw(found.plot, plot)
    if as_json:
        print_json(found.to_dict(), model)
        return
    from bn.report.text.explain import explanation_tables

    explanation_tables(model, found, NOTE)
