"""`myorisk most-probable`: the joint states of the mechanisms that explain one person's findings best."""

from __future__ import annotations

from typing import Annotated

import typer

from bn.commands.common import NOTE, AsJson, Data, Findings, observations, print_json


def most_probable(
    findings: Findings,
    as_json: AsJson = False,
    best: Annotated[int, typer.Option(min=1, help="How many joint states.")] = 5,
    over: Annotated[
        list[str] | None, typer.Option(help="A variable to include, repeatable; without any, every open mechanism.")
    ] = None,
    data: Data = None,
) -> None:
    """Most probable joint states of the mechanisms, or of the variables named with --over, given the findings."""
    import bn

    model = bn.load(data)
    found = model.most_probable(observations(findings), over=over or None, best=best)
    if as_json:
        print_json(found.to_dict())
        return
    from bn.show.most_probable import most_probable_table

    most_probable_table(model, found, NOTE)
