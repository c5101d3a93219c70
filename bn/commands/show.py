"""`myorisk show`: where a number comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from bn.commands.common import Data


def show(
    name: Annotated[str, typer.Argument(help="A variable, biomarker, intervention, source or claim.")],
    data: Data = None,
) -> None:
    """Follow each number of an entry to its basis, claim and source."""
    import bn
    from bn.show.entry import entry

    entry(bn.load(data), name)
