"""`myorisk mediation`: through what the root of the network reaches the outcomes."""

from __future__ import annotations

from typing import Annotated

import typer

from bn.commands.common import NOTE, AsJson, Data, print_json
from bn.commands.plotting import Plot, draw


def mediation(
    before: Annotated[
        str | None, typer.Option("--from", help="Where the change starts: 30, '[20, 40)'; without it the first state.")
    ] = None,
    after: Annotated[
        str | None, typer.Option("--to", help="Where it ends: 80, 75+; without it the last state.")
    ] = None,
    as_json: AsJson = False,
    plot: Plot = None,
    data: Data = None,
) -> None:
    """How the effect of the root variable on each outcome splits over what lies between them."""
    import bn

    model = bn.load(data)
    found = model.mediation(before, after)
    draw(found.plot, plot)
    if as_json:
        print_json(found.to_dict())
        return
    from bn.show.mediation import mediation_tables

    mediation_tables(model, found, NOTE)
