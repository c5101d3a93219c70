"""`myorisk explain`: why one person's risk is what it is."""

from __future__ import annotations

from typing import Annotated

import typer

from bn.commands.common import NOTE, AsJson, Data, Findings, observations, print_json
from bn.commands.plotting import Plot, draw


def explain(
    findings: Findings,
    seed: Annotated[int, typer.Option("--seed", help="For the sampling that more than 16 findings need.")] = 0,
    as_json: AsJson = False,
    plot: Plot = None,
    data: Data = None,
) -> None:
    """Why: what each finding did to the risk, through what, and on which claims and sources that rests."""
    import bn

    model = bn.load(data)
    found = model.explain(observations(findings), seed=seed)
    draw(found.plot, plot)
    if as_json:
        print_json(found.to_dict())
        return
    from bn.show.explain import explanation_tables

    explanation_tables(model, found, NOTE)
