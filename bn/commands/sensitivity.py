"""`myorisk sensitivity`: how sure one person's risk is."""

from __future__ import annotations

from typing import Annotated

import typer

from bn.commands.common import NOTE, AsJson, Data, Findings, observations, print_json
from bn.commands.plotting import Plot, draw


def sensitivity(
    findings: Findings,
    as_json: AsJson = False,
    top: Annotated[int, typer.Option(min=1, help="How many parameters and sources to show.")] = 12,
    plot: Plot = None,
    data: Data = None,
) -> None:
    """How sure one person's risk is: what the interval is made of, and what would move the risk."""
    import bn

    model = bn.load(data)
    found = model.sensitivity(observations(findings))
    draw(found.plot, plot)
    if as_json:
        print_json(found.to_dict())
        return
    from bn.show.sensitivity import sensitivity_tables

    sensitivity_tables(model, found, top, NOTE)
