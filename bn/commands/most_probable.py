"""`myorisk most-probable`: the joint states of the mechanisms that explain one person's findings best."""

from __future__ import annotations

from pathlib import Path

import click

from bn.commands.common import load_model, observations, with_data, with_findings, with_json
from bn.commands.completion import variables
from bn.commands.telling import tell


@click.command()
@with_findings
@with_json
@click.option("--best", type=click.IntRange(min=1), default=5, help="How many joint states.", show_default=True)
@click.option(
    "--over",
    multiple=True,
    metavar="NAME",
    shell_complete=variables,
    help="A variable to include, repeatable; without any, every open mechanism.",
)
@with_data
def most_probable(
    findings: tuple[str, ...], as_json: bool, best: int, over: tuple[str, ...], data: Path | None
) -> None:
    """Most probable joint states of the mechanisms in one person.

    Or of the variables named with --over; given the findings.
    """
    model = load_model(data)
    found = model.most_probable(observations(findings), over=list(over) or None, best=best)
    tell(model, found, as_json)
